//! What a download's reply means and what is written of it: the same for every driver.

mod fetch;
mod files;
mod head;
mod inspect;
mod manifest;
mod name;
mod seal;
mod sidecar;

pub use self::fetch::{Fetch, Limits, fetch};
pub use self::files::disk_hint;
pub use self::head::{Head, is_markup};
pub use self::inspect::inspect;
pub use self::manifest::{Judgement, Manifest, MemberEntry, PackageEntry, Tool};
pub use self::name::check_name;
pub use self::seal::{Seal, seal};
pub use self::sidecar::Sidecar;

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.extend(
            [byte >> 4, byte & 0xf].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')),
        );
        text
    })
}
