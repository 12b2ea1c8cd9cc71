//! Handles one request: reads it, picks its fault, executes it and sends the response.

mod inbound;

use std::fmt;
use std::sync::Arc;

use http::{Method, Request, Response};
use hyper::body::Incoming;
use time::OffsetDateTime;

use crate::answer::{Answer, Body, Travel, compress};
use crate::config::Fault;
use crate::faults::{Change, Ending, before, change};
use crate::handle::Shared;
use crate::net::Wire;
use crate::package::Package;
use crate::site::{Route, Site};
use crate::text::seconds;
use crate::world::{CallRecord, World};
use crate::{api, control, cors, download, login};

pub(crate) use inbound::Inbound;

/// A request that is being answered.
pub(crate) struct Call<'a> {
    pub(crate) inbound: &'a Inbound,
    pub(crate) shared: &'a Shared,
    pub(crate) now: OffsetDateTime,
    /// The fault, if it changes what is executed.
    pub(crate) fault: Option<&'a Fault>,
    /// The package of the link, if a live link was requested.
    pub(crate) package: Option<Arc<Package>>,
    /// Identifies the request in error messages.
    pub(crate) id: String,
}

/// The connection ends without a response.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection was dropped by a fault")
    }
}

impl std::error::Error for Dropped {}

/// Answers a request. Fails if the connection must end instead.
pub(crate) async fn exchange(
    site: Site,
    shared: Arc<Shared>,
    wire: Wire,
    request: Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    if !shared.has_cors() {
        return answered(site, shared, wire, request).await;
    }
    let mut response = match cors::preflight(&request) {
        Some(answer) => answer.into_response(Travel::default(), shared.clock()),
        None => answered(site, shared, wire, request).await?,
    };
    cors::open(response.headers_mut());
    Ok(response)
}

async fn answered(
    site: Site,
    shared: Arc<Shared>,
    wire: Wire,
    request: Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    let clock = shared.clock();
    let control = site == Site::Api && control::owns(request.uri().path());
    let limit = if control { control::BODY_LIMIT } else { shared.limits().body };
    let inbound = match Inbound::read(request, limit).await {
        Ok(inbound) => inbound,
        Err(answer) => return Ok(answer.into_response(Travel::default(), clock)),
    };
    if control {
        let answer = control::answer(&inbound, &shared).await;
        return Ok(answer.into_response(Travel::default(), clock));
    }
    let package = match site {
        Site::Download => download::package(&inbound, &shared).await,
        _ => None,
    };
    let handled = handle(site, &shared, &inbound, package);
    match handled.change.ending {
        Ending::Answer => {}
        Ending::Drop => return Err(Dropped),
        Ending::Reset => {
            wire.reset();
            return Err(Dropped);
        }
    }
    if let Some(hold) = handled.change.hold {
        clock.wait_until(handled.now.saturating_add(seconds(hold))).await;
    }
    Ok(handled.answer.into_response(handled.change.travel, clock))
}

/// A response, and how to send it.
struct Handled {
    now: OffsetDateTime,
    answer: Answer,
    change: Change,
}

fn handle(
    site: Site,
    shared: &Shared,
    inbound: &Inbound,
    package: Option<Arc<Package>>,
) -> Handled {
    let now = shared.clock().now();
    let mut world = shared.world();
    let route = Route::parse(site, &inbound.path);
    let endpoint = route.as_ref().and_then(Route::endpoint);
    let device = route.as_ref().and_then(|route| route.device(inbound.query.as_deref(), &world));
    let fault = pick(&mut world, inbound, endpoint, device.as_deref());
    let id = world.random.guid();
    let call = Call { inbound, shared, now, fault: fault.as_ref(), package, id };

    let (answer, change) = if let Some((answer, ending)) = before(&call, endpoint) {
        (answer, Change { ending, ..Change::default() })
    } else {
        let mut answer = process(&call, site, route.as_ref(), &mut world);
        let change = change(&call, &mut answer);
        if change.may_compress && world.options.compression {
            compress(&mut answer, &inbound.headers);
        }
        (answer, change)
    };
    world.calls.push(CallRecord {
        number: 0,
        time: now,
        site,
        method: inbound.method.to_string(),
        path: short(&inbound.path),
        query: shown(site, inbound.query.as_deref()),
        endpoint,
        device,
        status: (change.ending == Ending::Answer).then_some(answer.status.as_u16()),
        bearer: inbound.bearer().is_some(),
        fault: fault.as_ref().map(Fault::name),
    });
    Handled { now, answer, change }
}

fn pick(
    world: &mut World,
    inbound: &Inbound,
    endpoint: Option<crate::config::Endpoint>,
    device: Option<&str>,
) -> Option<Fault> {
    if inbound.method == Method::OPTIONS {
        return None;
    }
    let names = device.map(|id| world.devices.names(id)).unwrap_or_default();
    world.faults.pick(endpoint?, &names)
}

/// The query, unless it belongs to a link or contains a secret.
fn shown(site: Site, query: Option<&str>) -> Option<String> {
    let query = query.filter(|_| site == Site::Api)?;
    let lower = query.to_ascii_lowercase();
    let secret = ["token", "secret", "assertion"].iter().any(|name| lower.contains(name));
    (!secret).then(|| short(query))
}

/// The beginning of a text, as much as is recorded.
fn short(text: &str) -> String {
    text.chars().take(4_096).collect()
}

fn process(call: &Call<'_>, site: Site, route: Option<&Route>, world: &mut World) -> Answer {
    match (site, route) {
        (Site::Api, Some(Route::Api(route))) => api::answer(call, route, world),
        (Site::Download, _) => download::answer(call, world),
        (Site::Login, Some(Route::Login(route))) => login::answer(call, route, world),
        _ => Answer::error(400, "BadRequest", "The request path cannot be read", &call.id),
    }
}
