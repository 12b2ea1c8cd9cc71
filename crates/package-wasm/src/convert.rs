//! Between JavaScript's values and ours.

use mde_forensics_package::Error;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::said::Refusal;

/// What is thrown: the error's JSON, as a text.
pub(crate) type Thrown<T> = Result<T, JsValue>;

pub(crate) fn thrown(error: &Error) -> JsValue {
    let cause = std::error::Error::source(error).filter(|_| !matches!(error, Error::Write(_)));
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    let message = format!("{error}{cause}");
    let hint = Some(error.hint());
    JsValue::from_str(&json(&Refusal { code: error.code(), message: &message, hint }))
}

pub(crate) fn fault(code: &str, message: &str) -> JsValue {
    JsValue::from_str(&json(&Refusal { code, message, hint: None }))
}

pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers are our own TypeScript's: whole, and below 2^53"
)]
pub(crate) fn number(number: f64) -> u64 {
    number as u64
}
