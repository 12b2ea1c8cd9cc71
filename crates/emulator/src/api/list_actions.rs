//! `GET /api/machineactions`, `GET /api/machineactions/{id}` and the two undocumented lists of a
//! device (Microsoft Learn, "List machine actions API" and "Get machine action API").

use std::collections::BTreeSet;

use http::StatusCode;

use super::odata::{ACTIONS, Query, page};
use super::{Refusal, Route};
use crate::answer::Answer;
use crate::exchange::Call;
use crate::wire::{ActionView, Collection, Entity};
use crate::world::{Action, World};

/// The list of all actions, newest first.
pub(super) fn answer(call: &Call<'_>, route: &Route, world: &World) -> Result<Answer, Refusal> {
    let query = Query::read(call, ACTIONS)?;
    let actions = match query.exact("machineId") {
        Some(machine) => world.actions.of_machine(machine),
        None => world.actions.newest_first(),
    };
    let visible = actions.into_iter().filter(|action| action.listed <= call.now).collect();
    let page = page(call, route, "machineactions", &query, visible, world);
    Ok(Answer::odata(
        StatusCode::OK,
        &page.map(context(call, route, "#MachineActions"), |action| {
            ActionView::new(action, call.now)
        }),
    ))
}

/// One action.
pub(super) fn one(
    call: &Call<'_>,
    route: &Route,
    id: &str,
    world: &World,
) -> Result<Answer, Refusal> {
    let action = world.actions.by_id(id).filter(|action| action.readable <= call.now);
    let action = action.ok_or_else(|| Refusal::no_action(id))?;
    Ok(entity(call, route, StatusCode::OK, action))
}

/// The actions of a device; "latest" are the newest of each type.
pub(super) fn of_machine(
    call: &Call<'_>,
    route: &Route,
    machine: &str,
    latest: bool,
    world: &World,
) -> Result<Answer, Refusal> {
    let machine = world.devices.by_id(machine).ok_or_else(|| Refusal::no_machine(machine))?;
    let mut kinds = BTreeSet::new();
    let actions = world.actions.of_machine(&machine.id);
    let value = actions
        .into_iter()
        .filter(|action| action.listed <= call.now)
        .filter(|action| kinds.insert(action.kind.clone()) || !latest)
        .map(|action| ActionView::new(action, call.now))
        .collect();
    let context = context(call, route, "#MachineActions");
    Ok(Answer::odata(StatusCode::OK, &Collection { context, count: None, value, next: None }))
}

/// A response with one action.
pub(super) fn entity(
    call: &Call<'_>,
    route: &Route,
    status: StatusCode,
    action: &Action,
) -> Answer {
    let context = context(call, route, "#MachineActions/$entity");
    Answer::odata(status, &Entity { context, value: ActionView::new(action, call.now) })
}

/// The response with a new action.
pub(super) fn fresh(call: &Call<'_>, route: &Route, action: &Action) -> Answer {
    let context = context(call, route, "#MachineActions/$entity");
    let value = ActionView::fresh(action, call.now);
    Answer::odata(StatusCode::CREATED, &Entity { context, value })
}

/// The `@odata.context` of a response.
pub(super) fn context(call: &Call<'_>, route: &Route, what: &str) -> String {
    format!("{}{}$metadata{what}", call.shared.origins().api, route.prefix)
}
