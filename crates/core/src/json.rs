//! JSON as a tree, and how our types are read from it.
//!
//! Every reader goes through one tree: a derived reader is written once for each type and each place that it is read
//! from, and all of them together were a third of what a page loads. A reader names the field that is wrong.

mod fields;
pub(crate) mod plain;
mod read;
mod tree;
mod wrong;

pub use self::fields::Fields;
pub(crate) use self::plain::{read_text, read_word};
pub use self::read::Read;
pub(crate) use self::read::deserialize;
pub use self::tree::Json;
pub use self::wrong::Wrong;

/// Reads a text of JSON as a `T`.
///
/// Fails with a text that says where it is no JSON, or which field is not as it must be.
pub fn parse<T: Read>(json: &[u8]) -> Result<T, Wrong> {
    Json::parse(json).map_err(|error| Wrong::new(error.to_string())).and_then(T::read)
}

/// Writes a value as JSON on one line; nothing where it cannot be JSON.
#[must_use]
pub fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Writes a value as JSON for people: a line for each item, indented by two blanks.
#[must_use]
pub fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The same as a tree: by way of the text, since every other writer would be there once more for each type.
#[must_use]
pub fn value(value: &impl serde::Serialize) -> serde_json::Value {
    Json::parse(text(value).as_bytes()).unwrap_or_default().into()
}
