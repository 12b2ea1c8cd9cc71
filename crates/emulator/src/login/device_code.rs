//! Device codes (RFC 8628; Microsoft Learn, "Microsoft identity platform and the OAuth 2.0 device
//! authorization grant flow").

use http::StatusCode;
use serde_json::json;

use super::client::{named, user};
use super::error::LoginError;
use super::resource::Resource;
use super::respond;
use super::route::Version;
use super::token::{Form, check_tenant};
use crate::answer::Answer;
use crate::exchange::Call;
use crate::text::seconds;
use crate::world::{Code, CodeState, Principal, World};

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) fn answer(call: &Call<'_>, tenant: &str, version: Version, world: &mut World) -> Answer {
    respond(call, start(call, tenant, version, world))
}

fn start(
    call: &Call<'_>,
    tenant: &str,
    version: Version,
    world: &mut World,
) -> Result<Answer, LoginError> {
    check_tenant(tenant, true, world)?;
    let form = Form::read(call)?;
    let client_id = named(form.required("client_id")?, world)?.client_id.clone();
    let resource = Resource::read(&form, version, world)?;
    let lifetime = world.options.device_code_lifetime;
    let code = world.codes.issue(Code {
        secret: String::new(),
        typed: String::new(),
        client_id,
        resource,
        created: call.now,
        expires: call.now.saturating_add(seconds(f64::from(lifetime))),
        state: CodeState::Pending,
        last_asked: None,
    });
    let uri = format!("{}/device", call.shared.origins().login);
    let message = format!(
        "To sign in, use a web browser to open the page {uri} and enter the code {} to \
         authenticate.",
        code.typed
    );
    Ok(Answer::json(
        StatusCode::OK,
        &json!({
            "user_code": code.typed,
            "device_code": code.secret,
            "verification_uri": uri,
            "expires_in": lifetime,
            "interval": INTERVAL,
            "message": message,
        }),
    ))
}

/// Redeems a device code. Returns the user's token, or why there is none yet.
pub(super) fn redeem(
    call: &Call<'_>,
    form: &Form,
    world: &mut World,
) -> Result<(Principal, Resource), LoginError> {
    let app = named(form.required("client_id")?, world)?.clone();
    let device_code = match form.field("device_code") {
        Some(code) => code,
        None => form.required("code")?,
    };
    let approval = world.options.device_code_approval;
    let first_user = world.tenant.users.first().map(|user| user.upn.clone());
    let code = world
        .codes
        .by_device_code(device_code)
        .filter(|code| code.client_id == app.client_id)
        .ok_or_else(|| {
            let message = "The device_code that was sent is not known.";
            LoginError::new("bad_verification_code", 70_019, message)
        })?;
    let too_soon = code
        .last_asked
        .is_some_and(|last| call.now < last.saturating_add(seconds(f64::from(INTERVAL) - 1.0)));
    code.last_asked = Some(call.now);
    if code.state == CodeState::Pending
        && approval.is_some_and(|after| call.now >= code.created.saturating_add(seconds(after)))
        && let Some(upn) = first_user
    {
        code.state = CodeState::Approved(upn);
    }
    if code.expires <= call.now {
        code.state = CodeState::Expired;
    }
    let refused = |error, number, message| Err(LoginError::new(error, number, message));
    let upn = match &code.state {
        CodeState::Pending if too_soon => {
            return refused("slow_down", 70_018, "The app asks too often.");
        }
        CodeState::Pending => {
            let message =
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            return refused("authorization_pending", 70_016, message);
        }
        CodeState::Declined => {
            return refused("authorization_declined", 70_018, "The user declined the sign-in.");
        }
        CodeState::Expired => {
            return refused("expired_token", 70_020, "The device_code has expired.");
        }
        CodeState::Spent => {
            return refused("invalid_grant", 54_005, "The device_code was redeemed already.");
        }
        CodeState::Approved(upn) => upn.clone(),
    };
    code.state = CodeState::Spent;
    let resource = code.resource.clone();
    let users = world.tenant.users.iter();
    let id = users.filter(|user| user.upn == upn).map(|user| user.id.clone()).next();
    Ok((user(&app, &upn, &id.unwrap_or_default()), resource))
}

/// Seconds between two polls.
const INTERVAL: u32 = 5;
