//! Each fault, and what the caller sees of it.

use std::io::Read as _;

use mde_forensics_emulator::config::{Endpoint, Fault, On, RetryAfter, Rule};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Service, code};

fn fault(value: Value) -> Fault {
    serde_json::from_value(value).unwrap()
}

async fn with_fault(endpoint: Endpoint, value: Value) -> Service {
    let service = Service::start(|_| {}).await;
    service.handle.add_fault(Rule::new(On::next(endpoint), fault(value)));
    service
}

fn collect(service: &Service) -> RequestBuilder {
    let path = format!("/api/machines/{}/collectInvestigationPackage", service.machine());
    service.request(Method::POST, &path).json(&json!({"Comment": "INC-42"}))
}

/// What was packed so.
fn unpack(encoding: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    match encoding {
        "deflate" => flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut body)?,
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut body)?,
        _ => bytes.take(u64::MAX).read_to_end(&mut body)?,
    };
    Ok(body)
}

/// The answer to a list of machines that goes wrong so.
async fn list(service: &Service, value: Value) -> Response {
    service.handle.add_fault(Rule::new(On::next(Endpoint::ListMachines), fault(value)));
    service.request(Method::GET, "/api/machines").send().await.unwrap()
}

#[tokio::test]
async fn an_answer_is_lost_after_the_work_or_the_request_before_it() {
    for (kind, done) in [("lost_answer", 1), ("lost_request", 0), ("reset", 0)] {
        let service = with_fault(Endpoint::Collect, json!({"kind": kind})).await;
        assert!(collect(&service).send().await.is_err(), "{kind}");
        assert_eq!(service.handle.actions().len(), done, "{kind}");
        let call = service.handle.calls().pop().unwrap();
        assert_eq!((call.status, call.fault), (None, Some(kind)));
        assert!(service.get("/api/machines").await.0.is_success(), "only once");
    }
}

#[tokio::test]
async fn a_reset_is_a_reset_and_not_an_end() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    for (kind, reset) in [("reset", true), ("lost_request", false)] {
        let service = with_fault(Endpoint::ListMachines, json!({"kind": kind})).await;
        let address = service.emulator.api_url().strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /api/machines HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let end = stream.read(&mut [0; 10]).await;
        let was_reset = end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
        assert_eq!(was_reset, reset, "{kind}");
    }
}

#[tokio::test]
async fn a_status_comes_with_the_work_done_or_not() {
    for done in [false, true] {
        let service = with_fault(
            Endpoint::Collect,
            json!({"kind": "status", "code": 503, "done": done, "headers": {"x-a": "b"}}),
        )
        .await;
        let reply = collect(&service).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reply.headers()["x-a"], "b");
        assert_eq!(code(&reply.json().await.unwrap()), "InternalServerError");
        assert_eq!(service.handle.actions().len(), usize::from(done));
    }
    let service = Service::start(|_| {}).await;
    let reply = list(&service, json!({"kind": "status", "code": 500, "body": {"a": 1}})).await;
    assert_eq!(reply.json::<Value>().await.unwrap(), json!({"a": 1}));
    let reply = list(&service, json!({"kind": "status", "code": 502, "body": "bad gateway"})).await;
    assert_eq!(reply.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(reply.text().await.unwrap(), "bad gateway");
    let lies = json!({"Content-Length": "99", "transfer-encoding": "gzip", "x-a": "b"});
    let lies = json!({"kind": "status", "code": 101, "body": "no", "headers": lies});
    let reply = list(&service, lies).await;
    assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reply.headers()["x-a"], "b");
    assert_eq!(reply.text().await.unwrap(), "no");
}

#[tokio::test]
async fn throttling_says_when_to_come_back_in_each_form() {
    for (form, expected) in [
        (RetryAfter::Seconds, Some("30")),
        (RetryAfter::Date, Some("Mon, 05 Jan 2026 10:00:30 GMT")),
        (RetryAfter::Missing, None),
    ] {
        let rule = json!({"kind": "throttle", "retry_after": form, "seconds": 30});
        let service = with_fault(Endpoint::Collect, rule).await;
        let reply = collect(&service).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::TOO_MANY_REQUESTS);
        let header = reply.headers().get("retry-after").map(|it| it.to_str().unwrap());
        assert_eq!(header, expected);
        assert!(service.handle.actions().is_empty());
    }
}

#[tokio::test]
async fn a_stalled_answer_waits_for_the_emulator_s_clock() {
    let service = with_fault(Endpoint::Collect, json!({"kind": "stall", "seconds": 30})).await;
    let waiting = tokio::spawn(collect(&service).send());
    while service.handle.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(service.handle.actions().len(), 1, "done at once");
    service.advance(29);
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    service.advance(1);
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn bodies_are_spoiled_in_many_ways() {
    let service = Service::start(|_| {}).await;
    let html = list(&service, json!({"kind": "html"})).await;
    assert_eq!(html.status(), StatusCode::OK);
    assert_eq!(html.headers()["content-type"], "text/html; charset=utf-8");

    let empty = list(&service, json!({"kind": "empty"})).await;
    assert_eq!(empty.status(), StatusCode::OK);
    assert_eq!(empty.bytes().await.unwrap().len(), 0);

    let text = list(&service, json!({"kind": "malformed_json"})).await.text().await.unwrap();
    assert!(text.starts_with("{\"@odata.context\""));
    assert!(serde_json::from_str::<Value>(&text).is_err());

    let other = list(&service, json!({"kind": "wrong_content_type"})).await;
    assert_eq!(other.headers()["content-type"], "text/plain");
    assert!(other.json::<Value>().await.unwrap()["value"].is_array());

    let other = list(&service, json!({"kind": "wrong_content"})).await;
    assert!(other.json::<Value>().await.unwrap().get("value").is_none());

    let deep = list(&service, json!({"kind": "deep_json"})).await.bytes().await.unwrap();
    assert_eq!(deep.len(), 200_000);

    let large = list(&service, json!({"kind": "oversize", "bytes": 3_000_000}))
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(large.len(), 3_000_000);
    assert!(serde_json::from_slice::<Value>(&large).unwrap()["value"].is_array());

    let xml = list(&service, json!({"kind": "xml_403"})).await;
    assert_eq!(xml.status(), StatusCode::FORBIDDEN);
    assert_eq!(xml.headers()["content-type"], "application/xml");

    let moved = list(&service, json!({"kind": "redirect", "to": "https://evil.example/"})).await;
    assert_eq!(moved.status(), StatusCode::FOUND);
    assert_eq!(moved.headers()["location"], "https://evil.example/");

    assert!(list(&service, json!({"kind": "truncate", "at": 10})).await.bytes().await.is_err());
    let packed = list(&service, json!({"kind": "bad_gzip"})).await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(unpack("gzip", &packed.bytes().await.unwrap()).is_err());
}

#[tokio::test]
async fn an_action_stays_out_of_sight_where_a_rule_says_so() {
    let rule = json!({"kind": "late_visibility", "seconds": 90});
    let service = with_fault(Endpoint::Collect, rule).await;
    let (status, action) = service.collect().await;
    assert_eq!(status, StatusCode::CREATED);
    let path = format!("/api/machineactions/{}", action["id"].as_str().unwrap());
    service.advance(89);
    assert_eq!(service.get(&path).await.0, StatusCode::NOT_FOUND);
    service.advance(1);
    assert_eq!(service.get(&path).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_token_can_be_refused_like_any_other_answer() {
    let rule = json!({"kind": "throttle", "seconds": 5});
    let service = with_fault(Endpoint::Token, rule).await;
    let (status, body) = service.form("contoso.com/oauth2/v2.0/token", &[]).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(body["error"], "temporarily_unavailable");
}

#[tokio::test]
async fn a_rule_about_a_device_concerns_all_calls_that_name_it() {
    let service = Service::start(|_| {}).await;
    let (_, action) = service.collect().await;
    let (action, machine) = (action["id"].as_str().unwrap().to_owned(), service.machine());
    service.handle.add_fault(Rule::new(
        On::every(mde_forensics_emulator::config::Group::Api).device("ws-042"),
        fault(json!({"kind": "status", "code": 500})),
    ));
    for (path, expected) in [
        (format!("/api/machineactions/{action}"), 500),
        (format!("/api/machines/{machine}"), 500),
        ("/api/machines/WS-042".to_owned(), 500),
        (format!("/api/machineactions?$filter=machineId%20eq%20'{machine}'"), 500),
        ("/api/machineactions".to_owned(), 200),
        ("/api/machines".to_owned(), 200),
    ] {
        assert_eq!(service.get(&path).await.0.as_u16(), expected, "{path}");
    }
}

#[tokio::test]
async fn json_is_compressed_for_those_who_accept_it() {
    let service = Service::start(|_| {}).await;
    let get = async |accept: &'static str| {
        let request = service.request(Method::GET, "/api/machines");
        request.header("Accept-Encoding", accept).send().await.unwrap()
    };
    for (accept, expected) in [
        ("gzip, deflate", Some("deflate")),
        ("gzip", Some("gzip")),
        ("br", None),
        ("deflate;q=0", None),
    ] {
        let reply = get(accept).await;
        let header = |name: &str| reply.headers().get(name).map(|it| it.to_str().unwrap());
        assert_eq!(header("content-encoding"), expected, "{accept}");
        assert_eq!(reply.headers()["transfer-encoding"], "chunked");
        assert_eq!(reply.headers()["odata-version"], "4.0");
        assert_eq!(
            reply.headers()["content-type"],
            "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
        );
        let body = unpack(expected.unwrap_or_default(), &reply.bytes().await.unwrap()).unwrap();
        assert!(serde_json::from_slice::<Value>(&body).unwrap()["value"].is_array());
    }
    service.handle.change_options(|options| options.compression = false);
    assert_eq!(get("gzip").await.headers().get("content-encoding"), None);
}
