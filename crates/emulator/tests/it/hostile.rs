//! Bytes that no honest client sends: answered with 4xx or a closed connection, never a panic.

use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Service, code};

/// What comes back for these bytes on a fresh connection.
async fn raw(origin: &str, bytes: &[u8]) -> String {
    let address = origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other side may have closed before all of it was sent.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn hostile_bytes_get_a_4xx_or_nothing() {
    let service = Service::start(|_| {}).await;
    let long = "a".repeat(200_000);
    let many = "x: y\r\n".repeat(500);
    let requests: Vec<Vec<u8>> = vec![
        b"\x00\x01\x02\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /api/machines/%ff HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /api/machines/% HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /api/machines?%zz=%00 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /api/machines/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET //////// HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"CONNECT evil:443 HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET http://evil/api/machines HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"GET /api/machines HTTP/1.1\r\nAuthorization: Bearer \xff\xff\r\n\r\n".to_vec(),
        b"POST /contoso.com/oauth2/token HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"
            .to_vec(),
        b"POST /contoso.com/oauth2/token HTTP/1.1\r\nContent-Type: application/x-www-form-\
          urlencoded\r\nContent-Length: 4\r\n\r\n\xff%%="
            .to_vec(),
        b"GET /safedownload/WDATP_Investigation_Package.zip?token=%00 HTTP/1.1\r\n\r\n".to_vec(),
        b"GET /_emulator/actions/%ff HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\n{many}\r\n").into_bytes(),
    ];
    for origin in
        [service.emulator.login_url(), service.emulator.api_url(), service.emulator.download_url()]
    {
        for request in &requests {
            let answer = raw(origin, request).await;
            let shown = String::from_utf8_lossy(&request[..request.len().min(80)]);
            assert!(
                answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
                "{shown:?} at {origin}: {answer}"
            );
        }
    }
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK, "it is still there");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_413() {
    let service = Service::start(|config| config.limits.body = 1_000).await;
    let path = format!("/api/machines/{}/collectInvestigationPackage", service.machine());
    let body = format!("{{\"Comment\":\"{}\"}}", "a".repeat(2_000));
    let request = service.request(Method::POST, &path).header("Content-Type", "application/json");
    let reply = request.body(body).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(code(&reply.json().await.unwrap()), "InvalidRequestBody");
}

#[tokio::test]
async fn deeply_nested_json_is_refused() {
    let service = Service::start(|_| {}).await;
    let path = format!("/api/machines/{}/collectInvestigationPackage", service.machine());
    let body = format!("{{\"Comment\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let request = service.request(Method::POST, &path).header("Content-Type", "application/json");
    let reply = request.body(body).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_refused() {
    let service = Service::start(|_| {}).await;
    let (status, body) = service.get("/api/alerts").await;
    assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "NotFound"));
    let reply = service.request(Method::DELETE, "/api/machines").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.headers()["allow"], "GET");
    let path = format!("/api/machines/{}/collectInvestigationPackage", service.machine());
    let reply = service.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(reply.headers()["allow"], "POST");
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    let service = Service::start(|config| config.limits.connections = 1).await;
    let address = service.emulator.api_url().strip_prefix("http://").unwrap();
    let first = TcpStream::connect(address).await.unwrap();
    let waiting = tokio::spawn({
        let request = service.request(Method::GET, "/api/machines");
        async move { request.send().await.unwrap().status() }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(first);
    assert_eq!(waiting.await.unwrap(), StatusCode::OK);
}
