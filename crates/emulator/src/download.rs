//! The host of the download links.

mod range;

use std::sync::Arc;

use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE,
};
use http::{HeaderValue, Method, StatusCode, header};

use crate::answer::{Answer, Payload};
use crate::config::{DeadLink, Fault};
use crate::exchange::{Call, Inbound};
use crate::faults::storage_refusal;
use crate::handle::Shared;
use crate::package::Package;
use crate::world::World;

use range::{Asked, asked};

/// Answers a request for a package. A credential must never be sent here, so a request with one is
/// refused.
pub(crate) fn answer(call: &Call<'_>, world: &mut World) -> Answer {
    let inbound = call.inbound;
    if !matches!(inbound.method, Method::GET | Method::HEAD) {
        return Answer::empty(StatusCode::METHOD_NOT_ALLOWED).with_text(header::ALLOW, "GET, HEAD");
    }
    if inbound.headers.contains_key(header::AUTHORIZATION)
        || inbound.headers.contains_key(header::COOKIE)
        || !inbound.path.eq_ignore_ascii_case(PATH)
    {
        return storage_refusal();
    }
    let query = &world.as_issued(inbound.query.as_deref().unwrap_or_default());
    if call.fault == Some(&Fault::DeadLink) {
        world.links.kill(query);
    }
    let link = world.links.find(query);
    let living = link.is_some_and(|link| link.lives(call.now));
    match &call.package {
        Some(package) if living => serve(inbound, Arc::clone(package)),
        _ => dead(world.options.dead_link),
    }
}

/// Generates the package of a live link, without making other requests wait.
pub(crate) async fn package(inbound: &Inbound, shared: &Arc<Shared>) -> Option<Arc<Package>> {
    let spec = {
        let world = shared.world();
        let now = shared.clock().now();
        let query = world.as_issued(inbound.query.as_deref()?);
        let link = world.links.find(&query).filter(|link| link.lives(now))?;
        world.actions.by_id(&link.action)?.package(now)
    };
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || shared.packages().of(&spec)).await.ok()
}

fn serve(inbound: &Inbound, package: Arc<Package>) -> Answer {
    let (length, etag) = (package.len(), package.etag());
    let same = inbound.header(IF_RANGE.as_str()).is_none_or(|wanted| wanted == etag);
    let range = inbound.header(RANGE.as_str()).filter(|_| same);
    let asked = range.map_or(Asked::Whole, |range| asked(range, length));
    let (status, range, content_range) = match asked {
        Asked::Whole => (StatusCode::OK, 0..length, None),
        Asked::Part(range) => {
            let part = format!("bytes {}-{}/{length}", range.start, range.end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, range, Some(part))
        }
        Asked::Nothing => {
            let code = "InvalidRange";
            let message = "The range specified is invalid for the current size of the resource.";
            return Answer::storage_error(StatusCode::RANGE_NOT_SATISFIABLE, code, message)
                .with_text(CONTENT_RANGE, &format!("bytes */{length}"));
        }
    };
    let mut answer = Answer::empty(status)
        .with(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"))
        .with(
            CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=WDATP_Investigation_Package.zip"),
        )
        .with(ACCEPT_RANGES, HeaderValue::from_static("bytes"))
        .with_text(ETAG, &etag)
        .with_text(CONTENT_LENGTH, &(range.end - range.start).to_string());
    if let Some(part) = content_range {
        answer = answer.with_text(CONTENT_RANGE, &part);
    }
    answer.payload = Payload::Package { package, range };
    answer
}

fn dead(form: DeadLink) -> Answer {
    match form {
        DeadLink::Empty => Answer::empty(StatusCode::OK),
        DeadLink::Gone => Answer::empty(StatusCode::GONE),
        DeadLink::NotFound => Answer::empty(StatusCode::NOT_FOUND),
        DeadLink::Xml => storage_refusal(),
    }
}

const PATH: &str = "/safedownload/WDATP_Investigation_Package.zip";
