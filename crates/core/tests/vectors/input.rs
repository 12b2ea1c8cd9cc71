//! Makes an operation from a vector's `input`.

use mde_forensics_core::{BaseUrl, Error, Operation};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::expect;

/// The time of day in all vectors.
pub(crate) const WALL: OffsetDateTime = datetime!(2026-01-05 10:00 UTC);

/// The operation of that name; fails as its parts do. Its input may say of what page it is the next.
pub(crate) fn operation(name: &str, input: &Value, base: &BaseUrl) -> Result<Operation, Error> {
    if !input["next_of"].is_object() {
        return Operation::parse(name, &input.to_string());
    }
    let mut page = input["next_of"].clone();
    page["value"] = json!([]);
    let first = Operation::parse(name, &input.to_string())?;
    let response = expect::response(&json!({"status": 200, "body": page}));
    let mut input = input.clone();
    input["next"] = first.response(base, &response, WALL)?["next"].clone();
    Operation::parse(name, &input.to_string())
}
