//! The JWT that the certificate signs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_forensics_core::{ClientAssertion, Code, Error};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use serde_json::json;
use time::OffsetDateTime;

use super::{Certificate, SigningForm};
use crate::random;

impl Certificate {
    /// Creates an assertion for this token endpoint, valid for ten minutes. Source: Microsoft's
    /// page "Certificate credentials".
    ///
    /// Fails with `credential_failed` if the system's random generator or the key fails.
    pub(in crate::credential) fn assertion(
        &self,
        client_id: &str,
        token_url: &str,
        now: OffsetDateTime,
    ) -> Result<ClientAssertion, Error> {
        let header = match self.form {
            SigningForm::Ps256 => {
                json!({"alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint(&SHA256)})
            }
            SigningForm::Rs256 => {
                json!({"alg": "RS256", "typ": "JWT", "x5t": self.thumbprint(&SHA1_FOR_LEGACY_USE_ONLY)})
            }
        };
        let now = now.unix_timestamp();
        let claims = json!({
            "aud": token_url,
            "iss": client_id,
            "sub": client_id,
            "jti": random::guid()?,
            "iat": now,
            "nbf": now,
            "exp": now + GOOD_FOR,
        });
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = self.sign(signed.as_bytes())?;
        Ok(ClientAssertion::new(format!("{signed}.{}", encode(signature))))
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let padding: &dyn ring::signature::RsaEncoding = match self.form {
            SigningForm::Ps256 => &RSA_PSS_SHA256,
            SigningForm::Rs256 => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(padding, &SystemRandom::new(), bytes, &mut signature).map_err(|_| {
            Error::new(Code::CredentialFailed, "the certificate's key could not sign")
        })?;
        Ok(signature)
    }

    fn thumbprint(&self, algorithm: &'static ring::digest::Algorithm) -> String {
        encode(digest(algorithm, &self.der))
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// In seconds.
const GOOD_FOR: i64 = 600;
