//! TLS of every client here: by `ring`, with the certificates that the system trusts.

use std::sync::{Arc, LazyLock};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

/// What the system trusts, read once.
static ROOTS: LazyLock<Arc<Vec<Certificate<'static>>>> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        tracing::warn!("the system trusts no certificate: install ca-certificates");
    }
    let certs = found.certs.iter().map(|cert| Certificate::from_der(cert).to_owned());
    Arc::new(certs.collect())
});

/// How HTTPS is spoken.
pub fn config() -> TlsConfig {
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::Specific(Arc::clone(&ROOTS)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}
