//! JSON web tokens: those that are issued, and those that callers present.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// A token that a caller presented, in its three parts.
#[derive(Debug)]
pub(super) struct Jwt {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) signature: Vec<u8>,
    /// The signed part.
    pub(super) signed: String,
}

impl Jwt {
    /// `None` for text that is not a JSON web token.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
            signed: signed.to_owned(),
        })
    }

    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// A claim that is a time, in seconds since 1970.
    pub(super) fn time(&self, claim: &str) -> Option<f64> {
        self.claims.get(claim)?.as_f64()
    }
}

/// Encodes a token with these claims. The signature has no meaning: the API knows which tokens it
/// issued.
pub(super) fn encode(claims: &Value, signature: &[u8]) -> String {
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": "emulator", "x5t": "emulator"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(&header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}
