//! Client authentication.

use super::assertion;
use super::error::LoginError;
use super::token::Form;
use crate::config::App;
use crate::exchange::Call;
use crate::world::{Principal, World};

/// An authenticated app.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) app: App,
}

impl Client {
    /// Authenticates an app by secret, by certificate or by an external token.
    pub(super) fn authenticate(
        call: &Call<'_>,
        form: &Form,
        world: &World,
    ) -> Result<Self, LoginError> {
        let app = named(form.required("client_id")?, world)?.clone();
        if let Some(kind) = form.field("client_assertion_type") {
            if kind != ASSERTION {
                let message = "The client assertion type is not supported.";
                return Err(LoginError::new("invalid_request", 50_027, message));
            }
            assertion::check(call, form.required("client_assertion")?, &app, world)?;
        } else if let Some(secret) = form.field("client_secret") {
            if !app.secrets.iter().any(|known| known == secret) {
                let message = format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request \
                     is the client secret value, not the client secret ID, for a secret added to \
                     app '{}'.",
                    app.client_id
                );
                return Err(LoginError::client(7_000_215, message));
            }
        } else {
            let message = "The request body must contain the following parameter: \
                           'client_assertion' or 'client_secret'.";
            return Err(LoginError::client(7_000_218, message));
        }
        Ok(Self { app })
    }

    /// The app as the caller, without a user.
    pub(super) fn itself(&self) -> Principal {
        Principal {
            client_id: self.app.client_id.clone(),
            app_name: self.app.name.clone(),
            user: None,
            permissions: self.app.roles.clone(),
        }
    }
}

/// The app with this client id.
pub(super) fn named<'a>(client_id: &str, world: &'a World) -> Result<&'a App, LoginError> {
    let apps = &world.tenant.apps;
    apps.iter().find(|app| app.client_id.eq_ignore_ascii_case(client_id)).ok_or_else(|| {
        let message = format!(
            "Application with identifier '{client_id}' was not found in the directory '{}'.",
            world.tenant.id
        );
        LoginError::new("unauthorized_client", 700_016, message)
    })
}

/// A user as the caller, through an app.
pub(super) fn user(app: &App, upn: &str, id: &str) -> Principal {
    Principal {
        client_id: app.client_id.clone(),
        app_name: app.name.clone(),
        user: Some((upn.to_owned(), id.to_owned())),
        permissions: app.scopes.clone(),
    }
}

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
