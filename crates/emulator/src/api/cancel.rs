//! `POST /api/machineactions/{id}/cancel` (Microsoft Learn, "Cancel machine action API").

use http::StatusCode;

use super::collect::requestor;
use super::request_body::Parameters;
use super::{Refusal, Route, list_actions};
use crate::answer::Answer;
use crate::exchange::Call;
use crate::world::{Cancellation, Principal, World};

pub(super) fn answer(
    call: &Call<'_>,
    route: &Route,
    id: &str,
    caller: &Principal,
    world: &mut World,
) -> Result<Answer, Refusal> {
    // The page lists `Comment` without calling it required. Assumed, since
    // most response actions require it.
    let parameters = Parameters::read(call)?;
    let requestor = requestor(caller, world.options.requestor);
    let action = world
        .actions
        .by_id_mut(id)
        .filter(|action| action.readable <= call.now)
        .ok_or_else(|| Refusal::no_action(id))?;
    let status = action.status(call.now);
    // Undocumented; 400 is assumed.
    if status.is_terminal() {
        let message = format!("Machine action {id} is {} and cannot be cancelled", status.name());
        return Err(Refusal::new(400, "BadRequest", message));
    }
    let comment = Some(parameters.comment);
    action.cancel(Cancellation { requestor, comment, time: call.now });
    Ok(list_actions::entity(call, route, StatusCode::OK, action))
}
