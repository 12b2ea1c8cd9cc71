//! The collect request: what it takes, and what it comes to.

use mde_forensics_emulator::config::{
    Device, End, ExternalId, Refusal, RepeatPost, Requestor, Running,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{CLIENT_ID, Service, code};

#[tokio::test]
async fn only_the_documented_body_is_taken() {
    let service = Service::start(|_| {}).await;
    let path = format!("/api/machines/{}/collectInvestigationPackage", service.machine());
    for (body, expected) in [
        (json!({}), "MissingRequiredParameter"),
        (json!({"Comment": null}), "MissingRequiredParameter"),
        (json!({"Comment": " "}), "MissingRequiredParameter"),
        (json!({"comment": "INC-42"}), "InvalidRequestBody"),
        (json!({"Comment": "INC-42", "externalId": "x"}), "InvalidRequestBody"),
        (json!({"Comment": 42}), "InvalidRequestBody"),
        (json!(["Comment"]), "InvalidRequestBody"),
    ] {
        let (status, reply) = service.post(&path, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(code(&reply), expected, "{body}");
    }
    for (content_type, body) in [
        ("text/plain", "{\"Comment\":\"INC-42\"}"),
        ("application/json", "{"),
        ("application/json", "\u{0}"),
    ] {
        let request = service.request(Method::POST, &path).header("Content-Type", content_type);
        let reply = request.body(body).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::BAD_REQUEST);
        assert_eq!(code(&reply.json().await.unwrap()), "InvalidRequestBody");
    }
    assert!(service.handle.actions().is_empty(), "none of them was done");
}

#[tokio::test]
async fn a_device_is_named_by_its_id_alone() {
    let service = Service::start(|config| {
        let mut merged = Device::new("old.contoso.com");
        merged.merged_into = Some("somewhere".to_owned());
        config.fleet.devices.push(merged);
    })
    .await;
    let merged = service.handle.device("old").unwrap().id;
    for id in ["ws-042.contoso.com", "0123456789", merged.as_str()] {
        let path = format!("/api/machines/{id}/collectInvestigationPackage");
        let (status, body) = service.post(&path, &json!({"Comment": "INC-42"})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(code(&body), "ResourceNotFound");
        assert_eq!(body["error"]["message"], format!("Machine {id} was not found"));
    }
}

#[tokio::test]
async fn a_busy_device_refuses_or_gives_the_action_that_it_is_busy_with() {
    let service = Service::start(|_| {}).await;
    let (_, first) = service.collect().await;
    let (status, body) = service.collect().await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(code(&body), "ActiveRequestAlreadyExists");

    service.handle.change_options(|options| options.repeat_post = RepeatPost::Existing);
    let (status, second) = service.collect().await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(second["id"], first["id"]);

    service.advance(120);
    let (status, third) = service.collect().await;
    assert_eq!(status, StatusCode::CREATED);
    assert_ne!(third["id"], first["id"]);
}

#[tokio::test]
async fn an_external_id_is_stored_ignored_or_refused() {
    for (option, expected) in [
        (ExternalId::Stored, Some(json!("marker"))),
        (ExternalId::Ignored, Some(Value::Null)),
        (ExternalId::Refused, None),
    ] {
        let service = Service::with_options(|it| it.external_id = option).await;
        let path = format!("/api/machines/{}/collectInvestigationPackage", service.machine());
        let body = json!({"Comment": "INC-42", "ExternalId": "marker"});
        let (status, action) = service.post(&path, &body).await;
        if let Some(expected) = expected {
            assert_eq!(action["externalId"], expected);
        } else {
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert_eq!(code(&action), "InvalidRequestBody");
            assert_eq!(service.collect().await.0, StatusCode::CREATED, "without it");
        }
    }
}

#[tokio::test]
async fn the_requestor_is_the_app_s_id_its_name_or_nothing() {
    for (option, expected) in [
        (Requestor::AppId, json!(CLIENT_ID)),
        (Requestor::AppName, json!("mde-forensics")),
        (Requestor::None, Value::Null),
    ] {
        let service = Service::with_options(|it| it.requestor = option).await;
        assert_eq!(service.collect().await.1["requestor"], expected);
    }
}

#[tokio::test]
async fn a_life_that_refuses_is_told_so() {
    let service = Service::start(|config| {
        let text = "Collection is not supported on this operating system";
        config.fleet.devices[0].life.refuse =
            Some(Refusal::new(400, "OsPlatformNotSupported", text));
    })
    .await;
    let (status, body) = service.collect().await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(code(&body), "OsPlatformNotSupported");
}

#[tokio::test]
async fn a_device_that_is_not_onboarded_cannot_collect() {
    let service = Service::start(|config| {
        config.fleet.devices[0].onboarding = "CanBeOnboarded".to_owned();
    })
    .await;
    assert_eq!(service.collect().await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_life_ends_as_it_says() {
    for (end, expected) in [
        (End::Succeeded, "Succeeded"),
        (End::Failed, "Failed"),
        (End::TimeOut, "TimeOut"),
        (End::Cancelled, "Cancelled"),
        (End::Never, "InProgress"),
    ] {
        let service = Service::start(|config| {
            let life = &mut config.fleet.devices[0].life;
            (life.pending, life.running, life.end) = (5.0, 7.0, end);
        })
        .await;
        let (_, action) = service.collect().await;
        let path = format!("/api/machineactions/{}", action["id"].as_str().unwrap());
        service.advance(11);
        assert_eq!(service.get(&path).await.1["status"], "InProgress");
        service.advance(1);
        let (_, action) = service.get(&path).await;
        assert_eq!(action["status"], expected);
        let failed = action["errorHResult"] != 0;
        assert_eq!(failed, end == End::Failed);
    }
}

#[tokio::test]
async fn somebody_s_collection_may_be_running_already() {
    let service = Service::start(|config| {
        config.fleet.devices[0].life.already_running = Some(Running::default());
    })
    .await;
    assert_eq!(code(&service.collect().await.1), "ActiveRequestAlreadyExists");
    let (_, list) = service.get("/api/machineactions").await;
    let action = &list["value"][0];
    assert_eq!(action["status"], "InProgress");
    assert_eq!(action["requestSource"], "Portal");
    assert_eq!(action["creationDateTimeUtc"], "2026-01-05T09:59:00.0000000Z");
    service.advance(100);
    assert_eq!(service.collect().await.0, StatusCode::CREATED);
}
