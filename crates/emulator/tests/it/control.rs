//! The control plane over HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{CLIENT_ID, Service};

async fn call(service: &Service, method: Method, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_emulator/{path}", service.emulator.api_url());
    let mut request = service.client.request(method, url);
    if !body.is_null() {
        request = request.json(&body);
    }
    let reply = request.send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

async fn get(service: &Service, path: &str) -> Value {
    let (status, body) = call(service, Method::GET, path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

async fn post(service: &Service, path: &str, body: Value) -> Value {
    let (status, reply) = call(service, Method::POST, path, body).await;
    assert_eq!(status, 200, "{path}: {reply}");
    reply
}

#[tokio::test]
async fn it_says_where_everything_is() {
    let service = Service::start(|_| {}).await;
    let ready: Value = serde_json::from_str(&service.emulator.ready_line()).unwrap();
    assert_eq!(get(&service, "").await, ready);
    assert_eq!(ready["event"], "ready");
    assert_eq!(ready["api"], service.emulator.api_url());
    assert_eq!(ready["client_id"], CLIENT_ID);
    assert!(!service.emulator.ready_line().contains('\n'));
}

#[tokio::test]
async fn the_clock_is_read_advanced_and_set() {
    let service = Service::start(|_| {}).await;
    assert_eq!(get(&service, "clock").await, json!({"now": "2026-01-05T10:00:00Z", "scale": 0.0}));
    let clock = post(&service, "clock/advance", json!({"seconds": 90.5})).await;
    assert_eq!(clock["now"], "2026-01-05T10:01:30.5Z");
    let clock = post(&service, "clock/set", json!({"time": "2026-01-05T11:00:00Z"})).await;
    assert_eq!(clock["now"], "2026-01-05T11:00:00Z");
    for (path, body) in [
        ("clock/set", json!({"time": "2026-01-05T10:00:00Z"})),
        ("clock/set", json!({"time": "9999-12-31T23:59:59-23:59"})),
        ("clock/advance", json!({"seconds": -1})),
        ("clock/advance", json!({"seconds": "x"})),
        ("clock/advance", json!({})),
    ] {
        assert_eq!(call(&service, Method::POST, path, body).await.0, 400, "{path}");
    }
    post(&service, "clock/set", json!({"time": "9998-12-31T23:59:59Z"})).await;
    let clock = post(&service, "clock/advance", json!({"seconds": 1e18})).await;
    assert_eq!(clock["now"], "9999-12-31T23:59:59.999999999Z");
    assert_eq!(service.get("/api/machines").await.0, StatusCode::UNAUTHORIZED, "it is still there");
}

#[tokio::test]
async fn devices_are_added_and_their_lives_changed() {
    let service = Service::start(|_| {}).await;
    let ids = post(&service, "devices", json!([{"name": "a"}, {"name": "b"}])).await;
    assert_eq!(ids.as_array().unwrap().len(), 2);
    assert_eq!(get(&service, "devices").await.as_array().unwrap().len(), 3);
    let life = json!({"pending": 0, "running": 1, "end": "Failed"});
    assert_eq!(call(&service, Method::PUT, "devices/a/life", life).await.0, 200);
    for bad in [
        json!({"package": {"size": u64::MAX}}),
        json!({"past_actions": [{"age": 1e300}]}),
        json!({"already_running": {"age": -1e300}}),
    ] {
        assert_eq!(
            call(&service, Method::PUT, "devices/a/life", bad.clone()).await.0,
            400,
            "{bad}"
        );
    }
    let action = post(&service, "actions", json!({"device": "a", "comment": "mine"})).await;
    post(&service, "clock/advance", json!({"seconds": 1})).await;
    let path = format!("actions/{}", action["id"].as_str().unwrap());
    assert_eq!(get(&service, &path).await["status"], "Failed");
    for bad in [json!({"name": "../x"}), json!({"name": ""}), json!({"name": "c", "health": "x"})] {
        let list = json!([{"name": "d"}, bad]);
        assert_eq!(call(&service, Method::POST, "devices", bad.clone()).await.0, 400, "{bad}");
        assert_eq!(call(&service, Method::POST, "devices", list).await.0, 400, "{bad}");
    }
    assert_eq!(get(&service, "devices").await.as_array().unwrap().len(), 3, "all or none");
    assert_eq!(call(&service, Method::GET, "devices/nobody", Value::Null).await.0, 404);
}

#[tokio::test]
async fn actions_are_started_turned_cancelled_and_their_packages_hashed() {
    let service = Service::start(|_| {}).await;
    let action =
        post(&service, "actions", json!({"device": "ws-042", "by": "x@contoso.com"})).await;
    assert_eq!(action["requestor"], "x@contoso.com");
    let path = format!("actions/{}", action["id"].as_str().unwrap());
    let turned = post(
        &service,
        &format!("{path}/transitions"),
        json!([{"status": "InProgress"}, {"status": "TimeOut", "in": 5}]),
    )
    .await;
    assert_eq!(turned["status"], "InProgress");
    assert_eq!(turned["ahead"], json!([{"status": "TimeOut", "in": 5.0}]));
    let long = json!(vec![json!({"status": "Pending"}); 101]);
    let way = format!("{path}/transitions");
    assert_eq!(call(&service, Method::POST, &way, long).await.0, 400, "it is too long");
    let cancelled = post(&service, &format!("{path}/cancel"), Value::Null).await;
    assert_eq!(cancelled["status"], "Cancelled");
    let again = call(&service, Method::POST, &format!("{path}/cancel"), Value::Null).await;
    assert_eq!(again.0, 400);
    let digest = get(&service, &format!("{path}/package")).await;
    assert_eq!(digest["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(call(&service, Method::GET, "actions/none/package", Value::Null).await.0, 404);
    assert_eq!(get(&service, "actions").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn faults_are_added_counted_and_cleared() {
    let service = Service::start(|_| {}).await;
    let rule = json!({
        "on": {"endpoint": "find", "times": 2},
        "do": {"kind": "status", "code": 500}
    });
    post(&service, "faults", rule.clone()).await;
    assert_eq!(service.get("/api/machines").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    let faults = get(&service, "faults").await;
    assert_eq!((&faults[0]["matched"], &faults[0]["fired"]), (&json!(1), &json!(1)));
    assert_eq!(call(&service, Method::DELETE, "faults", Value::Null).await.0, 200);
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
    for bad in [
        json!({"on": {"endpoint": "nothing"}, "do": {"kind": "reset"}}),
        json!({"on": {"endpoint": "link"}, "do": {"kind": "explode"}}),
        json!({"on": {"endpoint": "link", "nht": 2}, "do": {"kind": "reset"}}),
    ] {
        let (status, body) = call(&service, Method::POST, "faults", bad.clone()).await;
        assert_eq!(status, 400, "{bad}");
        assert!(body["error"].is_string());
    }
}

#[tokio::test]
async fn options_are_changed_one_by_one() {
    let service = Service::start(|_| {}).await;
    let change = json!({"list_lag": 5, "quotas": {"window": "bucket"}});
    let (status, options) = call(&service, Method::PATCH, "options", change).await;
    assert_eq!(status, 200, "{options}");
    assert_eq!(options["list_lag"], 5.0);
    assert_eq!(options["quotas"]["window"], "bucket");
    assert_eq!(options["quotas"]["per_minute"], 100, "the others stay");
    assert_eq!(get(&service, "options").await, options);
    let bad = call(&service, Method::PATCH, "options", json!({"lag": 5})).await;
    assert_eq!(bad.0, 400);
}

#[tokio::test]
async fn calls_are_remembered_without_secrets() {
    let service = Service::start(|_| {}).await;
    let action = service.collected().await;
    let link = service.link(&action).await;
    service.client.get(&link).send().await.unwrap();
    service.get("/api/machines?$top=1&access_token=hush").await;
    let seen = get(&service, "calls").await;
    let text = seen.to_string();
    let (_, token) = link.split_once("token=").unwrap();
    for secret in [service.token.as_str(), token, "hush"] {
        assert!(!text.contains(secret));
    }
    let calls = seen["calls"].as_array().unwrap();
    assert_eq!(seen["seen"], 4);
    let endpoints: Vec<_> = calls.iter().map(|call| call["endpoint"].as_str().unwrap()).collect();
    assert_eq!(endpoints, ["collect", "link", "download", "list_machines"]);
    let bearer: Vec<_> = calls.iter().map(|call| call["bearer"].as_bool().unwrap()).collect();
    assert_eq!(bearer, [true, true, false, true]);
    assert_eq!(calls[0]["device"], service.machine());
    assert_eq!(calls[0]["time"], "2026-01-05T10:00:00Z");
    call(&service, Method::DELETE, "calls", Value::Null).await;
    assert_eq!(get(&service, "calls").await["seen"], 0);
}

#[tokio::test]
async fn tokens_and_device_codes_are_in_its_hands() {
    let mut service = Service::start(|_| {}).await;
    let token = post(&service, "tokens", json!({"permissions": ["Machine.Read.All"]})).await;
    service.token = token["access_token"].as_str().unwrap().to_owned();
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
    call(&service, Method::DELETE, "tokens", Value::Null).await;
    assert_eq!(service.get("/api/machines").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&service, Method::POST, "tokens", json!({"user": "nobody"})).await.0, 404);
    let wrong = call(&service, Method::POST, "device_codes/ABC/approve", Value::Null).await;
    assert_eq!(wrong.0, 404);
    let scope = "https://api.securitycenter.microsoft.com/.default";
    let fields = [("client_id", CLIENT_ID), ("scope", scope)];
    service.form("common/oauth2/v2.0/devicecode", &fields).await;
    let typed = get(&service, "device_codes").await[0]["user_code"].as_str().unwrap().to_owned();
    post(&service, &format!("device_codes/{typed}/approve"), Value::Null).await;
    assert_eq!(get(&service, "device_codes").await[0]["state"], "approved");
}

#[tokio::test]
async fn a_reset_brings_the_start_back() {
    let service = Service::start(|_| {}).await;
    let id = service.machine();
    service.collected().await;
    post(&service, "devices", json!({"name": "a"})).await;
    post(&service, "reset", Value::Null).await;
    assert_eq!(get(&service, "clock").await["now"], "2026-01-05T10:00:00Z");
    assert_eq!(get(&service, "actions").await, json!([]));
    assert_eq!(service.handle.devices().len(), 1);
    assert_eq!(service.machine(), id);
    assert_eq!(service.get("/api/machines").await.0, StatusCode::UNAUTHORIZED);
    post(&service, "reset", json!({"seed": 8})).await;
    assert_ne!(service.machine(), id);
}

#[tokio::test]
async fn a_reset_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("devices.json");
    std::fs::write(&file, json!([{"name": "listed"}]).to_string()).unwrap();
    let service = Service::start(|config| config.fleet.file = Some(file.clone())).await;
    let id = service.collected().await;
    let before = get(&service, "clock").await;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(call(&service, Method::POST, "reset", Value::Null).await.0, 400);
    assert_eq!(get(&service, "clock").await, before);
    assert_eq!(get(&service, "actions").await[0]["id"], id);
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
}

#[tokio::test]
async fn pages_in_a_browser_are_kept_out() {
    let service = Service::start(|_| {}).await;
    let url = format!("{}/_emulator/reset", service.emulator.api_url());
    for (name, value, expected) in [
        ("Host", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("Origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("Origin", "null", StatusCode::FORBIDDEN),
        ("Origin", "http://localhost:3000", StatusCode::OK),
    ] {
        let reply = service.client.post(&url).header(name, value).send().await.unwrap();
        assert_eq!(reply.status(), expected, "{name}: {value}");
    }
    let form = service.client.post(&url).header("Content-Type", "text/plain").body("{}");
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(call(&service, Method::GET, "nothing", Value::Null).await.0, 404);
}
