//! Quotas over HTTP; how calls are counted is tested where they are.

use mde_forensics_emulator::config::{QuotaScope, RetryAfter};
use reqwest::{Method, StatusCode};

use crate::support::{Service, code};

#[tokio::test]
async fn the_third_link_in_a_minute_is_a_429() {
    let service = Service::start(|_| {}).await;
    let action = service.collected().await;
    let path = format!("/api/machineactions/{action}/getPackageUri");
    for _ in 0..2 {
        service.link(&action).await;
    }
    service.advance(10);
    for (form, expected) in [
        (RetryAfter::Seconds, Some("50")),
        (RetryAfter::Date, Some("Mon, 05 Jan 2026 10:03:00 GMT")),
        (RetryAfter::Missing, None),
    ] {
        service.handle.change_options(|options| options.quotas.retry_after = form);
        let reply = service.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::TOO_MANY_REQUESTS);
        let header = reply.headers().get("retry-after").map(|it| it.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), expected);
        assert_eq!(reply.headers()["date"], "Mon, 05 Jan 2026 10:02:10 GMT");
        assert_eq!(code(&reply.json().await.unwrap()), "TooManyRequests");
    }
    service.advance(50);
    service.link(&action).await;
}

#[tokio::test]
async fn endpoints_are_counted_apart_or_together() {
    for (scope, expected) in
        [(QuotaScope::Endpoint, StatusCode::OK), (QuotaScope::App, StatusCode::TOO_MANY_REQUESTS)]
    {
        let service = Service::with_options(|it| {
            it.quotas.scope = scope;
            it.quotas.per_minute = 3;
        })
        .await;
        for _ in 0..3 {
            assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
        }
        assert_eq!(service.get("/api/machines").await.0, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(service.get("/api/machineactions").await.0, expected);
    }
}

#[tokio::test]
async fn quotas_can_be_off() {
    let service = Service::with_options(|it| it.quotas.on = false).await;
    for _ in 0..150 {
        assert_eq!(service.get("/api/machines?$top=1").await.0, StatusCode::OK);
    }
}
