//! TLS: the certificate that an instance shows to other machines.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate and its key, ready to be shown.
#[derive(Clone)]
pub struct Tls(pub(crate) TlsAcceptor);

/// Why a certificate cannot be used; says nothing of what is in the key's file.
#[derive(Debug, thiserror::Error)]
#[error("could not use {}: {reason} [D0636]", path.display())]
pub struct TlsError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl Tls {
    /// Reads a chain of certificates, the instance's own first, and the key of that one, both PEM.
    /// They are read once: whoever renews them starts the instance anew.
    pub fn read(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let fault = |path: &Path, reason: String| TlsError { path: path.to_owned(), reason };
        let of_certificate = |reason: String| fault(certificate, reason);
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| of_certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(of_certificate("there is no certificate in PEM".to_owned()));
        }
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| fault(key, format!("there is no key in PEM: {error}")))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| of_certificate(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| fault(key, format!("it does not fit the certificate: {error}")))?;
        Ok(Tls(Arc::new(config).into()))
    }
}
