//! Lets pages of any origin read the responses, if configured (CORS).

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};

use crate::answer::Answer;

/// The response to a browser's preflight request; `None` for any other request. The service has no
/// such response, so it is not counted as a call.
pub(crate) fn preflight<B>(request: &Request<B>) -> Option<Answer> {
    let asked = request.headers();
    if request.method() != Method::OPTIONS || !asked.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let answer = Answer::empty(StatusCode::NO_CONTENT)
        .with(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"),
        )
        .with(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    Some(match asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        Some(headers) => answer.with(ACCESS_CONTROL_ALLOW_HEADERS, headers.clone()),
        None => answer,
    })
}

/// Adds the headers that let a page of any origin read a response.
pub(crate) fn open(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
}
