//! The body of a response action: a JSON object whose keys are case-sensitive.

use serde_json::{Map, Value};

use super::Refusal;
use crate::exchange::Call;

/// The parameters that every response action takes.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) comment: String,
    pub(super) external_id: Option<String>,
    pub(super) title: Option<String>,
}

impl Parameters {
    /// Fails if the body is not such an object, or has no comment.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let refused = |message: String| Refusal::new(400, "InvalidRequestBody", message);
        if call.inbound.media_type() != "application/json" {
            return Err(refused("Request body must be application/json".to_owned()));
        }
        let body: Map<String, Value> = serde_json::from_slice(&call.inbound.body)
            .map_err(|_| refused("Request body is incorrect".to_owned()))?;
        if let Some(key) = body.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(refused(format!("Request body is incorrect: unknown parameter '{key}'")));
        }
        let text = |key: &str| match body.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(refused(format!("Request body is incorrect: '{key}' is not a string"))),
        };
        text("RequestSource")?;
        let comment = text("Comment")?.filter(|comment| !comment.trim().is_empty());
        let comment = comment.ok_or_else(|| {
            let message = "Missing required parameter 'Comment'";
            Refusal::new(400, "MissingRequiredParameter", message)
        })?;
        Ok(Self { comment, external_id: text("ExternalId")?, title: text("Title")? })
    }
}

const KEYS: &[&str] = &["Comment", "ExternalId", "RequestSource", "Title"];
