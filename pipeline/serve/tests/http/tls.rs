//! Behind a certificate: what is sent is kept from others, and what speaks no TLS gets nothing.

use crate::fake::Fake;
use crate::keys::Keys;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serve::{Entry, ServeOptions, Tls, listen, serve};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A certificate of a test, for itself alone, with its files.
struct Certificate {
    folder: TempDir,
    made: CertifiedKey<rcgen::KeyPair>,
}

impl Certificate {
    fn new() -> Certificate {
        let made = generate_simple_self_signed(vec!["map.example.org".to_owned()]);
        let (folder, made) = (tempfile::tempdir().expect("a folder"), made.expect("a certificate"));
        std::fs::write(folder.path().join("chain.pem"), made.cert.pem()).expect("a file");
        let key = made.signing_key.serialize_pem();
        std::fs::write(folder.path().join("key.pem"), key).expect("a file");
        Certificate { folder, made }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Whoever trusts it.
    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.made.cert.der().clone()).expect("a root");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}

const REQUEST: &str = "GET /livez HTTP/1.1\r\nHost: map.example.org\r\nConnection: close\r\n\r\n";

async fn answer(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin)) -> String {
    let mut text = Vec::new();
    let _ = stream.write_all(REQUEST.as_bytes()).await;
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await;
    let _ = read.expect("an end in time");
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn requests_come_by_tls_alone_and_one_who_says_nothing_keeps_nobody_out() {
    let certificate = Certificate::new();
    let tls = Tls::read(&certificate.path("chain.pem"), &certificate.path("key.pem"));
    let tls = tls.expect("a certificate");
    let options = ServeOptions {
        hosts: vec!["map.example.org".to_owned()],
        gate: Some(Arc::new(Keys::default())),
        // One at a time: whoever is silent holds the place for a second and no longer.
        connections_max: 1,
        read_timeout: Duration::from_secs(1),
        ..ServeOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async move {
        let listener = listen("127.0.0.1:0", &options).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (close, closed) = oneshot::channel::<()>();
        let entries = vec![Entry { listener, tls: Some(tls) }];
        let shutdown = async {
            let _ = closed.await;
        };
        let served = tokio::spawn(serve(entries, Arc::new(Fake::default()), options, shutdown));
        let silent = TcpStream::connect(address).await.expect("it listens");
        let name = || ServerName::try_from("map.example.org").expect("a name");
        let stream = TcpStream::connect(address).await.expect("it listens");
        let begun = certificate.connector().connect(name(), stream);
        let begun = timeout(Duration::from_secs(20), begun).await.expect("its turn");
        let mut stream = begun.expect("TLS");
        let said = answer(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        drop(stream);
        let mut plain = TcpStream::connect(address).await.expect("it listens");
        let said = answer(&mut plain).await;
        assert!(!said.contains("HTTP/1.1"), "{said:?}");
        drop(plain);
        // Whoever trusts another certificate does not go on.
        let stream = TcpStream::connect(address).await.expect("it listens");
        assert!(Certificate::new().connector().connect(name(), stream).await.is_err());
        drop(silent);
        close.send(()).expect("it runs");
        served.await.expect("no panic").expect("a good end");
    });
}

#[test]
fn a_certificate_that_cannot_be_shown_is_refused_with_its_file() {
    let (one, other) = (Certificate::new(), Certificate::new());
    let (chain, key) = (one.path("chain.pem"), one.path("key.pem"));
    std::fs::write(one.path("empty.pem"), "").expect("a file");
    std::fs::write(one.path("text.pem"), "not a certificate").expect("a file");
    let nowhere = one.path("nowhere.pem");
    let refused = |chain: &Path, key: &Path, file: &Path, words: &str| {
        let error = Tls::read(chain, key).err().expect("refused").to_string();
        assert!(error.starts_with(&format!("could not use {}: ", file.display())), "{error}");
        assert!(error.contains(words) && error.ends_with("[D0636]"), "{error}");
    };
    refused(&nowhere, &key, &nowhere, "");
    refused(&one.path("empty.pem"), &key, &one.path("empty.pem"), "no certificate in PEM");
    refused(&one.path("text.pem"), &key, &one.path("text.pem"), "no certificate in PEM");
    refused(&chain, &nowhere, &nowhere, "no key in PEM");
    refused(&chain, &chain, &chain, "no key in PEM");
    refused(&chain, &other.path("key.pem"), &other.path("key.pem"), "does not fit");
    assert!(Tls::read(&chain, &key).is_ok());
}
