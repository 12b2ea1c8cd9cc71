//! Managed identity: of a virtual machine and of an App Service (Microsoft Learn, "How to use
//! managed identities … to acquire an access token" and "… for App Service").

use http::StatusCode;
use serde_json::json;

use super::issue::access_token;
use super::resource::Resource;
use super::secret;
use crate::answer::Answer;
use crate::exchange::Call;
use crate::world::{Principal, World};

/// `GET /metadata/identity/oauth2/token`
pub(super) fn imds(call: &Call<'_>, world: &mut World) -> Answer {
    let header = call.inbound.header("metadata").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    if !header || call.inbound.headers.contains_key("x-forwarded-for") {
        return refused("invalid_request", "Required metadata header not specified");
    }
    match issue(call, world, &["2018-02-01"], &["client_id", "object_id", "msi_res_id"]) {
        Ok(Issued { token, client_id, resource, lifetime, expires_on }) => secret(&json!({
            "access_token": token,
            "client_id": client_id,
            "expires_in": lifetime.to_string(),
            "expires_on": expires_on,
            "ext_expires_in": lifetime.to_string(),
            "not_before": call.now.unix_timestamp().to_string(),
            "resource": resource,
            "token_type": "Bearer",
        })),
        Err(message) => refused("invalid_request", &message),
    }
}

/// `GET /msi/token`, the address in `IDENTITY_ENDPOINT`.
pub(super) fn app_service(call: &Call<'_>, world: &mut World) -> Answer {
    let expected = &world.tenant.managed_identity.identity_header;
    if call.inbound.header("x-identity-header") != Some(expected.as_str()) {
        let error = json!({"statusCode": 401, "message": "The X-IDENTITY-HEADER is not valid."});
        return Answer::json(StatusCode::UNAUTHORIZED, &error);
    }
    match issue(call, world, &["2019-08-01"], &["client_id", "principal_id", "mi_res_id"]) {
        // It says when the token ends, and not for how long it is good.
        Ok(Issued { token, client_id, resource, expires_on, .. }) => secret(&json!({
            "access_token": token,
            "client_id": client_id,
            "expires_on": expires_on,
            "resource": resource,
            "token_type": "Bearer",
        })),
        Err(message) => {
            Answer::json(StatusCode::BAD_REQUEST, &json!({"statusCode": 400, "message": message}))
        }
    }
}

/// A token for the identity in the response's form: all values are strings.
struct Issued {
    token: String,
    client_id: String,
    resource: String,
    lifetime: u32,
    expires_on: String,
}

/// A token for the identity, or why there is none.
fn issue(
    call: &Call<'_>,
    world: &mut World,
    versions: &[&str],
    [client, object, resource_id]: &[&str; 3],
) -> Result<Issued, String> {
    let pairs = call.inbound.query_pairs().ok_or("The query cannot be read")?;
    let value = |wanted: &str| {
        let found = pairs.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    if !value("api-version").is_some_and(|version| versions.contains(&version)) {
        return Err("The api-version is missing or not supported".to_owned());
    }
    let audience = value("resource").ok_or("The resource parameter is required")?;
    let resource = Resource::of(audience, world)
        .map_err(|_| format!("The resource principal named {audience} was not found"))?;
    let identity = world.tenant.managed_identity.clone();
    for (name, own) in [
        (client, &identity.client_id),
        (object, &identity.object_id),
        (resource_id, &identity.resource_id),
    ] {
        if value(name).is_some_and(|wanted| !wanted.eq_ignore_ascii_case(own)) {
            return Err("Identity not found".to_owned());
        }
    }
    let principal = Principal {
        client_id: identity.client_id,
        app_name: "managed identity".to_owned(),
        user: None,
        permissions: identity.roles,
    };
    let lifetime = world.options.token_lifetime;
    let login = &call.shared.origins().login;
    let token =
        access_token(&principal, &resource.audience, f64::from(lifetime), (call.now, login), world);
    let expires_on = call.now.unix_timestamp() + i64::from(lifetime);
    Ok(Issued {
        token,
        client_id: principal.client_id,
        resource: resource.audience,
        lifetime,
        expires_on: expires_on.to_string(),
    })
}

fn refused(error: &str, message: &str) -> Answer {
    let body = json!({"error": error, "error_description": message});
    Answer::json(StatusCode::BAD_REQUEST, &body)
}
