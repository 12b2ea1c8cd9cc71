//! `POST /api/machines/{id}/collectInvestigationPackage` (Microsoft Learn, "Collect investigation
//! package API").

use http::StatusCode;

use super::request_body::Parameters;
use super::{Refusal, Route, list_actions};
use crate::answer::Answer;
use crate::config::{ExternalId, Fault, RepeatPost, Requestor};
use crate::exchange::Call;
use crate::text::seconds;
use crate::world::{Action, Actor, Principal, World};

pub(super) fn answer(
    call: &Call<'_>,
    route: &Route,
    id: &str,
    caller: &Principal,
    world: &mut World,
) -> Result<Answer, Refusal> {
    let parameters = Parameters::read(call)?;
    if parameters.external_id.is_some() && world.options.external_id == ExternalId::Refused {
        let message = "Request body is incorrect: unknown parameter 'ExternalId'";
        return Err(Refusal::new(400, "InvalidRequestBody", message));
    }
    // Only an id: the name of a device is documented for reading it, not for this.
    let machine = world.devices.by_id(id).filter(|machine| machine.merged_into.is_none());
    let machine = machine.ok_or_else(|| Refusal::no_machine(id))?;
    if let Some(refuse) = &machine.life.refuse {
        return Err(Refusal::new(refuse.status, &refuse.code, &refuse.message));
    }
    if machine.onboarding != "Onboarded" {
        let message = format!("Machine {id} is not onboarded");
        return Err(Refusal::new(400, "InvalidInput", message));
    }
    if let Some(running) = world.actions.running(&machine.id, call.now) {
        return match world.options.repeat_post {
            RepeatPost::Existing => Ok(list_actions::entity(call, route, StatusCode::OK, running)),
            _ => Err(Refusal::new(
                400,
                "ActiveRequestAlreadyExists",
                "Action is already in progress",
            )),
        };
    }

    let actor =
        Actor { requestor: requestor(caller, world.options.requestor), source: "PublicApi" };
    let mut action = Action::collection(&mut world.random, machine, actor, call.now);
    action.comment = Some(parameters.comment);
    action.title = parameters.title;
    if world.options.external_id == ExternalId::Stored {
        action.external_id = parameters.external_id;
    }
    let late = match call.fault {
        Some(Fault::LateVisibility { seconds }) => *seconds,
        _ => 0.0,
    };
    action.readable = call.now.saturating_add(seconds(world.options.get_lag + late));
    action.listed = call.now.saturating_add(seconds(world.options.list_lag + late));
    let answer = list_actions::fresh(call, route, &action);
    world.actions.add(action);
    Ok(answer)
}

/// The `requestor` that the service records for a caller.
pub(super) fn requestor(caller: &Principal, form: Requestor) -> Option<String> {
    match (&caller.user, form) {
        (Some((name, _)), _) => Some(name.clone()),
        (None, Requestor::AppId) => Some(caller.client_id.clone()),
        (None, Requestor::AppName) => Some(caller.app_name.clone()),
        (None, Requestor::None) => None,
    }
}
