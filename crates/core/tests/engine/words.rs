//! What the service said is told to whoever must act on it.

use mde_forensics_core::Code;
use mde_forensics_core::engine::{Doubt, Fact, Outcome};
use serde_json::json;

use crate::rig::{self, Rig};

#[test]
fn an_uncertain_end_tells_what_the_service_said() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    let mut posts = 0;
    let report = rig.run(|request| match request.uri().path() {
        "/api/machines" => Some((200, rig::machines())),
        "/api/machineactions" => Some((200, rig::none())),
        _ => {
            posts += 1;
            let error = json!({"code": "InternalServerError", "message": "try again", "target": format!("request-{posts}")});
            Some((503, json!({ "error": error })))
        }
    });
    let error = report.devices[0].outcome.error().unwrap();
    assert_eq!(error.code(), Code::CollectionUncertain);
    assert_eq!(error.request_id(), Some("request-2"));
    assert_eq!(error.service_code(), Some("InternalServerError"));
    assert!(error.to_string().contains("try again"));
    assert!(error.causes()[0].contains("HTTP 503"), "{:?}", error.causes());
    let told: Vec<_> = rig
        .records
        .iter()
        .filter_map(|record| match &record.fact {
            Fact::Doubted(Doubt { request_id, .. }) | Fact::Ended { request_id, .. } => {
                request_id.as_deref()
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, ["request-1", "request-2", "request-2"]);
}

#[test]
fn a_cancelled_collection_tells_who_and_why() {
    let pending =
        json!({"fact": "accepted", "action": "a1", "adoption": "own", "status": "Pending"});
    let handle = rig::handle(vec![pending]);
    let mut rig = Rig::new(rig::options(), vec![rig::resumed(&handle)]);
    let mut cancelled = rig::action("a1", "Cancelled");
    cancelled["cancellationRequestor"] = json!("analyst@contoso.com");
    cancelled["cancellationComment"] = json!("wrong device");
    let report = rig.run(|_| Some((200, cancelled.clone())));
    let Outcome::Cancelled(how) = &report.devices[0].outcome else { panic!("{report:?}") };
    assert_eq!(how.requestor.as_deref(), Some("analyst@contoso.com"));
    assert_eq!(how.comment.as_deref(), Some("wrong device"));
    assert_eq!(how.to_string(), "cancelled at the service by `analyst@contoso.com`: wrong device");
}
