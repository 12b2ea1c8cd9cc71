//! Faults that prevent a request from being executed.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, LOCATION, TRANSFER_ENCODING};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use super::Ending;
use crate::answer::Answer;
use crate::config::{Endpoint, Fault, RetryAfter};
use crate::exchange::Call;
use crate::login::LoginError;
use crate::text::{http_date, seconds};

/// The response to a request that a fault prevents from being executed; `None` if it is to be
/// executed.
pub(crate) fn before(call: &Call<'_>, endpoint: Option<Endpoint>) -> Option<(Answer, Ending)> {
    let nothing = || Answer::empty(StatusCode::OK);
    let answer = match call.fault? {
        Fault::LostRequest => return Some((nothing(), Ending::Drop)),
        Fault::Reset => return Some((nothing(), Ending::Reset)),
        Fault::Status { done: false, .. } => status(call)?,
        Fault::Redirect { to, code } => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::FOUND);
            Answer::empty(status).with_text(LOCATION, to)
        }
        Fault::Throttle { retry_after, seconds } => {
            let when = retry_after_text(*retry_after, u64::from(*seconds), call.now);
            throttled(call, endpoint).with_retry_after(when)
        }
        Fault::Xml403 => storage_refusal(),
        _ => return None,
    };
    Some((answer, Ending::Answer))
}

/// The response of a `status` fault.
pub(super) fn status(call: &Call<'_>) -> Option<Answer> {
    let Fault::Status { code, body, headers, .. } = call.fault? else { return None };
    // What is informational is no answer.
    let status = StatusCode::from_u16(*code).ok().filter(|status| !status.is_informational());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = match body {
        None => Answer::error(
            status.as_u16(),
            usual_code(status),
            "A rule of the emulator says so",
            &call.id,
        ),
        Some(Value::String(text)) => {
            Answer::new(status, "text/plain; charset=utf-8", Bytes::from(text.clone()))
        }
        Some(json) => Answer::json(status, json),
    };
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value))
            && ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name)
        {
            answer.headers.insert(name, value);
        }
    }
    Some(answer)
}

/// The value of `Retry-After` in the given form.
pub(crate) fn retry_after_text(
    form: RetryAfter,
    wait: u64,
    now: time::OffsetDateTime,
) -> Option<String> {
    match form {
        RetryAfter::Missing => None,
        RetryAfter::Seconds => Some(wait.to_string()),
        RetryAfter::Date => {
            #[expect(clippy::cast_precision_loss, reason = "waits are far below 2^53 s")]
            let then = now.saturating_add(seconds(wait as f64));
            Some(http_date(then))
        }
    }
}

/// The storage's response to a link that it does not accept.
pub(crate) fn storage_refusal() -> Answer {
    Answer::storage_error(
        StatusCode::FORBIDDEN,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is \
         formed correctly including the signature.",
    )
}

fn throttled(call: &Call<'_>, endpoint: Option<Endpoint>) -> Answer {
    match endpoint {
        Some(Endpoint::Token | Endpoint::DeviceCode) => LoginError::throttled().answer(call),
        _ => Answer::error(429, "TooManyRequests", "Too many requests have been made", &call.id),
    }
}

fn usual_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        429 => "TooManyRequests",
        400..=499 => "BadRequest",
        _ => "InternalServerError",
    }
}
