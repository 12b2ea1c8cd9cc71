//! Error responses of the login host.

use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::answer::Answer;
use crate::exchange::Call;
use crate::text::entra_time;

/// An OAuth error with Entra's error number (Microsoft Learn, "Microsoft Entra authentication and
/// authorization error codes").
#[derive(Debug)]
pub(crate) struct LoginError {
    status: StatusCode,
    error: &'static str,
    number: u32,
    message: String,
}

impl LoginError {
    pub(super) fn new(error: &'static str, number: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, number, message: message.into() }
    }

    /// The client failed to authenticate.
    pub(super) fn client(number: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", number, message) }
    }

    pub(super) fn missing(parameter: &str) -> Self {
        let message =
            format!("The request body must contain the following parameter: '{parameter}'.");
        Self::new("invalid_request", 900_144, message)
    }

    pub(super) fn unreadable() -> Self {
        Self::new("invalid_request", 90_002, "The request body cannot be read.")
    }

    pub(crate) fn throttled() -> Self {
        let message = "The request was throttled.";
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            ..Self::new("temporarily_unavailable", 90_055, message)
        }
    }

    pub(crate) fn answer(&self, call: &Call<'_>) -> Answer {
        let correlation = call.inbound.header("client-request-id").unwrap_or(&call.id);
        let time = entra_time(call.now);
        let body = json!({
            "error": self.error,
            "error_description": format!(
                "AADSTS{}: {} Trace ID: {} Correlation ID: {correlation} Timestamp: {time}",
                self.number, self.message, call.id
            ),
            "error_codes": [self.number],
            "timestamp": time,
            "trace_id": call.id,
            "correlation_id": correlation,
            "error_uri": format!("{}/error?code={}", call.shared.origins().login, self.number),
        });
        Answer::json(self.status, &body)
            .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .with_text(header::HeaderName::from_static("x-ms-request-id"), &call.id)
    }
}
