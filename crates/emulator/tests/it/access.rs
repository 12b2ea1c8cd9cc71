//! Who is let in.

use mde_forensics_emulator::TokenRequest;
use mde_forensics_emulator::config::ActionsPermission;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Service, code};

/// A token request with these changes.
fn token(change: impl FnOnce(&mut TokenRequest)) -> TokenRequest {
    let mut request = TokenRequest::default();
    change(&mut request);
    request
}

/// What the list of machines answers to a token.
async fn answer_to(service: &Service, token: &str) -> (StatusCode, String, String) {
    let url = format!("{}/api/machines", service.emulator.api_url());
    let reply = service.client.get(url).bearer_auth(token).send().await.unwrap();
    let status = reply.status();
    let body: serde_json::Value = reply.json().await.unwrap();
    let error = &body["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(text("target").len(), 36, "the request id");
    (status, text("code"), text("message"))
}

#[tokio::test]
async fn a_call_without_a_token_is_a_401() {
    let service = Service::start(|_| {}).await;
    let url = format!("{}/api/machines", service.emulator.api_url());
    let reply = service.client.get(url).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(reply.headers()["www-authenticate"], "Bearer");
    let body = reply.json().await.unwrap();
    assert_eq!(code(&body), "Unauthorized");
}

#[tokio::test]
async fn an_unknown_an_expired_and_a_revoked_token_are_401() {
    let service = Service::start(|_| {}).await;
    let short = service.handle.issue_token(&token(|it| it.lifetime = Some(60.0))).unwrap();
    service.advance(60);
    for bad in ["x", "a.b.c", short.as_str()] {
        let (status, code, _) = answer_to(&service, bad).await;
        assert_eq!((status, code.as_str()), (StatusCode::UNAUTHORIZED, "Unauthorized"), "{bad}");
    }
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
    assert_eq!(service.handle.revoke_tokens(), 2);
    assert_eq!(service.get("/api/machines").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_for_another_audience_is_a_403() {
    let service = Service::start(|_| {}).await;
    for audience in ["https://api.security.microsoft.com", "https://graph.microsoft.com"] {
        let foreign =
            service.handle.issue_token(&token(|it| it.audience = Some(audience.into()))).unwrap();
        let (status, code, message) = answer_to(&service, &foreign).await;
        assert_eq!((status, code.as_str()), (StatusCode::FORBIDDEN, "Forbidden"));
        assert!(message.contains(audience));
    }
}

#[tokio::test]
async fn a_missing_permission_is_named_as_the_service_names_it() {
    let mut service = Service::start(|_| {}).await;
    let read = token(|it| it.permissions = Some(vec!["Machine.Read.All".into()]));
    service.token = service.handle.issue_token(&read).unwrap();
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
    let (status, body) = service.collect().await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(code(&body), "Forbidden");
    assert_eq!(
        body["error"]["message"],
        "The application does not have any of the required application permissions \
         (Machine.CollectForensics) to access the resource."
    );

    let none = token(|it| it.permissions = Some(Vec::new()));
    let none = service.handle.issue_token(&none).unwrap();
    let (_, _, message) = answer_to(&service, &none).await;
    assert!(message.contains("(Machine.Read.All, Machine.ReadWrite.All)"), "{message}");
}

#[tokio::test]
async fn reading_actions_may_need_more_than_reading() {
    for (option, expected) in [
        (ActionsPermission::Read, StatusCode::OK),
        (ActionsPermission::ReadWrite, StatusCode::FORBIDDEN),
    ] {
        let mut service = Service::with_options(|it| it.actions_permission = option).await;
        let read = token(|it| it.permissions = Some(vec!["Machine.Read.All".into()]));
        service.token = service.handle.issue_token(&read).unwrap();
        assert_eq!(service.get("/api/machineactions").await.0, expected);
    }
}

#[tokio::test]
async fn a_user_needs_the_delegated_permissions() {
    let mut service = Service::start(|_| {}).await;
    let user = token(|it| {
        it.user = Some("analyst@contoso.com".into());
        it.permissions = Some(vec!["Machine.Read".into()]);
    });
    service.token = service.handle.issue_token(&user).unwrap();
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
    let (status, body) = service.collect().await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body["error"]["message"].as_str().unwrap().contains("delegated permissions"));

    let user = token(|it| it.user = Some("analyst@contoso.com".into()));
    service.token = service.handle.issue_token(&user).unwrap();
    let (status, action) = service.collect().await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(action["requestor"], json!("analyst@contoso.com"));
}

#[tokio::test]
async fn so_many_tokens_are_remembered_and_no_more() {
    let mut service = Service::start(|_| {}).await;
    let issue = || service.handle.issue_token(&TokenRequest::default()).unwrap();
    let tokens: Vec<_> = std::iter::repeat_with(issue).take(20_000).collect();
    assert_eq!(service.get("/api/machines").await.0, StatusCode::UNAUTHORIZED, "the oldest");
    service.token.clone_from(&tokens[19_999]);
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);
    assert_eq!(service.handle.revoke_tokens(), 20_000);
}
