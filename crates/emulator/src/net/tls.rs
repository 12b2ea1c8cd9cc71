//! Creates a CA, and a server certificate for the loopback names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Error;

/// What the listeners need for https, and the certificate that a caller needs to trust.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca_pem: String,
}

impl Identity {
    /// Creates a CA and a server certificate for `localhost`, 127.0.0.1 and `::1`.
    pub(crate) fn generate() -> Result<Self, Error> {
        let refused = |error: rcgen::Error| Error::Certificate(error.to_string());
        let ca_key = KeyPair::generate().map_err(refused)?;
        let mut ca = CertificateParams::new(Vec::new()).map_err(refused)?;
        ca.distinguished_name.push(DnType::CommonName, "mde-forensics emulator CA");
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_certificate = ca.self_signed(&ca_key).map_err(refused)?;
        let issuer = Issuer::from_params(&ca, &ca_key);

        let key = KeyPair::generate().map_err(refused)?;
        let names = vec![
            "localhost".to_owned(),
            IpAddr::V4(Ipv4Addr::LOCALHOST).to_string(),
            IpAddr::V6(Ipv6Addr::LOCALHOST).to_string(),
        ];
        let mut leaf = CertificateParams::new(names).map_err(refused)?;
        leaf.distinguished_name.push(DnType::CommonName, "mde-forensics emulator");
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = leaf.signed_by(&key, &issuer).map_err(refused)?;

        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let refused = |error: rustls::Error| Error::Certificate(error.to_string());
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(refused)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .map_err(refused)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem: ca_certificate.pem() })
    }
}
