//! What can go wrong, whose fault it was, and what to do about it.

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

/// Longest body that an error keeps, in bytes.
const BODY_LIMIT: usize = 4 * 1024;
/// How many causes an error tells.
const MAX_CAUSES: usize = 4;
/// Longest text of the service that an error keeps, in bytes.
const TEXT_LIMIT: usize = 2 * 1024;

/// An error: a stable [`Code`], a message, and all that the service said.
///
/// Every text that goes in is bounded, loses its control characters, and loses what looks like a token, a secret or
/// the query of a link. It is small (one pointer), can be cloned, and is serialised as one flat JSON object; reading
/// that back gives the same error, with its causes as texts.
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
    /// An error of this code. `message` says what happened: lower case, no full stop, the offending input in
    /// backticks.
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

    /// Adds the HTTP status of the answer.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the service's own code and message; an empty one counts as none.
    #[must_use]
    pub fn with_service(mut self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.service_code = text(&code.into());
        self.0.service_message = text(&message.into());
        self
    }

    /// Adds the id under which Microsoft's support finds the call; an empty one counts as none.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = text(&id.into());
        self
    }

    /// Adds how long the service wants to be left alone.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Keeps the first 4 KiB of the answer's body, redacted; an empty one counts as none.
    #[must_use]
    pub fn with_body(mut self, body: &[u8]) -> Self {
        let bounded = body.get(..BODY_LIMIT).unwrap_or(body);
        let kept = redact(&String::from_utf8_lossy(bounded), BODY_LIMIT);
        self.0.body = (!kept.is_empty()).then_some(kept);
        self
    }

    /// Replaces the hint of the code by a better one.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = text(&hint.into());
        self
    }

    /// Adds the cause, and takes over what the service said in it: its code and message, and the request id.
    ///
    /// It is shown by those who walk [`source`](StdError::source), so it must hold no secret.
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

    /// What happened, without the service's own words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's own code, such as `ActiveRequestAlreadyExists` or `invalid_client`.
    #[must_use]
    pub fn service_code(&self) -> Option<&str> {
        self.0.service_code.as_deref()
    }

    /// The service's own words. They may change: branch on [`code`](Self::code).
    #[must_use]
    pub fn service_message(&self) -> Option<&str> {
        self.0.service_message.as_deref()
    }

    /// The id under which Microsoft's support finds the call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the service wants to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same step, repeated later and unchanged, may well succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.code.is_retryable()
    }

    /// What to do about it, in plain words.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.0.hint.as_deref().unwrap_or_else(|| self.0.code.hint())
    }

    /// What caused it, from the next cause to the first, in words; four at most.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    /// The start of the answer's body, redacted.
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

/// Codes and texts are compared; sources are not.
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

/// What an error is as JSON.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
struct Flat<'a> {
    /// The stable code.
    code: Code,
    /// Whose fault it was.
    fault: Fault,
    /// What happened, without the service's own words.
    message: &'a str,
    /// The HTTP status of the answer, if there was one.
    status: Option<u16>,
    /// The service's own code, such as `ActiveRequestAlreadyExists` or `invalid_client`.
    service_code: Option<&'a str>,
    /// The service's own words. They may change: branch on the code.
    service_message: Option<&'a str>,
    /// The id under which Microsoft's support finds the call.
    request_id: Option<&'a str>,
    /// For how many seconds the service wants to be left alone.
    #[serde(with = "seconds")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<f64>"))]
    retry_after: Option<Duration>,
    /// Whether the same step, repeated later and unchanged, may well succeed.
    retryable: bool,
    /// What to do about it, in plain words.
    hint: &'a str,
    /// The start of the answer's body, redacted.
    body: Option<&'a str>,
    /// What caused it, from the next cause to the first, in words; four at most.
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
    /// Records are hostile input: what comes back from one is bounded and redacted again.
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
    // A chain that bites its own tail must not hang the program.
    std::iter::successors(Some(error), |error| (**error).source()).take(16)
}

/// The causes in words. Many errors say their own cause at their end; that is not said twice.
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

/// One line of the service's text, bounded and redacted; `None` when nothing is left.
fn text(raw: &str) -> Option<String> {
    let line = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then(|| redact(&line, TEXT_LIMIT))
}

/// A wait as a number of seconds, with a fraction where there is one.
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
