//! Reads a certificate and its key from PEM or PKCS#12.

use std::path::Path;
use std::sync::Arc;

use mde_forensics_core::{Code, Error};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use ring::rsa::KeyPair;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::{Certificate, SigningForm};

impl Certificate {
    /// Reads a PEM or PKCS#12 (PFX) file; the format is detected from the content.
    ///
    /// `password` opens a PKCS#12 file. Fails with `invalid_credential` if the file cannot be read,
    /// contains no RSA private key (2,048 to 4,096 bits) or no certificate for that key, or if the
    /// password is wrong.
    pub fn from_file(file: &Path, password: Option<&str>) -> Result<Self, Error> {
        let bytes = std::fs::read(file).map(Zeroizing::new);
        let read = match &bytes {
            Ok(bytes) if bytes.windows(PEM.len()).any(|window| window == PEM) => {
                Self::from_pem(bytes)
            }
            Ok(bytes) => Self::from_pkcs12(bytes, password.unwrap_or_default()),
            Err(e) => Err(invalid(&e.to_string())),
        };
        read.map_err(|error| {
            let text = format!(
                "the certificate file `{}` cannot be used: {}",
                file.display(),
                error.message()
            );
            Error::new(Code::InvalidCredential, text)
        })
    }

    /// Reads PEM: an unencrypted private key (PKCS#8 or PKCS#1) and its certificate, in any order.
    ///
    /// Fails with `invalid_credential` as [`from_file`](Self::from_file) does.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        if pem.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED) {
            return Err(invalid("its private key is encrypted; give a PKCS#12 file instead"));
        }
        let key = match PrivateKeyDer::from_pem_slice(pem) {
            Ok(PrivateKeyDer::Pkcs8(key)) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            Ok(PrivateKeyDer::Pkcs1(key)) => KeyPair::from_der(key.secret_pkcs1_der()),
            Ok(_) => return Err(invalid("its private key is not for RSA, which Entra needs")),
            Err(_) => return Err(invalid("it holds no private key in PEM")),
        };
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
        Self::of(key, certificates.iter().map(AsRef::as_ref))
    }

    /// Reads PKCS#12 (RFC 7292), also called PFX.
    ///
    /// Fails with `invalid_credential` as [`from_file`](Self::from_file) does.
    pub fn from_pkcs12(der: &[u8], password: &str) -> Result<Self, Error> {
        let store =
            KeyStore::from_pkcs12(der, password, Pkcs12ImportPolicy::Relaxed).map_err(|_| {
                invalid("it is neither PEM nor a PKCS#12 file that this password opens")
            })?;
        let (_, chain) =
            store.private_key_chain().ok_or_else(|| invalid("it holds no private key"))?;
        let key = KeyPair::from_pkcs8(chain.key().as_der());
        Self::of(key, chain.certs().iter().map(p12_keystore::Certificate::as_der))
    }

    fn of<'a>(
        key: Result<KeyPair, ring::error::KeyRejected>,
        mut certificates: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Self, Error> {
        let key = key.map_err(|e| {
            invalid(&format!("its private key is not for RSA of 2,048 to 4,096 bits: {e}"))
        })?;
        // The right certificate contains the public key's DER unchanged (RFC 8017, A.1.1); the
        // others in the chain do not.
        let public = key.public().as_ref();
        let der = certificates
            .find(|der| der.windows(public.len()).any(|window| window == public))
            .ok_or_else(|| invalid("it holds no certificate of its private key"))?;
        Ok(Self { der: Arc::from(der), form: SigningForm::default(), key: Arc::new(key) })
    }
}

fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidCredential, why)
}

const PEM: &[u8] = b"-----BEGIN ";
const ENCRYPTED: &[u8] = b"ENCRYPTED";
