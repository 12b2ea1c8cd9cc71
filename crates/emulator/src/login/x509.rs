//! The parts of a certificate that an assertion needs: thumbprints and public key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

/// A certificate.
#[derive(Debug)]
pub(super) struct Certificate {
    der: Vec<u8>,
    public_key: Vec<u8>,
}

impl Certificate {
    /// The first certificate in a PEM text; `None` if none can be read.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
        let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        let public_key = public_key(&der)?.to_vec();
        Some(Self { der, public_key })
    }

    /// The content of `subjectPublicKey`: for RSA, modulus and exponent in DER.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub(super) fn sha1(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    pub(super) fn sha256(&self) -> Vec<u8> {
        digest(&SHA256, &self.der).as_ref().to_vec()
    }
}

/// Certificate, then tbsCertificate, then its seventh field: subjectPublicKeyInfo (RFC 5280, 4.1).
fn public_key(der: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = element(der)?;
    let (_, mut fields, _) = element(certificate)?;
    let (tag, _, after) = element(fields)?;
    if tag == EXPLICIT_VERSION {
        fields = after;
    }
    // serialNumber, signature, issuer, validity, subject
    for _ in 0..5 {
        fields = element(fields)?.2;
    }
    let (_, key_info, _) = element(fields)?;
    let (_, _, after_algorithm) = element(key_info)?;
    let (tag, bits, _) = element(after_algorithm)?;
    let (unused, key) = bits.split_first()?;
    (tag == BIT_STRING && *unused == 0).then_some(key)
}

/// The first element of `der`: its tag, its content, and the rest.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if length.len() > 4 {
            return None;
        }
        (length.iter().fold(0, |length, &byte| (length << 8) | usize::from(byte)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

const BIT_STRING: u8 = 0x03;
const EXPLICIT_VERSION: u8 = 0xa0;
