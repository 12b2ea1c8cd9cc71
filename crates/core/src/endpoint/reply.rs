//! How every answer is read: status, content type, size, JSON, shape; its meaning is the endpoint's own affair.

use http::Response;
use http::header::{CONTENT_TYPE, LOCATION};
use serde::de::DeserializeOwned;

use super::{Endpoint, refusal};
use crate::error::{Code, Error};
use crate::url::Parts;

/// Reads the answer to `E` as a `T`.
pub(super) fn read<E: Endpoint, T: DeserializeOwned>(
    response: &Response<Vec<u8>>,
) -> Result<T, Error> {
    status(response, E::SUCCESS, refusal::api)?;
    json(response, E::BODY_LIMIT)
}

/// Lets only a status of `success` pass; `refused` reads those from 400 on.
pub(super) fn status(
    response: &Response<Vec<u8>>,
    success: &[u16],
    refused: impl Fn(&Response<Vec<u8>>) -> Error,
) -> Result<(), Error> {
    let status = response.status().as_u16();
    match status {
        _ if success.contains(&status) => Ok(()),
        300..400 => {
            let target = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let target = match target.map(Parts::parse) {
                Some(Ok(parts)) => format!("to `{}`", parts.host),
                _ => "to a place that is not shown".to_owned(),
            };
            let message = format!("the call was redirected {target}");
            Err(Error::new(Code::UnexpectedRedirect, message).with_status(status))
        }
        400..600 => Err(refused(response)),
        _ => {
            let message = format!("the answer has status {status}, which this call does not have");
            let error = Error::new(Code::UnexpectedStatus, message).with_status(status);
            Err(error.with_body(response.body()))
        }
    }
}

/// Reads the body as a `T`, whatever the status.
pub(super) fn json<T: DeserializeOwned>(
    response: &Response<Vec<u8>>,
    limit: usize,
) -> Result<T, Error> {
    let status = response.status().as_u16();
    let body = response.body().as_slice();
    if let Some(kind) = content_type(response).filter(|kind| !is_json(kind)) {
        let message = format!("the answer is `{kind}` where JSON was expected");
        return Err(Error::new(Code::WrongContentType, message)
            .with_status(status)
            .with_body(body));
    }
    if body.len() > limit {
        let message = format!("the answer has {} bytes, the limit is {limit}", body.len());
        return Err(Error::new(Code::TooLarge, message).with_status(status));
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // A derived reader would take an array for the fields in their order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let read = is_object.then(|| parse(body).ok()).flatten();
    read.ok_or_else(|| explain::<T>(body).with_status(status).with_body(body))
}

/// One reader for each type is enough where every byte of the code is loaded first.
#[cfg(target_arch = "wasm32")]
fn parse<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(body)
}

#[cfg(not(target_arch = "wasm32"))]
fn parse<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    match str::from_utf8(body) {
        // Its strings need no check one by one.
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    }
}

/// The media type of the body, without parameters, in lower case; `None` if none is named.
pub(super) fn content_type(response: &Response<Vec<u8>>) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    let kind = value.split(';').next().unwrap_or_default().trim();
    Some(kind.get(..64).unwrap_or(kind).to_ascii_lowercase())
}

pub(super) fn is_json(kind: &str) -> bool {
    matches!(kind, "application/json" | "text/json") || kind.ends_with("+json")
}

/// Tells broken JSON from sound JSON of the wrong shape, and names the field of the latter. It reads the body again:
/// only a failure pays for that.
fn explain<T: DeserializeOwned>(body: &[u8]) -> Error {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(serde_json::Value::Object(_)) => {}
        Ok(_) => return Error::new(Code::InvalidShape, "the answer is JSON and no object"),
        Err(error) => {
            let message = if body.is_empty() {
                "the answer is empty where JSON was expected".to_owned()
            } else {
                let (line, column) = (error.line(), error.column());
                format!("the answer is no JSON: it breaks at line {line}, column {column}")
            };
            return Error::new(Code::InvalidJson, message).with_source(error);
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let (path, why) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => (String::new(), String::new()),
        Err(error) => (error.path().to_string(), error.into_inner().to_string()),
    };
    // What comes after is the place, which the path says better.
    let why = why.split(" at line ").next().unwrap_or_default();
    let message = match path.as_str() {
        "" | "." => format!("the answer is not of the expected form: {why}"),
        path => format!("the answer is not of the expected form at `{path}`: {why}"),
    };
    Error::new(Code::InvalidShape, message)
}

/// A field that is there and cannot be what it says.
pub(super) fn invalid_shape(response: &Response<Vec<u8>>, path: &str, why: &str) -> Error {
    let message = format!("the answer is not of the expected form at `{path}`: {why}");
    let error = Error::new(Code::InvalidShape, message).with_status(response.status().as_u16());
    error.with_body(response.body())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action_id::ActionId;
    use crate::endpoint::GetMachineAction;
    use crate::endpoint::testing::{base, reply};

    fn read(reply: &Response<Vec<u8>>) -> Error {
        let get = GetMachineAction { action: ActionId::parse("a").unwrap() };
        get.response(&base(), reply).unwrap_err()
    }

    fn with(
        status: u16,
        header: &'static str,
        value: &'static str,
        body: &str,
    ) -> Response<Vec<u8>> {
        let mut reply = reply(status, body);
        reply.headers_mut().insert(header, http::HeaderValue::from_static(value));
        reply
    }

    #[test]
    fn the_first_thing_that_is_wrong_is_named() {
        let html = with(200, "content-type", "text/html; charset=utf-8", "<html>Sign in</html>");
        assert_eq!(read(&html).code(), Code::WrongContentType);
        assert_eq!(read(&reply(204, "")).code(), Code::UnexpectedStatus);
        let redirect = read(&with(302, "location", "https://evil.example/?token=secret", ""));
        assert_eq!(redirect.code(), Code::UnexpectedRedirect);
        assert_eq!(redirect.message(), "the call was redirected to `evil.example`");
        let large = format!(r#"{{"id":"a{}"#, " ".repeat(GetMachineAction::BODY_LIMIT));
        assert_eq!(read(&reply(200, &large)).code(), Code::TooLarge);
    }

    #[test]
    fn broken_json_is_told_from_json_of_the_wrong_shape() {
        let deep = "[".repeat(100_000);
        for body in ["", "{", "nonsense", r#"{"id":5,"typ"#, r#"{"id":"a"} x"#, &deep] {
            assert_eq!(read(&reply(200, body)).code(), Code::InvalidJson, "{body:.20}");
        }
        for (body, path) in [
            ("[]", "no object"),
            (" null", "no object"),
            (r#"{"id":5,"type":"Isolate","status":"Pending"}"#, "`id`"),
            (r#"{"id":"a","type":"Isolate"}"#, "missing field `status`"),
            (
                r#"{"id":"a","type":"Isolate","status":"Pending","creationDateTimeUtc":"now"}"#,
                "`creationDateTimeUtc`",
            ),
            (
                r#"{"id":"a","type":"Isolate","status":"Pending","commands":[{},{"errors":[1]}]}"#,
                "`commands[1].errors[0]`",
            ),
            (r#"{"id":"a b","type":"Isolate","status":"Pending"}"#, "`id`"),
        ] {
            let error = read(&reply(200, body));
            assert_eq!(error.code(), Code::InvalidShape, "{body}");
            assert!(error.message().contains(path), "{error}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_a_missing_content_type_do_no_harm() {
        let mut reply =
            reply(200, "\u{feff}{\"id\":\"a\",\"type\":\"Isolate\",\"status\":\"Pending\"}");
        reply.headers_mut().remove("content-type");
        let get = GetMachineAction { action: ActionId::parse("a").unwrap() };
        get.response(&base(), &reply).unwrap();
    }
}
