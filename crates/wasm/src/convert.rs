//! Conversions between JavaScript's values and ours.

use std::time::Duration;

use mde_forensics_core::engine::StopHow;
use mde_forensics_core::json::{self, Read};
use mde_forensics_core::work::{EffectResult, Failure};
use mde_forensics_core::{Code, Error, Now};
use serde::Serialize;
use time::OffsetDateTime;
use wasm_bindgen::JsValue;

use crate::raised::Raised;

/// What is thrown: the error's JSON as a string.
pub(crate) type Thrown<T> = Result<T, JsValue>;

pub(crate) fn thrown(error: &Error) -> JsValue {
    JsValue::from_str(&json(&Raised::from(error.clone())))
}

pub(crate) fn json(value: &impl Serialize) -> String {
    json::text(value)
}

/// Reads JSON that our own TypeScript wrote.
pub(crate) fn read<T: Read>(json: &str, what: &str) -> Result<T, Error> {
    json::parse(json.as_bytes()).map_err(|error| {
        Error::new(Code::InvalidOption, format!("`{what}` cannot be used: {error}"))
    })
}

/// The current time; an invalid time counts as the earliest.
pub(crate) fn now(wall: f64, mono: f64) -> Now {
    let since = time::Duration::checked_seconds_f64(wall).unwrap_or_default();
    let wall = OffsetDateTime::UNIX_EPOCH.checked_add(since);
    Now::new(wall.unwrap_or(OffsetDateTime::UNIX_EPOCH), seconds(mono))
}

/// A duration; an invalid or negative one counts as zero, and one that is too long as the maximum.
pub(crate) fn seconds(seconds: f64) -> Duration {
    if seconds > 0.0 {
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    } else {
        Duration::ZERO
    }
}

/// How to stop: with a comment, also at the service.
pub(crate) fn how(comment: Option<String>) -> StopHow {
    comment.map_or(StopHow::Here, |comment| StopHow::AtService { comment })
}

/// A driver's result of an effect. An unreadable one comes from the caller's `fetch` or store: it
/// fails the effect, not the run, which has other work in progress.
pub(crate) fn given(json: &str, bytes: Option<Vec<u8>>) -> EffectResult {
    match json::parse(json.as_bytes()) {
        Ok(given) => EffectResult { bytes, ..given },
        Err(error) => {
            let message = format!("what was given cannot be used: {error}");
            EffectResult {
                failed: Some(Failure { message, ..Failure::default() }),
                ..EffectResult::default()
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the numbers are our own, and far below 2^53"
)]
pub(crate) fn number(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are far below 2^53")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}
