//! JSON as a tree, and how our types are read from it.
//!
//! All readers go through one tree: derived readers are generated once per type and source, and
//! together made up a third of what a page loads. A reader's error names the wrong field.

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

/// Parses JSON text as a `T`.
///
/// Fails with the position of a syntax error, or with the field that is invalid.
pub fn parse<T: Read>(json: &[u8]) -> Result<T, Wrong> {
    Json::parse(json).map_err(|error| Wrong::new(error.to_string())).and_then(T::read)
}

/// Writes a value as JSON on one line; empty if it cannot be written as JSON.
#[must_use]
pub fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Writes a value as indented JSON: one line per item, two spaces per level.
#[must_use]
pub fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Converts a value to a tree. It goes through the text, since another serializer would add code
/// for each type.
#[must_use]
pub fn value(value: &impl serde::Serialize) -> serde_json::Value {
    Json::parse(text(value).as_bytes()).unwrap_or_default().into()
}
