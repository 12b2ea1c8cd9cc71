use std::collections::BTreeSet;

use http::Request;
use mde_forensics_core::{AccessToken, BaseUrl, Operation, QuotaClass};
use serde_json::{Map, Value};

use crate::files::{all, place, tests};
use crate::{expect, input};

#[test]
fn every_request_and_every_answer_is_as_the_vectors_say() {
    let mut quotas = BTreeSet::new();
    for (_, file) in all().iter().filter(|(_, file)| file["kind"] == "endpoint") {
        let (mut requests, mut outputs, mut errors) = (0, 0, 0);
        for test in tests(file) {
            run(file, test);
            requests += usize::from(test["request"].is_object());
            outputs += usize::from(!test["output"].is_null());
            errors += usize::from(test["error"].is_object());
        }
        let name = &file["endpoint"];
        assert!(
            requests > 0 && outputs > 0 && errors > 0,
            "{name}: {requests}, {outputs}, {errors}"
        );
        quotas.extend(file["properties"]["quota"].as_str().map(str::to_owned));
    }
    let mut played: Vec<_> =
        all().iter().filter_map(|(_, file)| Some(file["endpoint"].as_str()?.to_owned())).collect();
    played.sort_unstable();
    assert_eq!(played, Operation::NAMES, "every operation has its vectors");
    let known: BTreeSet<_> =
        QuotaClass::ALL.iter().map(|class| class.as_str().to_owned()).collect();
    assert_eq!(quotas, known, "every quota is the quota of one endpoint");
}

fn run(file: &Value, test: &Value) {
    let place = place(file, test);
    let name = file["endpoint"].as_str().unwrap();
    let base = test["base"].as_str().unwrap_or(match name {
        "token" | "device_code" => "https://login.microsoftonline.com",
        _ => "https://api.security.microsoft.com",
    });
    let base = BaseUrl::parse(base).unwrap();
    let token = AccessToken::new(test["token"].as_str().unwrap_or("ey.to.ken"));
    let operation = input::operation(name, &test["input"], &base);
    if let Some(wanted) = test.get("request") {
        let request = operation.as_ref().unwrap().request(&base, &token);
        sent(&request.unwrap_or_else(|error| panic!("{place}: {error}")), wanted, &place);
    }
    let outcome = match (&operation, test.get("response")) {
        (Err(error), _) => Err(error.clone()),
        (Ok(operation), Some(response)) => {
            operation.response(&base, &expect::response(response), input::WALL)
        }
        (Ok(operation), None) => operation.request(&base, &token).map(|_| Value::Null),
    };
    match (outcome, &test["output"], &test["error"]) {
        (Err(error), _, wanted @ Value::Object(_)) => expect::error(&error, wanted, &place),
        (Ok(_), Value::Null, Value::Null) if test["request"].is_object() => {}
        (Ok(output), wanted, Value::Null) => {
            expect::contains(&output, wanted, "$")
                .unwrap_or_else(|wrong| panic!("{place}: {wrong}"));
        }
        (outcome, _, wanted) => panic!("{place}: {outcome:?} and not {wanted}"),
    }
    let properties = operation.map(|operation| operation.properties()).unwrap_or_default();
    if !properties.is_null() {
        assert_eq!(properties, file["properties"], "{place}");
    }
}

fn sent(request: &Request<Vec<u8>>, wanted: &Value, place: &str) {
    assert_eq!(request.method().as_str(), wanted["method"], "{place}");
    assert_eq!(request.uri().to_string(), wanted["url"], "{place}");
    let headers: Map<_, _> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(value.to_str().unwrap())))
        .collect();
    assert_eq!(Value::Object(headers), wanted["headers"], "{place}");
    let body = std::str::from_utf8(request.body()).unwrap();
    match (wanted.get("body"), wanted.get("form")) {
        (Some(json), None) => {
            assert_eq!(serde_json::from_str::<Value>(body).unwrap(), *json, "{place}");
        }
        (None, Some(form)) => assert_eq!(body, form.as_str().unwrap(), "{place}"),
        _ => assert_eq!(body, "", "{place}"),
    }
    for name in ["authorization", "x-identity-header"] {
        assert!(request.headers().get(name).is_none_or(http::HeaderValue::is_sensitive), "{place}");
    }
}
