//! Error responses of the API.

use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;

use crate::answer::Answer;

/// A status, one of the service's codes, and a message (Microsoft Learn, "Common REST API error
/// codes").
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    code: String,
    message: String,
    retry_after: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after: None }
    }

    /// The refusal of a query that is not OData, or not supported by the service.
    pub(super) fn odata(message: impl Into<String>) -> Self {
        Self::new(400, "ODataError", message)
    }

    pub(super) fn no_machine(id: &str) -> Self {
        Self::new(404, "ResourceNotFound", format!("Machine {id} was not found"))
    }

    pub(super) fn no_action(id: &str) -> Self {
        Self::new(404, "ResourceNotFound", format!("Machine action {id} was not found"))
    }

    pub(super) fn after(mut self, retry_after: Option<String>) -> Self {
        self.retry_after = retry_after;
        self
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn answer(&self, target: &str) -> Answer {
        let answer = Answer::error(self.status, &self.code, &self.message, target)
            .with_retry_after(self.retry_after.clone());
        match self.status {
            401 => answer.with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => answer,
        }
    }
}
