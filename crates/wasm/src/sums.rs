//! Sums over bytes that come in parts.

use sha2::Digest;
use wasm_bindgen::prelude::*;

/// A SHA-256 over bytes that come in parts.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Sha256(sha2::Sha256);

#[wasm_bindgen]
impl Sha256 {
    /// The sum over no bytes.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum over all bytes so far, as lower-case hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        mde_forensics_core::hex(&self.0.clone().finalize())
    }
}
