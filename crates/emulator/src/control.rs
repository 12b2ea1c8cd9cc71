//! The control plane: the methods of [`Handle`] as JSON under `/_emulator/`.

mod guard;
mod routes;

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::exchange::Inbound;
use crate::handle::Shared;
use crate::text::percent_decode;
use crate::{Error, Handle};

/// Whether a path belongs to the control plane.
pub(crate) fn owns(path: &str) -> bool {
    path == "/_emulator" || path.starts_with("/_emulator/")
}

/// Answers a call to the control plane.
pub(crate) async fn answer(inbound: &Inbound, shared: &Arc<Shared>) -> Answer {
    if let Some(refusal) = guard::refusal(inbound) {
        return refusal;
    }
    let segments: Option<Vec<String>> = inbound
        .path
        .strip_prefix("/_emulator")
        .unwrap_or_default()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(percent_decode)
        .collect();
    let Some(segments) = segments else {
        return problem(StatusCode::BAD_REQUEST, "the path cannot be read");
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let handle = Handle::new(Arc::clone(shared));
    if let ("GET", ["actions", id, "package"]) = (inbound.method.as_str(), segments.as_slice()) {
        // A large package takes a while to hash, and the runtime's threads have other work.
        let id = (*id).to_owned();
        let digest = tokio::task::spawn_blocking(move || handle.package(&id)).await;
        return match digest {
            Ok(digest) => reply(digest.and_then(|digest| routes::value(&digest))),
            Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "the package cannot be made"),
        };
    }
    match routes::call(&handle, inbound, &segments) {
        Some(result) => reply(result),
        None => problem(StatusCode::NOT_FOUND, "the control plane has no such call"),
    }
}

fn reply(result: Result<Value, Error>) -> Answer {
    match result {
        Ok(value) => Answer::json(StatusCode::OK, &value),
        Err(error @ Error::Missing(_)) => problem(StatusCode::NOT_FOUND, &error.to_string()),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn problem(status: StatusCode, message: &str) -> Answer {
    Answer::json(status, &json!({"error": message}))
}

/// The largest body that the control plane accepts, in bytes.
pub(crate) const BODY_LIMIT: usize = 16 * 1024 * 1024;
