//! On-behalf-of: exchanges a user's token for the caller's app for one for the API (Microsoft
//! Learn, "Microsoft identity platform and OAuth 2.0 On-Behalf-Of flow").

use super::client::{Client, user};
use super::error::LoginError;
use super::resource::Resource;
use super::route::Version;
use super::token::Form;
use crate::exchange::Call;
use crate::world::{Principal, World};

pub(super) fn redeem(
    call: &Call<'_>,
    form: &Form,
    version: Version,
    world: &World,
) -> Result<(Principal, Resource), LoginError> {
    let client = Client::authenticate(call, form, world)?;
    if form.required("requested_token_use")? != "on_behalf_of" {
        let message = "The requested_token_use must be 'on_behalf_of'.";
        return Err(LoginError::new("invalid_request", 90_100, message));
    }
    let assertion = form.required("assertion")?;
    let refused = |number, message| Err(LoginError::new("invalid_grant", number, message));
    let Some(grant) = world.tokens.access(assertion) else {
        return refused(50_013, "Assertion failed signature validation.");
    };
    if grant.expires <= call.now {
        return refused(500_133, "Assertion is not within its valid time range.");
    }
    let client_id = &client.app.client_id;
    if grant.audience != *client_id && grant.audience != format!("api://{client_id}") {
        return refused(50_013, "Assertion audience does not match the client app presenting it.");
    }
    let Some((upn, id)) = &grant.principal.user else {
        return refused(50_013, "Assertion is not of a user.");
    };
    Ok((user(&client.app, upn, id), Resource::read(form, version, world)?))
}
