//! Single values and pure functions.

use std::collections::BTreeSet;

use mde_forensics_core::claims::COLLECTION_PATH;
use mde_forensics_core::wire::ActionStatus;
use mde_forensics_core::{
    AccessToken, BaseUrl, Claims, Code, Comment, Device, DeviceName, Error, PackageLink, Preflight,
    odata, retry,
};
use serde_json::{Value, json};

use crate::files::{named, place, tests};
use crate::{errors, expect};

#[test]
fn every_value_means_what_the_vectors_say() {
    let file = named("values");
    let mut kinds = BTreeSet::new();
    for test in tests(&file) {
        let what = test["what"].as_str().unwrap();
        kinds.insert(what);
        run(what, test, &place(&file, test));
    }
    assert_eq!(kinds.len(), 12, "{kinds:?}");
}

fn run(what: &str, test: &Value, place: &str) {
    let input = test["text"].as_str().unwrap_or_default();
    match what {
        "backoff" => {
            let attempt = u32::try_from(test["attempt"].as_u64().unwrap()).unwrap();
            let wait = retry::backoff(attempt, test["jitter"].as_f64().unwrap());
            assert_eq!(
                json!(wait.as_secs_f64()),
                json!(test["seconds"].as_f64().unwrap()),
                "{place}"
            );
        }
        "base_url" => {
            compare(BaseUrl::parse(input).map(|url| json!({"url": url})), &["url"], test, place);
        }
        "claims" => {
            let (verdict, error) = match errors::read(&test["claims"]).check(COLLECTION_PATH) {
                Preflight::Ok => ("ok", None),
                Preflight::Refuse(error) => ("refuse", Some(error)),
                Preflight::Warn(_) => ("warn", None),
                other => panic!("{other:?}"),
            };
            assert_eq!(verdict, test["verdict"], "{place}: {error:?}");
            if let Some(error) = error {
                expect::error(&error, &test["error"], place);
            }
        }
        "comment" => {
            compare(
                Comment::parse(input).map(|comment| json!({"long": comment.is_long()})),
                &["long"],
                test,
                place,
            );
        }
        "device" => {
            let kind = |device: Device| match device {
                Device::Id(_) => "id",
                Device::Ip(_) => "ip",
                Device::Name(_) => "name",
            };
            compare(
                Device::parse(input).map(|device| json!({"kind": kind(device)})),
                &["kind"],
                test,
                place,
            );
        }
        "name_match" => {
            let name = DeviceName::parse(test["name"].as_str().unwrap()).unwrap();
            assert_eq!(name.matches(test["dns"].as_str().unwrap()), test["matches"], "{place}");
        }
        "odata_literal" => assert_eq!(odata::literal(input), test["literal"], "{place}"),
        "opaque_token" => assert_eq!(Claims::read(&AccessToken::new(input)), None, "{place}"),
        "package_link" => {
            let link = PackageLink::parse(input).map(|link| {
                assert_eq!(link.expose(), input);
                json!({"shown": link.to_string()})
            });
            compare(link, &["shown"], test, place);
        }
        "redaction" => {
            let error = Error::new(Code::BadRequest, "x").with_body(input.as_bytes());
            assert_eq!(error.body().unwrap(), test["kept"], "{place}");
        }
        "retry_after" => {
            let response = expect::response(
                &json!({"status": 429, "headers": test["headers"], "bodyText": ""}),
            );
            assert_eq!(
                json!(retry::retry_after(&response).map(|wait| wait.as_secs())),
                test["seconds"],
                "{place}"
            );
        }
        "status" => {
            let status = ActionStatus::parse(input);
            assert_eq!(status.is_terminal(), test["terminal"], "{place}");
            assert!(status.as_str().eq_ignore_ascii_case(input), "{place}");
        }
        other => panic!("{place}: there is no function {other}"),
    }
}

fn compare(outcome: Result<Value, Error>, fields: &[&str], test: &Value, place: &str) {
    match outcome {
        Ok(value) => {
            assert_eq!(test["result"], "valid", "{place}");
            for field in fields {
                assert_eq!(value[field], test[field], "{place}");
            }
        }
        Err(error) => {
            assert_eq!(test["result"], "invalid", "{place}: {error}");
            expect::error(&error, &test["error"], place);
        }
    }
}
