//! `GET /api/machines` and `GET /api/machines/{id or name}` (Microsoft Learn, "List machines API"
//! and "Get machine by ID API").

use http::StatusCode;

use super::list_actions::context;
use super::odata::{MACHINES, Query, page};
use super::{Refusal, Route};
use crate::answer::Answer;
use crate::exchange::Call;
use crate::wire::{Entity, MachineView};
use crate::world::World;

/// The list.
pub(super) fn answer(call: &Call<'_>, route: &Route, world: &World) -> Result<Answer, Refusal> {
    let query = Query::read(call, MACHINES)?;
    let machines = match (query.exact("id"), query.exact("computerDnsName")) {
        (Some(id), _) => world.devices.by_id(id).into_iter().collect(),
        (None, Some(name)) => world.devices.by_name(name).collect(),
        (None, None) => world.devices.iter().collect(),
    };
    let page = page(call, route, "machines", &query, machines, world);
    if page.is_empty() && world.options.empty_list_is_404 {
        return Err(Refusal::new(404, "ResourceNotFound", "No recent machines were found"));
    }
    let context = context(call, route, "#Machines");
    Ok(Answer::odata(StatusCode::OK, &page.map(context, MachineView::new)))
}

/// One device, by id or name.
pub(super) fn one(
    call: &Call<'_>,
    route: &Route,
    id: &str,
    world: &World,
) -> Result<Answer, Refusal> {
    let machine = world.devices.find(id).ok_or_else(|| Refusal::no_machine(id))?;
    let context = context(call, route, "#Machines/$entity");
    Ok(Answer::odata(StatusCode::OK, &Entity { context, value: MachineView::new(machine) }))
}
