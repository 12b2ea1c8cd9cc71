//! Authentication and permissions of API calls.

use super::Refusal;
use crate::config::{ActionsPermission, Endpoint, Options};
use crate::exchange::Call;
use crate::world::{Principal, World};

/// The caller, if the token was issued here, is still valid, and is for this API.
///
/// A token for another audience gets a 403 (Microsoft Learn, "Create an app with partner access").
pub(super) fn authenticate(call: &Call<'_>, world: &World) -> Result<Principal, Refusal> {
    let refused = |message| Refusal::new(401, "Unauthorized", message);
    let token =
        call.inbound.bearer().ok_or_else(|| refused("The authorization token is missing"))?;
    let grant = world
        .tokens
        .access(token)
        .ok_or_else(|| refused("Invalid or expired authorization token"))?;
    if grant.expires <= call.now {
        return Err(refused("Invalid or expired authorization token"));
    }
    if !takes(&world.tenant.audiences, &grant.audience) {
        let message =
            format!("The token is for the audience `{}`, not for this API", grant.audience);
        return Err(Refusal::new(403, "Forbidden", message));
    }
    Ok(grant.principal.clone())
}

/// Fails if the caller has none of the permissions that the endpoint requires.
pub(super) fn permit(
    caller: &Principal,
    endpoint: Endpoint,
    options: &Options,
) -> Result<(), Refusal> {
    let (kind, any_of) = match caller.user {
        None => ("application", application(endpoint, options)),
        Some(_) => ("delegated", delegated(endpoint)),
    };
    if any_of.iter().any(|&need| caller.permissions.iter().any(|have| have == need)) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "Forbidden",
        format!(
            "The application does not have any of the required {kind} permissions ({}) to access \
             the resource.",
            any_of.join(", ")
        ),
    ))
}

fn application(endpoint: Endpoint, options: &Options) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Collect => &["Machine.CollectForensics"],
        Endpoint::Cancel => ANY_RESPONSE,
        Endpoint::GetAction | Endpoint::Link | Endpoint::ListActions
            if options.actions_permission == ActionsPermission::ReadWrite =>
        {
            &["Machine.ReadWrite.All"]
        }
        _ => &["Machine.Read.All", "Machine.ReadWrite.All"],
    }
}

fn delegated(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Collect | Endpoint::Link => &["Machine.CollectForensics"],
        Endpoint::Cancel => ANY_RESPONSE,
        _ => &["Machine.Read", "Machine.ReadWrite"],
    }
}

/// Whether the API accepts tokens for an audience.
fn takes(more: &[String], audience: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    AUDIENCES.contains(&audience) || more.iter().any(|more| more.trim_end_matches('/') == audience)
}

const ANY_RESPONSE: &[&str] = &[
    "Machine.CollectForensics",
    "Machine.Isolate",
    "Machine.RestrictExecution",
    "Machine.Scan",
    "Machine.Offboard",
    "Machine.StopAndQuarantine",
    "Machine.LiveResponse",
];

/// The legacy resource, which the documentation recommends, with its aliases, and the resources of
/// the government clouds. `https://api.security.microsoft.com` is not one of them.
pub(crate) const AUDIENCES: &[&str] = &[
    "https://api.securitycenter.microsoft.com",
    "https://api.securitycenter.windows.com",
    "https://api-us.securitycenter.microsoft.com",
    "https://api-eu.securitycenter.microsoft.com",
    "https://api-uk.securitycenter.microsoft.com",
    "https://api-gcc.securitycenter.microsoft.us",
    "https://api-gov.securitycenter.microsoft.us",
    "https://securitycenter.onmicrosoft.com/windowsatpservice",
    "https://securitycenter.onmicrosoft.us/windowsatpservice",
    "fc780465-2017-40d4-a0c5-307022471b92",
];
