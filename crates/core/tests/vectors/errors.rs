use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_forensics_core::claims::COLLECTION_PATH;
use mde_forensics_core::{
    AccessToken, BaseUrl, Claims, Cloud, Code, Comment, Device, Error, Preflight, Tenant,
};
use serde_json::Value;

use crate::files::{named, place, tests};
use crate::{expect, input};

#[test]
fn there_is_exactly_one_example_of_every_code() {
    let file = named("errors");
    let covered: Vec<_> = tests(&file).iter().map(|test| test["code"].as_str().unwrap()).collect();
    let known: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(covered, known);
}

#[test]
fn every_example_has_the_code_the_fault_and_the_hint_that_are_named() {
    let file = named("errors");
    for test in tests(&file) {
        let place = place(&file, test);
        let code: Code = test["code"].as_str().unwrap().parse().unwrap();
        assert_eq!(code.fault().as_str(), test["fault"], "{place}");
        assert_eq!(code.is_retryable(), test["retryable"], "{place}");
        assert_eq!(code.hint(), test["hint"], "{place}");
        let error = example(code, &test["example"]);
        assert_eq!(error.code(), code, "{place}: {error}");
        expect::error(&error, &serde_json::json!({"code": code}), &place);
        let message = error.message();
        assert!(
            message.starts_with(|first: char| !first.is_uppercase()) && !message.ends_with('.'),
            "{place}: {message}"
        );
    }
}

fn example(code: Code, example: &Value) -> Error {
    if let Some(message) = example["made"].as_str() {
        return Error::new(code, message);
    }
    if let Some(what) = example["parse"].as_str() {
        return parse(what, example["text"].as_str().unwrap());
    }
    if example["claims"].is_object() {
        return match read(&example["claims"]).check(COLLECTION_PATH) {
            Preflight::Refuse(error) => error,
            other => panic!("{other:?}"),
        };
    }
    let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
    let operation =
        input::operation(example["endpoint"].as_str().unwrap(), &example["input"], &base).unwrap();
    operation.response(&base, &expect::response(&example["response"]), input::WALL).unwrap_err()
}

fn parse(what: &str, text: &str) -> Error {
    match what {
        "base_url" => BaseUrl::parse(text).unwrap_err(),
        "cloud" => text.parse::<Cloud>().unwrap_err(),
        "comment" => Comment::parse(text).unwrap_err(),
        "device" => Device::parse(text).unwrap_err(),
        "handle" => {
            let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
            mde_forensics_core::engine::Handle::parse(text, "contoso.com", &base).unwrap_err()
        }
        "tenant" => Tenant::parse(text).unwrap_err(),
        other => panic!("{other} cannot be parsed"),
    }
}

/// The claims of a token that says so.
pub(crate) fn read(claims: &Value) -> Claims {
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
    Claims::read(&AccessToken::new(token)).unwrap()
}
