//! TLS with the operating system's root certificates, or with bundled ones if it has none.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};

use mde_forensics_core::{Code, Error};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// The TLS configuration of all clients. `ca_file` is trusted in addition to the roots; if `verify`
/// is false, every certificate is accepted.
///
/// The configuration is cached for the process while the environment names the same roots and the
/// file's content is unchanged: reading more than a hundred certificates takes longer than the rest
/// of creating a client.
///
/// Fails with `invalid_option` if the file cannot be read or contains no certificate.
pub(super) fn config(ca_file: Option<&Path>, verify: bool) -> Result<ClientConfig, Error> {
    if !verify {
        tracing::warn!(
            "certificates are not verified: anybody on the way can take the token, which opens the tenant, and change \
             the evidence"
        );
    }
    let pem = |file| std::fs::read(file).map_err(|error| unusable(file, &error));
    let pem = ca_file.map(pem).transpose()?;
    let trusted = Trusted { named: NAMED_BY.map(std::env::var_os), pem, verify };
    // Never wait for the lock: after a fork its holder may not exist any more.
    if let Ok(made) = MADE.try_lock()
        && let Some((of, config)) = &*made
        && *of == trusted
    {
        return Ok(config.clone());
    }
    let extra = ca_file.zip(trusted.pem.as_deref());
    let extra = extra.map(|(file, pem)| certificates(file, pem)).transpose()?;
    let config = with(extra.unwrap_or_default(), verify)?;
    if let Ok(mut made) = MADE.try_lock() {
        *made = Some((trusted, config.clone()));
    }
    Ok(config)
}

/// The trusted certificates.
#[derive(Eq, PartialEq)]
struct Trusted {
    /// Where the environment says that the system's roots are.
    named: [Option<OsString>; 2],
    /// Extra certificates.
    pem: Option<Vec<u8>>,
    /// Whether certificates are verified at all.
    verify: bool,
}

fn with(extra: Vec<CertificateDer<'static>>, verify: bool) -> Result<ClientConfig, Error> {
    // An explicit provider avoids process-wide state.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(extra, &provider).map_err(refused)?;
    let verifier = if verify { verifier } else { Arc::new(Anybody(verifier)) };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // At the few concurrent calls that the quotas allow, HTTP/2 gains nothing, and HTTP/1.1 has
    // fewer states in which it is unclear whether a broken request was sent.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    // Check without the extra certificates first: with them, a system without roots would seem to
    // have some.
    match Verifier::new(Arc::clone(provider)) {
        Ok(system) if extra.is_empty() => Ok(Arc::new(system)),
        Ok(_) => Ok(Arc::new(Verifier::new_with_extra_roots(extra, Arc::clone(provider))?)),
        Err(e) => {
            tracing::warn!(cause = %e, "the system has no certificate authorities; using the bundled ones");
            bundled(extra, provider)
        }
    }
}

fn bundled(
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    for certificate in extra {
        roots.add(certificate)?;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map(|verifier| verifier as Arc<dyn ServerCertVerifier>)
        .map_err(|e| rustls::Error::General(e.to_string()))
}

/// Accepts every server certificate, but still verifies that the server holds its key.
#[derive(Debug)]
struct Anybody(Arc<dyn ServerCertVerifier>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn certificates(file: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(file, &error))?;
    if certificates.is_empty() {
        return Err(unusable(file, &"it holds no certificate in PEM"));
    }
    Ok(certificates)
}

fn unusable(file: &Path, why: &dyn std::fmt::Display) -> Error {
    let text = format!("the CA file `{}` cannot be used: {why}", file.display());
    Error::new(Code::InvalidOption, text)
}

#[expect(clippy::needless_pass_by_value, reason = "it is named in map_err")]
fn refused(error: rustls::Error) -> Error {
    Error::new(Code::InvalidOption, format!("TLS cannot be set up: {error}"))
}

/// The variables that say where the system's roots are.
const NAMED_BY: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The last configuration.
static MADE: Mutex<Option<(Trusted, ClientConfig)>> = Mutex::new(None);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_trusted_is_read_once_as_long_as_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let pem = include_bytes!("../../tests/data/certificate.pem");
        std::fs::write(&file, pem).unwrap();
        let are_one = |one: &ClientConfig, other: &ClientConfig| {
            Arc::ptr_eq(one.crypto_provider(), other.crypto_provider())
        };
        let first = config(Some(&file), true).unwrap();
        assert!(are_one(&first, &config(Some(&file), true).unwrap()));
        std::fs::write(&file, [&pem[..], b"\n"].concat()).unwrap();
        let second = config(Some(&file), true).unwrap();
        assert!(!are_one(&first, &second), "the file has changed");
        let system = config(None, true).unwrap();
        assert!(!are_one(&second, &system));
        assert!(are_one(&system, &config(None, true).unwrap()));
        assert!(!are_one(&system, &config(None, false).unwrap()));
        let system = config(None, true).unwrap();
        let _held = MADE.lock().unwrap();
        assert!(!are_one(&system, &config(None, true).unwrap()), "nothing is waited for");
    }

    /// On other systems the platform's own verifier answers and ignores the environment.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_bundled_roots_stand_in_where_the_system_has_none() {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let extra = || {
            let pem = include_bytes!("../../tests/data/certificate.pem");
            CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().unwrap()
        };
        if crate::again::is_child() {
            assert!(Verifier::new(Arc::clone(&provider)).is_err(), "the system has roots");
            for extra in [Vec::new(), extra()] {
                let known = webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() + extra.len();
                let verifier = format!("{:?}", verifier(extra, &provider).unwrap());
                assert!(verifier.contains(&format!("({known} roots)")), "{verifier}");
            }
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        crate::again::run(
            "transport::tls::tests::the_bundled_roots_stand_in_where_the_system_has_none",
            &[
                ("SSL_CERT_FILE", empty.to_str().unwrap()),
                ("SSL_CERT_DIR", folder.path().to_str().unwrap()),
            ],
        );
    }

    #[test]
    fn an_unusable_ca_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "nothing").unwrap();
        for file in [empty, folder.path().join("absent.pem")] {
            let error = config(Some(&file), true).unwrap_err();
            assert_eq!(error.code(), Code::InvalidOption);
            assert!(error.message().contains(file.to_str().unwrap()), "{error}");
        }
    }
}
