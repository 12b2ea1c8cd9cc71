//! Managed identity.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Service;

async fn ask(service: &Service, path: &str, header: Option<(&str, &str)>) -> (u16, Value) {
    let mut request = service.client.get(format!("{}{path}", service.emulator.login_url()));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let reply = request.send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

#[tokio::test]
async fn imds_gives_a_token_whose_values_are_strings() {
    let mut service = Service::start(|_| {}).await;
    let path = "/metadata/identity/oauth2/token?api-version=2018-02-01\
                &resource=https://api.securitycenter.microsoft.com";
    let header = Some(("Metadata", "true"));
    let (status, body) = ask(&service, path, header).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["expires_in"], "3599");
    assert!(body["expires_on"].is_string() && body["not_before"].is_string());
    service.token = body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(service.get("/api/machines").await.0, StatusCode::OK);

    assert_eq!(ask(&service, path, None).await.0, 400, "the header is missing");
    let own = format!("{path}&client_id=00000000-0000-4000-8000-00000000cccc");
    assert_eq!(ask(&service, &own, header).await.0, 200);
    for bad in [
        format!("{path}&client_id=other"),
        format!("{path}&object_id=other"),
        "/metadata/identity/oauth2/token?api-version=2018-02-01".to_owned(),
        "/metadata/identity/oauth2/token?resource=https://graph.microsoft.com".to_owned(),
        format!("{path}.example"),
    ] {
        let (status, body) = ask(&service, &bad, header).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_request")), "{bad}");
    }
}

#[tokio::test]
async fn an_app_service_needs_its_header() {
    let service = Service::start(|_| {}).await;
    let path = "/msi/token?api-version=2019-08-01\
                &resource=https://api.securitycenter.microsoft.com";
    let header = ("X-IDENTITY-HEADER", "emulator-identity-header");
    let (status, body) = ask(&service, path, Some(header)).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["access_token"].is_string() && body["expires_on"].is_string());
    // Microsoft's page "Use managed identities for App Service and Azure Functions", REST endpoint reference.
    let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["access_token", "client_id", "expires_on", "resource", "token_type"]);
    assert_eq!(ask(&service, path, Some(("X-IDENTITY-HEADER", "other"))).await.0, 401);
    assert_eq!(ask(&service, path, None).await.0, 401);
    assert_eq!(ask(&service, "/msi/token?api-version=2019-08-01", Some(header)).await.0, 400);
}
