//! The login host: tokens, device codes, discovery, managed identity.

mod assertion;
mod client;
mod device_code;
mod discovery;
mod error;
mod identity;
mod issue;
mod jwt;
mod on_behalf_of;
mod resource;
mod route;
mod token;
mod x509;

use http::{HeaderValue, Method, StatusCode, header};

use crate::answer::Answer;
use crate::exchange::Call;
use crate::world::World;

pub(crate) use error::LoginError;
pub(crate) use issue::access_token;
pub(crate) use resource::Resource;
pub(crate) use route::Route;

/// Answers a call to the login host.
pub(crate) fn answer(call: &Call<'_>, route: &Route, world: &mut World) -> Answer {
    let wanted = match route {
        Route::Unknown => return Answer::empty(StatusCode::NOT_FOUND),
        Route::DeviceCode { .. } | Route::Token { .. } => Method::POST,
        _ => Method::GET,
    };
    if call.inbound.method != wanted {
        return Answer::empty(StatusCode::METHOD_NOT_ALLOWED)
            .with_text(header::ALLOW, wanted.as_str());
    }
    match route {
        Route::Token { tenant, version } => token::answer(call, tenant, *version, world),
        Route::DeviceCode { tenant, version } => device_code::answer(call, tenant, *version, world),
        Route::Imds => identity::imds(call, world),
        Route::AppService => identity::app_service(call, world),
        Route::Instance => discovery::instance(call),
        Route::OpenId { tenant, version } => discovery::openid(call, tenant, *version, world),
        Route::Keys => discovery::keys(),
        Route::Unknown => Answer::empty(StatusCode::NOT_FOUND),
    }
}

/// A response that contains a secret and must not be cached.
fn secret(value: &impl serde::Serialize) -> Answer {
    Answer::json(StatusCode::OK, value)
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .with(header::PRAGMA, HeaderValue::from_static("no-cache"))
}

fn respond(call: &Call<'_>, result: Result<Answer, LoginError>) -> Answer {
    result.unwrap_or_else(|error| error.answer(call))
}
