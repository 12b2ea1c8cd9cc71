//! `POST /{tenant}/oauth2/token` and `POST /{tenant}/oauth2/v2.0/token`.

use super::client::{Client, named};
use super::error::LoginError;
use super::issue::{Wanted, token_answer};
use super::resource::Resource;
use super::route::Version;
use super::{device_code, on_behalf_of, respond, secret};
use crate::answer::Answer;
use crate::exchange::Call;
use crate::world::{Principal, World};

/// The fields of a form.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Fails if the body is not a form.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, LoginError> {
        if call.inbound.media_type() != "application/x-www-form-urlencoded" {
            let message = "The content type must be application/x-www-form-urlencoded.";
            return Err(LoginError::new("invalid_request", 900_561, message));
        }
        call.inbound.form().map(Self).ok_or_else(LoginError::unreadable)
    }

    pub(super) fn field(&self, wanted: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Fails if there is no such field.
    pub(super) fn required(&self, wanted: &str) -> Result<&str, LoginError> {
        self.field(wanted).ok_or_else(|| LoginError::missing(wanted))
    }
}

pub(super) fn answer(call: &Call<'_>, tenant: &str, version: Version, world: &mut World) -> Answer {
    respond(call, token(call, tenant, version, world))
}

fn token(
    call: &Call<'_>,
    tenant: &str,
    version: Version,
    world: &mut World,
) -> Result<Answer, LoginError> {
    let form = Form::read(call)?;
    let grant = form.required("grant_type")?;
    let user = grant != "client_credentials";
    check_tenant(tenant, user, world)?;
    let (mut principal, resource) = match grant {
        "client_credentials" => {
            let client = Client::authenticate(call, &form, world)?;
            let resource = Resource::read(&form, version, world)?;
            if resource.permissions.is_some() {
                let message = "The scope of a client credential flow must end with '/.default'.";
                return Err(LoginError::new("invalid_scope", 1_002_012, message));
            }
            (client.itself(), resource)
        }
        "refresh_token" => refresh(call, &form, version, world)?,
        DEVICE_CODE | "device_code" => device_code::redeem(call, &form, world)?,
        JWT_BEARER => on_behalf_of::redeem(call, &form, version, world)?,
        other => {
            let message = format!("The grant type '{other}' is not supported.");
            return Err(LoginError::new("unsupported_grant_type", 70_003, message));
        }
    };
    if principal.user.is_some() {
        resource.narrow(&mut principal)?;
    }
    let wanted = Wanted { principal: &principal, resource: &resource, version };
    Ok(secret(&token_answer(call, &wanted, world)))
}

fn refresh(
    call: &Call<'_>,
    form: &Form,
    version: Version,
    world: &World,
) -> Result<(Principal, Resource), LoginError> {
    let app = named(form.required("client_id")?, world)?;
    let token = form.required("refresh_token")?;
    let grant = world.tokens.refresh(token).filter(|grant| {
        grant.expires > call.now && grant.principal.client_id.eq_ignore_ascii_case(&app.client_id)
    });
    let grant = grant.ok_or_else(|| {
        let message = "The provided grant has expired due to it being revoked, or is not valid.";
        LoginError::new("invalid_grant", 50_173, message)
    })?;
    let principal = grant.principal.clone();
    let asked = if version == Version::V1 { "resource" } else { "scope" };
    let mut resource = match form.field(asked) {
        Some(_) => Resource::read(form, version, world)?,
        None => Resource::of(&grant.audience, world)?,
    };
    resource.offline = true;
    Ok((principal, resource))
}

/// Fails for a different tenant. A user may sign in without naming one.
pub(super) fn check_tenant(tenant: &str, user: bool, world: &World) -> Result<(), LoginError> {
    let own = &world.tenant;
    let known = own.id.eq_ignore_ascii_case(tenant)
        || own.domains.iter().any(|domain| domain.eq_ignore_ascii_case(tenant))
        || (user && matches!(tenant, "common" | "organizations"));
    if known {
        return Ok(());
    }
    let message = format!(
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are \
         signing into the correct cloud."
    );
    Err(LoginError::new("invalid_request", 90_002, message))
}

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
