//! Errors: what went wrong, whose fault it was, and what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::json::{self, Json, Read, Wrong, deserialize};

pub use self::code::{Code, CodeInfo, Fault};
use self::redact::redact;

mod code;
pub(crate) mod redact;

/// The longest body that an error keeps, in bytes.
const BODY_LIMIT: usize = 4 * 1024;
/// The maximum number of causes that an error keeps.
const MAX_CAUSES: usize = 4;
/// The longest text that an error keeps, in bytes.
const TEXT_LIMIT: usize = 2 * 1024;

/// An error: a stable [`Code`], a message, and everything that the service said.
///
/// Every text is bounded and redacted: control characters, and whatever looks like a token, a
/// secret or a link's query, are removed. An error is small (one pointer) and can be cloned. It is
/// serialised as one flat JSON object; reading that back gives an equal error, with its causes as
/// text.
#[derive(Clone)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(as = "Flat<'static>", rename = "ErrorFields")
)]
pub struct Error(Box<Fields>);

#[derive(Clone)]
struct Fields {
    code: Code,
    message: String,
    status: Option<u16>,
    service_code: Option<String>,
    service_message: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    hint: Option<String>,
    body: Option<String>,
    causes: Vec<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error. `message` says what happened: lower case, no full stop, the offending
    /// input in backticks.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Fields {
            code,
            message: redact(&message.into(), TEXT_LIMIT),
            status: None,
            service_code: None,
            service_message: None,
            request_id: None,
            retry_after: None,
            hint: None,
            body: None,
            causes: Vec::new(),
            source: None,
        }))
    }

    /// Adds the reply's HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the service's own code and message; an empty text counts as none.
    #[must_use]
    pub fn with_service(mut self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.service_code = text(&code.into());
        self.0.service_message = text(&message.into());
        self
    }

    /// Adds the id with which Microsoft's support can find the call; an empty id counts as none.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = text(&id.into());
        self
    }

    /// Adds the time that the service asks us to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Keeps the first 4 KiB of the reply's body, redacted; an empty body counts as none.
    #[must_use]
    pub fn with_body(mut self, body: &[u8]) -> Self {
        let bounded = body.get(..BODY_LIMIT).unwrap_or(body);
        let kept = redact(&String::from_utf8_lossy(bounded), BODY_LIMIT);
        self.0.body = (!kept.is_empty()).then_some(kept);
        self
    }

    /// Replaces the code's default hint with a better one.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = text(&hint.into());
        self
    }

    /// Adds the cause, and takes over what the service said in it: its code, message and request
    /// id.
    ///
    /// Callers that walk [`source`](StdError::source) may print the cause, so it must not contain a
    /// secret.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.causes = causes(&source);
        if let Some(Self(cause)) = chain(&source).find_map(|cause| cause.downcast_ref::<Self>()) {
            let own = &mut self.0;
            if own.service_code.is_none() && own.service_message.is_none() {
                own.service_code.clone_from(&cause.service_code);
                own.service_message.clone_from(&cause.service_message);
            }
            if own.request_id.is_none() {
                own.request_id.clone_from(&cause.request_id);
            }
        }
        self.0.source = Some(Arc::new(source));
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Whose fault it was.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.code.fault()
    }

    /// What happened, without the service's own message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The reply's HTTP status, if there was a reply.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's own code, such as `ActiveRequestAlreadyExists` or `invalid_client`.
    #[must_use]
    pub fn service_code(&self) -> Option<&str> {
        self.0.service_code.as_deref()
    }

    /// The service's own message. It may change: branch on [`code`](Self::code).
    #[must_use]
    pub fn service_message(&self) -> Option<&str> {
        self.0.service_message.as_deref()
    }

    /// The id with which Microsoft's support can find the call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The time that the service asks us to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same step may succeed if repeated later unchanged.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.code.is_retryable()
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.0.hint.as_deref().unwrap_or_else(|| self.0.code.hint())
    }

    /// The causes as text, from the nearest to the first; at most four.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    /// The beginning of the reply's body, redacted.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.0.body.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        if let Some(status) = self.status() {
            write!(f, " (HTTP {status})")?;
        }
        match (self.service_code(), self.service_message()) {
            (Some(code), Some(message)) => write!(f, ": {code}: {message}"),
            (Some(one), None) | (None, Some(one)) => write!(f, ": {one}"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code.as_str())
            .field("message", &self.0.message)
            .field("status", &self.0.status)
            .field("service_code", &self.0.service_code)
            .field("service_message", &self.0.service_message)
            .field("request_id", &self.0.request_id)
            .field("retry_after", &self.0.retry_after)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// Compares everything except sources and causes.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        (one.code, &one.message, one.status, one.retry_after)
            == (other.code, &other.message, other.status, other.retry_after)
            && (&one.service_code, &one.service_message, &one.request_id)
                == (&other.service_code, &other.service_message, &other.request_id)
            && (&one.hint, &one.body) == (&other.hint, &other.body)
    }
}

/// An error as JSON.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
struct Flat<'a> {
    /// The stable code.
    code: Code,
    /// Whose fault it was.
    fault: Fault,
    /// What happened, without the service's own message.
    message: &'a str,
    /// The reply's HTTP status, if there was a reply.
    status: Option<u16>,
    /// The service's own code, such as `ActiveRequestAlreadyExists` or `invalid_client`.
    service_code: Option<&'a str>,
    /// The service's own message. It may change: branch on the code.
    service_message: Option<&'a str>,
    /// The id with which Microsoft's support can find the call.
    request_id: Option<&'a str>,
    /// The time that the service asks us to wait, in seconds.
    #[serde(with = "seconds")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<f64>"))]
    retry_after: Option<Duration>,
    /// Whether the same step may succeed if repeated later unchanged.
    retryable: bool,
    /// What to do about it.
    hint: &'a str,
    /// The beginning of the reply's body, redacted.
    body: Option<&'a str>,
    /// The causes as text, from the nearest to the first; at most four.
    causes: &'a [String],
}

impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Flat {
            code: self.code(),
            fault: self.fault(),
            message: self.message(),
            status: self.status(),
            service_code: self.service_code(),
            service_message: self.service_message(),
            request_id: self.request_id(),
            retry_after: self.retry_after(),
            retryable: self.is_retryable(),
            hint: self.hint(),
            body: self.body(),
            causes: self.causes(),
        }
        .serialize(serializer)
    }
}

impl Read for Error {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        json::Fields::read(json, |fields| {
            let seconds: Option<f64> = fields.optional("retry_after");
            let retry_after = seconds
                .map(Duration::try_from_secs_f64)
                .transpose()
                .map_err(|error| Wrong::new(error.to_string()).at("retry_after"))?;
            Ok(Self::from(Fields {
                code: fields.take("code")?,
                message: fields.take("message")?,
                status: fields.optional("status"),
                service_code: fields.optional("service_code"),
                service_message: fields.optional("service_message"),
                request_id: fields.optional("request_id"),
                retry_after,
                hint: fields.optional("hint"),
                body: fields.optional("body"),
                causes: fields.take_or("causes", Vec::new())?,
                source: None,
            }))
        })
    }
}

deserialize!(Error);

impl From<Fields> for Error {
    /// Records are hostile input: an error read from one is bounded and redacted again.
    fn from(fields: Fields) -> Self {
        let hint = fields.hint.filter(|hint| hint != fields.code.hint());
        Self(Box::new(Fields {
            code: fields.code,
            message: redact(&fields.message, TEXT_LIMIT),
            status: fields.status,
            service_code: fields.service_code.as_deref().and_then(text),
            service_message: fields.service_message.as_deref().and_then(text),
            request_id: fields.request_id.as_deref().and_then(text),
            retry_after: fields.retry_after,
            hint: hint.as_deref().and_then(text),
            body: fields.body.map(|body| redact(&body, BODY_LIMIT)),
            causes: fields.causes.iter().take(MAX_CAUSES).filter_map(|cause| text(cause)).collect(),
            source: None,
        }))
    }
}

/// An error and its causes.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    // A cyclic chain must not hang the program.
    std::iter::successors(Some(error), |error| (**error).source()).take(16)
}

/// The causes as text. Many errors end with their own cause; such a cause is not repeated.
fn causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut tell = |said: &str| {
        let new = text(said).filter(|said| !causes.last().is_some_and(|last| last.ends_with(said)));
        causes.extend(new.filter(|_| causes.len() < MAX_CAUSES));
    };
    for cause in chain(error) {
        tell(&cause.to_string());
        if let Some(Error(fields)) = cause.downcast_ref() {
            fields.causes.iter().for_each(|cause| tell(cause));
            break;
        }
    }
    causes
}

/// The service's text on one line, bounded and redacted; `None` if nothing is left.
fn text(raw: &str) -> Option<String> {
    let line = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| redact(&line, TEXT_LIMIT))
}

/// Serializes a wait as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(
        wait: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        wait.map(|wait| wait.as_secs_f64()).serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
