//! CRC-32 as zip, zlib and event logs have it.

/// A CRC-32 over bytes that come in parts.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug, Default)]
pub(crate) struct Crc32(crc32fast::Hasher);

#[cfg(not(target_arch = "wasm32"))]
impl Crc32 {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finalize(self) -> u32 {
        self.0.finalize()
    }
}

/// The same, computed with the tables of the inflating library: a second set would add 16 kB to what a web page loads.
#[cfg(target_arch = "wasm32")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Crc32(u32);

#[cfg(target_arch = "wasm32")]
impl Crc32 {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0 = zlib_rs::crc32::crc32(self.0, bytes);
    }

    pub(crate) fn finalize(self) -> u32 {
        self.0
    }
}

/// The CRC-32 of all these bytes.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc32 = Crc32::default();
    crc32.update(bytes);
    crc32.finalize()
}
