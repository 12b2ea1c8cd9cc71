//! Hashes of bytes that arrive in parts.

use sha2::Digest;
use wasm_bindgen::prelude::*;

/// A SHA-256 of bytes that arrive in parts.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Sha256(sha2::Sha256);

#[wasm_bindgen]
impl Sha256 {
    /// Starts with no bytes.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes so far, in lower-case hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        mde_forensics_core::hex(&self.0.clone().finalize())
    }
}
