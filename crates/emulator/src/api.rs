//! The API: which call a request is, and who answers it.

mod access;
mod available_actions;
mod cancel;
mod collect;
mod find;
mod list_actions;
mod machines;
mod odata;
mod package_uri;
mod refusal;
mod request_body;
mod route;

use http::header::ALLOW;

use crate::answer::Answer;
use crate::exchange::Call;
use crate::faults::retry_after_text;
use crate::world::World;

pub(crate) use access::AUDIENCES;
pub(crate) use refusal::Refusal;
pub(crate) use route::Route;

use route::Resource;

/// Answers a call to the API. The order of the checks is the service's: the address, the token,
/// the permission, the quota, then the request itself.
pub(crate) fn answer(call: &Call<'_>, route: &Route, world: &mut World) -> Answer {
    match respond(call, route, world) {
        Ok(answer) => answer,
        Err(refusal) => refuse(call, route, &refusal),
    }
}

fn respond(call: &Call<'_>, route: &Route, world: &mut World) -> Result<Answer, Refusal> {
    let endpoint = route.endpoint().ok_or_else(|| {
        let message = format!("No resource was found at `{}`", call.inbound.path);
        Refusal::new(404, "NotFound", message)
    })?;
    if call.inbound.method != route.method() {
        let message = format!("The resource does not support the method {}", call.inbound.method);
        return Err(Refusal::new(405, "BadRequest", message));
    }
    let caller = access::authenticate(call, world)?;
    access::permit(&caller, endpoint, &world.options)?;
    world.counters.count(&caller.client_id, endpoint, &world.options.quotas, call.now).map_err(
        |wait| {
            let form = world.options.quotas.retry_after;
            let when = retry_after_text(form, wait.0, call.now);
            Refusal::new(429, "TooManyRequests", "Too many requests have been made").after(when)
        },
    )?;
    match &route.resource {
        Resource::Actions => list_actions::answer(call, route, world),
        Resource::Action(id) => list_actions::one(call, route, id, world),
        Resource::Cancel(id) => cancel::answer(call, route, id, &caller, world),
        Resource::PackageUri(id) => package_uri::answer(call, route, id, world),
        Resource::Machines => machines::answer(call, route, world),
        Resource::Machine(id) => machines::one(call, route, id, world),
        Resource::FindByIp(arguments) => find::by_ip(call, route, arguments, world),
        Resource::FindByTag => find::by_tag(call, route, world),
        Resource::AvailableActions(id) => available_actions::answer(call, route, id, world),
        Resource::ActionsOf { machine, latest } => {
            list_actions::of_machine(call, route, machine, *latest, world)
        }
        Resource::Collect(id) => collect::answer(call, route, id, &caller, world),
        Resource::Unknown => Err(Refusal::new(404, "NotFound", "No resource was found")),
    }
}

fn refuse(call: &Call<'_>, route: &Route, refusal: &Refusal) -> Answer {
    let answer = refusal.answer(&call.id);
    if refusal.status() == 405 { answer.with_text(ALLOW, route.method().as_str()) } else { answer }
}
