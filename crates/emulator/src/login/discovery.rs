//! The discovery calls that libraries make before requesting a token (OpenID Connect Discovery
//! 1.0).

use http::StatusCode;
use serde_json::json;

use super::respond;
use super::route::Version;
use super::token::check_tenant;
use crate::answer::Answer;
use crate::exchange::Call;
use crate::world::World;

/// `GET /common/discovery/instance`: this host is an authority, and the only one of its cloud.
pub(super) fn instance(call: &Call<'_>) -> Answer {
    let login = &call.shared.origins().login;
    let host = login.split_once("://").map_or(login.as_str(), |(_, host)| host);
    Answer::json(
        StatusCode::OK,
        &json!({
            "tenant_discovery_endpoint":
                format!("{login}/common/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) fn openid(call: &Call<'_>, tenant: &str, version: Version, world: &World) -> Answer {
    let result = check_tenant(tenant, true, world).map(|()| {
        let login = &call.shared.origins().login;
        let base = format!("{login}/{tenant}");
        let (oauth, issuer, keys) = match version {
            Version::V1 => ("oauth2", format!("{login}/{}/", world.tenant.id), "discovery/keys"),
            Version::V2 => {
                ("oauth2/v2.0", format!("{login}/{}/v2.0", world.tenant.id), "discovery/v2.0/keys")
            }
        };
        Answer::json(
            StatusCode::OK,
            &json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{base}/{oauth}/authorize"),
                "token_endpoint": format!("{base}/{oauth}/token"),
                "device_authorization_endpoint": format!("{base}/{oauth}/devicecode"),
                "jwks_uri": format!("{base}/{keys}"),
                "token_endpoint_auth_methods_supported":
                    ["client_secret_post", "private_key_jwt"],
                "response_types_supported": ["code", "id_token"],
                "response_modes_supported": ["query", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "tenant_region_scope": "EU",
                "cloud_instance_name": "emulator",
            }),
        )
    });
    respond(call, result)
}

/// The keys that tokens are signed with. There are none, because the emulator's tokens are not
/// signed.
pub(super) fn keys() -> Answer {
    Answer::json(StatusCode::OK, &json!({"keys": []}))
}
