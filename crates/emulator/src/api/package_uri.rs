//! `GET /api/machineactions/{id}/getPackageUri` (Microsoft Learn, "Get package SAS URI API").

use http::StatusCode;
use serde_json::json;

use super::list_actions::context;
use super::{Refusal, Route};
use crate::answer::Answer;
use crate::config::{Fault, LinkQuoting};
use crate::exchange::Call;
use crate::text::seconds;
use crate::wire::Entity;
use crate::world::{Link, Status, World};

pub(super) fn answer(
    call: &Call<'_>,
    route: &Route,
    id: &str,
    world: &mut World,
) -> Result<Answer, Refusal> {
    let action = world
        .actions
        .by_id_mut(id)
        .filter(|action| action.readable <= call.now)
        .filter(|action| action.is_collection() && action.status(call.now) == Status::Succeeded)
        .ok_or_else(|| {
            Refusal::new(404, "ResourceNotFound", format!("Package of {id} was not found"))
        })?;
    if call.fault == Some(&Fault::ChangePackage) {
        action.change_package();
    }
    let link = Link {
        action: action.id.clone(),
        machine: action.machine_id.clone(),
        expires: call.now.saturating_add(seconds(world.options.link_lifetime)),
        dead: call.fault == Some(&Fault::DeadLink),
    };
    let query = world.links.issue(link);
    let url = format!(
        "{}/safedownload/WDATP_Investigation_Package.zip?{query}",
        call.shared.origins().download
    );
    let value = match world.options.link_quoting {
        LinkQuoting::Plain => url,
        LinkQuoting::Quoted => format!("\"{url}\""),
    };
    let context = context(call, route, "#Edm.String");
    Ok(Answer::odata(StatusCode::OK, &Entity { context, value: json!({"value": value}) }))
}
