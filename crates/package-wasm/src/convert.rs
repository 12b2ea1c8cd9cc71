//! Between JavaScript's values and ours.

use mde_forensics_package::Error;
use serde::{Serialize, de::DeserializeOwned};
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

/// What a text of JSON says; what cannot be read never passes for nothing.
pub(crate) fn parsed<T: DeserializeOwned>(name: &str, text: &str) -> Thrown<T> {
    parse(name, text).map_err(|message| fault("invalid_option", &message))
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("`{name}` cannot be used: {error}"))
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

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_cannot_be_read_is_told_and_is_not_nothing() {
        assert_eq!(parse::<Vec<String>>("tables", r#"["arp"]"#).unwrap(), ["arp"]);
        // Half of a pair, as JavaScript's text may have it.
        for text in ["", "null", r#"["\ud800"]"#] {
            let message = parse::<Vec<String>>("tables", text).unwrap_err();
            assert!(message.starts_with("`tables` cannot be used: "), "{message}");
        }
    }
}
