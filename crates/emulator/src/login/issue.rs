//! Issues tokens.

use serde_json::{Value, json};

use super::jwt;
use super::resource::Resource;
use super::route::Version;
use crate::exchange::Call;
use crate::text::seconds;
use crate::world::{Grant, Principal, World};
use time::OffsetDateTime;

/// A request for an access token.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) principal: &'a Principal,
    pub(super) resource: &'a Resource,
    pub(super) version: Version,
}

/// The response of the token endpoint: an access token, and for a user the other tokens requested.
pub(super) fn token_answer(call: &Call<'_>, wanted: &Wanted<'_>, world: &mut World) -> Value {
    let lifetime = world.options.token_lifetime;
    let resource = wanted.resource;
    let token = access_token(
        wanted.principal,
        &resource.audience,
        f64::from(lifetime),
        (call.now, &call.shared.origins().login),
        world,
    );
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": token,
    });
    let Some(fields) = body.as_object_mut() else { return body };
    if wanted.version == Version::V1 {
        // The v1 endpoint writes numbers as strings.
        let now = call.now.unix_timestamp();
        for (name, value) in [
            ("expires_in", lifetime.to_string()),
            ("ext_expires_in", lifetime.to_string()),
            ("expires_on", (now + i64::from(lifetime)).to_string()),
            ("not_before", now.to_string()),
            ("resource", resource.audience.clone()),
        ] {
            fields.insert(name.to_owned(), value.into());
        }
    }
    if wanted.principal.user.is_some() {
        let scopes = wanted.principal.permissions.iter();
        let scopes: Vec<_> = scopes.map(|scope| format!("{}/{scope}", resource.audience)).collect();
        fields.insert("scope".to_owned(), scopes.join(" ").into());
        if resource.openid {
            fields.insert("id_token".to_owned(), id_token(call, wanted.principal, world).into());
            fields.insert("client_info".to_owned(), client_info(wanted.principal, world).into());
        }
        if resource.offline {
            let grant = Grant {
                principal: wanted.principal.clone(),
                audience: resource.audience.clone(),
                expires: call.now.saturating_add(seconds(90.0 * 86_400.0)),
            };
            let refresh = world.tokens.add_refresh(grant);
            fields.insert("refresh_token".to_owned(), refresh.into());
        }
    }
    body
}

/// Issues an access token with a lifetime in seconds. The API accepts it from now on.
pub(crate) fn access_token(
    principal: &Principal,
    audience: &str,
    lifetime: f64,
    (now, login): (OffsetDateTime, &str),
    world: &mut World,
) -> String {
    let expires = now.saturating_add(seconds(lifetime));
    let tenant = &world.tenant.id;
    let mut claims = json!({
        "aud": audience,
        "iss": format!("{login}/{tenant}/"),
        "iat": now.unix_timestamp(),
        "nbf": now.unix_timestamp(),
        "exp": expires.unix_timestamp(),
        "appid": principal.client_id,
        "app_displayname": principal.app_name,
        "tid": tenant,
        "uti": world.tokens.random.hex(22),
        "ver": "1.0",
    });
    if let Some(fields) = claims.as_object_mut() {
        match &principal.user {
            None => {
                fields.insert("idtyp".to_owned(), "app".into());
                // Without a permission the claim is missing, and a token is issued all the same.
                if !principal.permissions.is_empty() {
                    fields.insert("roles".to_owned(), principal.permissions.clone().into());
                }
            }
            Some((name, id)) => {
                fields.insert("idtyp".to_owned(), "user".into());
                fields.insert("scp".to_owned(), principal.permissions.join(" ").into());
                fields.insert("upn".to_owned(), name.clone().into());
                fields.insert("oid".to_owned(), id.clone().into());
            }
        }
    }
    let token = jwt::encode(&claims, &world.tokens.random.bytes(256));
    let grant = Grant { principal: principal.clone(), audience: audience.to_owned(), expires };
    world.tokens.add_access(&token, grant);
    token
}

fn id_token(call: &Call<'_>, principal: &Principal, world: &mut World) -> String {
    let (name, id) = principal.user.clone().unwrap_or_default();
    let now = call.now.unix_timestamp();
    let tenant = &world.tenant.id;
    let claims = json!({
        "aud": principal.client_id,
        "iss": format!("{}/{tenant}/v2.0", call.shared.origins().login),
        "iat": now,
        "nbf": now,
        "exp": now + 3_600,
        "name": name,
        "preferred_username": name,
        "oid": id,
        "sub": id,
        "tid": tenant,
        "ver": "2.0",
    });
    jwt::encode(&claims, &world.tokens.random.bytes(256))
}

/// The `client_info` by which MSAL identifies the account.
fn client_info(principal: &Principal, world: &World) -> String {
    use base64::Engine as _;
    let (_, id) = principal.user.clone().unwrap_or_default();
    let info = json!({"uid": id, "utid": world.tenant.id});
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(info.to_string())
}
