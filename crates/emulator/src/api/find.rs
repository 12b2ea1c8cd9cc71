//! `GET /api/machines/findbyip(ip='…',timestamp=…)` and `GET /api/machines/findbytag?tag=…`
//! (Microsoft Learn, "Find devices by internal IP API" and "Find devices by tag API").

use std::net::IpAddr;

use http::StatusCode;
use time::OffsetDateTime;

use super::list_actions::context;
use super::odata::{MACHINES, Query, page};
use super::{Refusal, Route};
use crate::answer::Answer;
use crate::exchange::Call;
use crate::text::{parse_time, seconds};
use crate::wire::MachineView;
use crate::world::{Machine, World};

/// Devices that had an address within 15 minutes before or after a time.
pub(super) fn by_ip(
    call: &Call<'_>,
    route: &Route,
    arguments: &str,
    world: &World,
) -> Result<Answer, Refusal> {
    let (ip, time) = parse(arguments)?;
    let quarter = seconds(900.0);
    if time < call.now.saturating_sub(seconds(30.0 * 86_400.0))
        || time > call.now.saturating_add(quarter)
    {
        let message = "The timestamp must be in the past 30 days";
        return Err(Refusal::new(400, "InvalidInput", message));
    }
    let machines = world.devices.iter().filter(|machine| {
        machine.ip == ip
            && time >= machine.first_seen.saturating_sub(quarter)
            && time <= machine.seen_until(call.now).saturating_add(quarter)
    });
    list(call, route, &format!("machines/findbyip({arguments})"), machines, world)
}

/// Devices with a tag, or with a tag that starts with a text.
pub(super) fn by_tag(call: &Call<'_>, route: &Route, world: &World) -> Result<Answer, Refusal> {
    let unreadable = || Refusal::new(400, "BadRequest", "The query cannot be read");
    let pairs = call.inbound.query_pairs().ok_or_else(unreadable)?;
    let value = |wanted: &str| {
        let found = pairs.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let tag = value("tag").ok_or_else(|| {
        Refusal::new(400, "MissingRequiredParameter", "Missing required parameter 'tag'")
    })?;
    let starts = match value("useStartsWithFilter").map(str::to_ascii_lowercase).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            let message = "'useStartsWithFilter' is neither true nor false";
            return Err(Refusal::new(400, "InvalidInput", message));
        }
    };
    let fits = |have: &String| if starts { have.starts_with(tag) } else { have == tag };
    let machines = world.devices.iter().filter(|machine| machine.tags.iter().any(fits));
    list(call, route, "machines/findbytag", machines, world)
}

fn list<'a>(
    call: &Call<'_>,
    route: &Route,
    resource: &str,
    machines: impl Iterator<Item = &'a Machine>,
    world: &'a World,
) -> Result<Answer, Refusal> {
    let query = Query::read(call, MACHINES)?;
    let page = page(call, route, resource, &query, machines.collect(), world);
    let context = context(call, route, "#Machines");
    Ok(Answer::odata(StatusCode::OK, &page.map(context, MachineView::new)))
}

/// Parses `ip='10.1.2.3',timestamp=2026-01-05T10:00:00Z`, in any order.
fn parse(arguments: &str) -> Result<(IpAddr, OffsetDateTime), Refusal> {
    let value = |wanted: &str| {
        arguments.split(',').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let missing = |name: &str| {
        let message = format!("Missing required parameter '{name}'");
        Refusal::new(400, "MissingRequiredParameter", message)
    };
    let ip = value("ip").ok_or_else(|| missing("ip"))?;
    let ip = ip.strip_prefix('\'').and_then(|ip| ip.strip_suffix('\''));
    let ip = ip.and_then(|ip| ip.parse().ok()).ok_or_else(|| {
        Refusal::new(400, "InvalidIpAddress", "The ip is not an address in quotation marks")
    })?;
    let time = parse_time(value("timestamp").ok_or_else(|| missing("timestamp"))?);
    let time = time.ok_or_else(|| {
        Refusal::new(
            400,
            "InvalidInput",
            "The timestamp is not a time such as 2026-01-05T10:00:00Z",
        )
    })?;
    Ok((ip, time))
}
