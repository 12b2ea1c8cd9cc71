use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_forensics_core::claims::COLLECTION_PATH;
use mde_forensics_core::{
    AccessToken, BaseUrl, Claims, Cloud, Code, Comment, Device, Error, Preflight, Tenant,
};
use serde_json::Value;

use crate::files::{families, named, place, tests};
use crate::{engine, expect, input};

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
        let Some(error) = example(code, &test["example"]) else { continue };
        assert_eq!(error.code(), code, "{place}: {error}");
        let message = test["message"].as_str().unwrap_or_default();
        expect::error(&error, &serde_json::json!({"code": code, "message": message}), &place);
        let message = error.message();
        assert!(
            message.starts_with(|first: char| !first.is_uppercase()) && !message.ends_with('.'),
            "{place}: {message}"
        );
    }
}

#[test]
fn nothing_is_made_by_hand_that_can_be_brought_about() {
    let file = named("errors");
    let made = tests(&file).iter().filter(|test| test["example"]["made"].is_string());
    assert_eq!(made.map(|test| &test["code"]).collect::<Vec<_>>(), ["internal"]);
}

#[test]
fn a_flow_that_is_named_expects_the_code() {
    let file = named("errors");
    for test in tests(&file) {
        let Some(id) = test["example"]["flow"].as_str() else { continue };
        let flow = flows().into_iter().find(|flow| flow["id"] == id);
        let flow = flow.unwrap_or_else(|| panic!("there is no flow `{id}`"));
        let code = format!("\"code\":{}", test["code"]);
        assert!(flow["steps"].to_string().contains(&code), "{id} does not expect {code}");
    }
}

fn flows() -> Vec<Value> {
    let flows = |(_, family): (String, Value)| family["flows"].as_array().unwrap().clone();
    families().into_iter().flat_map(flows).collect()
}

/// The error of an example; none if only a driver can cause it.
fn example(code: Code, example: &Value) -> Option<Error> {
    if example["flow"].is_string() || example["situation"].is_string() {
        return None;
    }
    Some(in_core(code, example))
}

fn in_core(code: Code, example: &Value) -> Error {
    if let Some(message) = example["made"].as_str() {
        return Error::new(code, message);
    }
    if let Some(what) = example["parse"].as_str() {
        return parse(what, example["text"].as_str().unwrap());
    }
    if example["engine"].is_object() {
        let (report, _) = engine::play(&example["engine"]);
        let outcome = report.outcome;
        return outcome.to_error(&report.device).unwrap_or_else(|| panic!("{}", outcome.name()));
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
