//! Pages of any origin may read the answers, where that is asked for and nowhere else.

use reqwest::{Method, StatusCode};

use crate::support::Service;

async fn preflight(service: &Service) -> reqwest::Response {
    let request = service.request(Method::OPTIONS, "/api/machines");
    let request = request
        .header("origin", "http://127.0.0.1:9")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_page_is_let_in_on_demand() {
    let service = Service::start(|config| config.cors = true).await;
    let asked = preflight(&service).await;
    assert_eq!(asked.status(), StatusCode::NO_CONTENT);
    assert_eq!(asked.headers()["access-control-allow-headers"], "authorization");
    assert_eq!(asked.headers()["access-control-allow-origin"], "*");
    assert_eq!(service.handle.calls_seen(), 0, "the service knows of no such call");

    let answer = service.request(Method::GET, "/api/machines").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["access-control-expose-headers"], "*");
}

#[tokio::test]
async fn a_page_is_kept_out_by_default() {
    let service = Service::start(|_| {}).await;
    assert_ne!(preflight(&service).await.status(), StatusCode::NO_CONTENT);
    let answer = service.request(Method::GET, "/api/machines").send().await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}
