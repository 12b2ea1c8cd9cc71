//! Machine actions: read, listed, cancelled.

use mde_forensics_emulator::config::{End, PastAction};
use mde_forensics_emulator::{NewCollection, Status, Transition};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{CLIENT_ID, Service, code};

#[tokio::test]
async fn a_new_action_may_be_late_in_lists_and_by_id() {
    let service = Service::with_options(|it| {
        it.get_lag = 10.0;
        it.list_lag = 60.0;
    })
    .await;
    let (_, action) = service.collect().await;
    let path = format!("/api/machineactions/{}", action["id"].as_str().unwrap());
    let mut seen = Vec::new();
    for step in [0, 9, 1, 49, 1] {
        service.advance(step);
        let (status, _) = service.get(&path).await;
        let (_, list) = service.get("/api/machineactions").await;
        seen.push((status.as_u16(), list["value"].as_array().unwrap().len()));
    }
    assert_eq!(seen, [(404, 0), (404, 0), (200, 0), (200, 0), (200, 1)]);
}

#[tokio::test]
async fn the_newest_action_comes_first_and_the_latest_are_one_of_each_type() {
    let service = Service::start(|config| {
        let past = [("CollectInvestigationPackage", 500.0), ("Isolate", 300.0), ("Isolate", 100.0)];
        config.fleet.devices[0].life.past_actions = past
            .map(|(kind, age)| {
                let mut past = PastAction::default();
                past.kind = kind.to_owned();
                past.age = age;
                past.end = End::Failed;
                past
            })
            .to_vec();
    })
    .await;
    let kinds = |list: serde_json::Value| -> Vec<String> {
        let list = list["value"].as_array().unwrap().clone();
        list.iter().map(|action| action["type"].as_str().unwrap().to_owned()).collect()
    };
    let (_, all) = service.get("/api/machineActions").await;
    assert_eq!(all["value"][0]["status"], "Failed");
    assert_eq!(kinds(all), ["Isolate", "Isolate", "CollectInvestigationPackage"]);
    let machine = service.machine();
    let (_, of_machine) = service.get(&format!("/api/machines/{machine}/machineActions")).await;
    assert_eq!(kinds(of_machine).len(), 3);
    let (_, latest) = service.get(&format!("/api/machines/{machine}/latestMachineActions")).await;
    assert_eq!(kinds(latest), ["Isolate", "CollectInvestigationPackage"]);
}

#[tokio::test]
async fn an_action_is_cancelled_once() {
    let service = Service::start(|_| {}).await;
    let (_, action) = service.collect().await;
    let path = format!("/api/machineactions/{}/cancel", action["id"].as_str().unwrap());
    let (status, body) = service.post(&path, &json!({})).await;
    assert_eq!((status, code(&body)), (StatusCode::BAD_REQUEST, "MissingRequiredParameter"));
    let (status, action) = service.post(&path, &json!({"Comment": "not needed"})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(action["status"], "Cancelled");
    assert_eq!(action["cancellationRequestor"], CLIENT_ID);
    assert_eq!(action["cancellationComment"], "not needed");
    assert_eq!(action["cancellationDateTimeUtc"], "2026-01-05T10:00:00.0000000Z");
    let (status, _) = service.post(&path, &json!({"Comment": "again"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, body) =
        service.post("/api/machineactions/none/cancel", &json!({"Comment": "x"})).await;
    assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "ResourceNotFound"));
}

#[tokio::test]
async fn what_becomes_of_an_action_can_be_changed() {
    let service = Service::start(|_| {}).await;
    let action = service.handle.start_collection(&NewCollection::new("ws-042")).unwrap();
    let way = [Transition::new(Status::InProgress, 1.0), Transition::new(Status::TimeOut, 5.0)];
    let state = service.handle.transition(&action.id, &way).unwrap();
    assert_eq!(state.ahead, way);
    let mut seen = Vec::new();
    for step in [0, 1, 4, 1_000] {
        service.advance(step);
        seen.push(service.handle.action(&action.id).unwrap().status);
    }
    assert_eq!(seen, [Status::Pending, Status::InProgress, Status::TimeOut, Status::TimeOut]);
}
