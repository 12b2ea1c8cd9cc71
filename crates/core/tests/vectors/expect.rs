//! What a vector says, held against what came.

use http::Response;
use mde_forensics_core::Error;
use serde_json::Value;

/// Of objects, what is named must be there; all else must be equal.
pub(crate) fn contains(actual: &Value, wanted: &Value, path: &str) -> Result<(), String> {
    match (actual, wanted) {
        (Value::Object(actual), Value::Object(wanted)) => {
            wanted.iter().try_for_each(|(name, wanted)| {
                let actual = actual.get(name).ok_or_else(|| format!("{path}.{name} is missing"))?;
                contains(actual, wanted, &format!("{path}.{name}"))
            })
        }
        (Value::Array(actual), Value::Array(wanted)) => {
            if actual.len() != wanted.len() {
                return Err(format!("{path} has {} items and not {}", actual.len(), wanted.len()));
            }
            let pairs = actual.iter().zip(wanted).enumerate();
            pairs.into_iter().try_for_each(|(place, (actual, wanted))| {
                contains(actual, wanted, &format!("{path}[{place}]"))
            })
        }
        _ if actual == wanted => Ok(()),
        _ => Err(format!("{path} is {actual} and not {wanted}")),
    }
}

pub(crate) fn error(error: &Error, wanted: &Value, place: &str) {
    let shown = serde_json::to_value(error).unwrap();
    for (name, wanted) in wanted.as_object().unwrap() {
        let text = wanted.as_str().unwrap_or_default();
        match name.as_str() {
            "message" => assert!(error.message().contains(text), "{place}: {error}"),
            "hint" => assert!(error.hint().contains(text), "{place}: {}", error.hint()),
            "absent" => {
                let everywhere = format!("{error} {error:?} {shown}");
                for secret in wanted.as_array().unwrap() {
                    assert!(
                        !everywhere.contains(secret.as_str().unwrap()),
                        "{place}: {everywhere}"
                    );
                }
            }
            _ => assert_eq!(shown[name], *wanted, "{place}: {name} of {error:?}"),
        }
    }
    assert_eq!(shown["fault"], error.fault().as_str());
    let back: Error = serde_json::from_value(shown.clone()).unwrap();
    assert_eq!(serde_json::to_value(back).unwrap(), shown, "{place}: what is written reads back");
}

/// The response that a vector describes.
pub(crate) fn response(vector: &Value) -> Response<Vec<u8>> {
    let mut builder =
        Response::builder().status(u16::try_from(vector["status"].as_u64().unwrap()).unwrap());
    let headers = vector["headers"].as_object();
    for (name, value) in headers.into_iter().flatten() {
        builder = builder.header(name, value.as_str().unwrap());
    }
    if !headers.is_some_and(|headers| headers.contains_key("content-type")) {
        builder = builder
            .header("content-type", "application/json; odata.metadata=minimal; charset=utf-8");
    }
    let body = match (&vector["body"], &vector["bodyText"], &vector["bodyRepeat"]) {
        (Value::Null, Value::String(text), _) => text.clone(),
        (Value::Null, Value::Null, repeat) => {
            let part = |name: &str| repeat[name].as_str().unwrap();
            let times = usize::try_from(repeat["times"].as_u64().unwrap()).unwrap();
            format!("{}{}{}", part("before"), part("text").repeat(times), part("after"))
        }
        (json, ..) => json.to_string(),
    };
    builder.body(body.into_bytes()).unwrap()
}
