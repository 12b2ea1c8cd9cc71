//! Reads any reply: status, content type, size, JSON, shape. Its meaning is up to the endpoint.

use http::Response;
use http::header::{CONTENT_TYPE, LOCATION};

use super::{Endpoint, refusal};
use crate::error::{Code, Error};
use crate::json::{Json, Read, Wrong};
use crate::url::Parts;

/// Reads the reply to `E` as a `T`.
pub(super) fn read<E: Endpoint, T: Read>(response: &Response<Vec<u8>>) -> Result<T, Error> {
    status(response, E::SUCCESS, refusal::api)?;
    json(response, E::BODY_LIMIT)
}

/// Accepts only a status in `success`; `refused` turns statuses from 400 on into errors.
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
pub(super) fn json<T: Read>(response: &Response<Vec<u8>>, limit: usize) -> Result<T, Error> {
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
    let tree = Json::parse(body).map_err(|error| broken(body, error));
    let read = tree.and_then(|tree| T::read(tree).map_err(|wrong| misshapen(&wrong)));
    read.map_err(|error| error.with_status(status).with_body(body))
}

/// The body's media type in lower case, without parameters; `None` if there is none.
pub(super) fn content_type(response: &Response<Vec<u8>>) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    let kind = value.split(';').next().unwrap_or_default().trim();
    Some(kind.get(..64).unwrap_or(kind).to_ascii_lowercase())
}

pub(super) fn is_json(kind: &str) -> bool {
    matches!(kind, "application/json" | "text/json") || kind.ends_with("+json")
}

fn broken(body: &[u8], error: serde_json::Error) -> Error {
    let message = if body.is_empty() {
        "the answer is empty where JSON was expected".to_owned()
    } else {
        let (line, column) = (error.line(), error.column());
        format!("the answer is no JSON: it breaks at line {line}, column {column}")
    };
    Error::new(Code::InvalidJson, message).with_source(error)
}

fn misshapen(wrong: &Wrong) -> Error {
    let message = match wrong.path() {
        "" => format!("the answer is not of the expected form: {}", wrong.why()),
        path => format!("the answer is not of the expected form at `{path}`: {}", wrong.why()),
    };
    Error::new(Code::InvalidShape, message)
}

/// The error for a field whose value is invalid.
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
            ("[]", "a list where an object was expected"),
            (" null", "null where an object was expected"),
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
