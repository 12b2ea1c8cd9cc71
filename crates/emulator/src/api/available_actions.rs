//! `GET /api/machines/{id}/availableMachineActions`, undocumented but in `$metadata`.

use http::StatusCode;
use serde::Serialize;

use super::list_actions::context;
use super::{Refusal, Route};
use crate::answer::Answer;
use crate::exchange::Call;
use crate::wire::Collection;
use crate::world::World;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Availability {
    action: &'static str,
    is_available: bool,
    not_supported_reason: Option<String>,
}

pub(super) fn answer(
    call: &Call<'_>,
    route: &Route,
    id: &str,
    world: &World,
) -> Result<Answer, Refusal> {
    let machine = world.devices.by_id(id).ok_or_else(|| Refusal::no_machine(id))?;
    let reason = if machine.onboarding == "Onboarded" {
        machine.life.refuse.as_ref().map(|refuse| refuse.code.clone())
    } else {
        Some("NotOnboarded".to_owned())
    };
    let value = ACTIONS
        .iter()
        .map(|&action| {
            let reason = reason.clone().filter(|_| action == "CollectInvestigationPackage");
            Availability { action, is_available: reason.is_none(), not_supported_reason: reason }
        })
        .collect();
    let context = context(
        call,
        route,
        "#Collection(microsoft.windowsDefenderATP.api.\
                                        ActionAvailabilityStatus)",
    );
    Ok(Answer::odata(StatusCode::OK, &Collection { context, count: None, value, next: None }))
}

/// The actions seen for a workstation; the last one is not in `$metadata`.
const ACTIONS: &[&str] = &[
    "FullIsolation",
    "SelectiveIsolation",
    "RunAntiVirusScan",
    "CollectInvestigationPackage",
    "StopAndQuarantineFile",
    "RestrictCodeExecution",
    "InitiateInvestigation",
    "OffBoard",
    "LiveResponse",
    "RunCustomPlaybook",
];
