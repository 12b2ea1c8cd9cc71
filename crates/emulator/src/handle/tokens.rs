//! Control of tokens.

use serde::Deserialize;

use super::Handle;
use crate::Error;
use crate::login::access_token;
use crate::world::Principal;

/// An access token to issue without a sign-in flow.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The app's client id; absent means the first app.
    pub client_id: Option<String>,
    /// The user principal name, for a user's token.
    pub user: Option<String>,
    /// The permissions; absent means those of the app.
    pub permissions: Option<Vec<String>>,
    /// The audience; absent means the API. With an app's id the token can be used as an
    /// on-behalf-of assertion.
    pub audience: Option<String>,
    /// The lifetime in seconds, which may be negative; absent means the configured one.
    pub lifetime: Option<f64>,
}

impl Handle {
    /// Issues an access token without a sign-in flow. Fails with [`Error::Missing`] for an unknown
    /// app or user.
    pub fn issue_token(&self, request: &TokenRequest) -> Result<String, Error> {
        let now = self.now();
        let mut world = self.shared.world();
        let wanted = request.client_id.as_deref();
        let mut apps = world.tenant.apps.iter();
        let app = apps.find(|app| wanted.is_none_or(|id| app.client_id == id)).cloned();
        let app = app.ok_or_else(|| Error::Missing("there is no such app".to_owned()))?;
        let user = match &request.user {
            None => None,
            Some(upn) => {
                let user = world.tenant.users.iter().find(|user| user.upn == *upn);
                let user =
                    user.ok_or_else(|| Error::Missing(format!("there is no user `{upn}`")))?;
                Some((user.upn.clone(), user.id.clone()))
            }
        };
        let own = if user.is_some() { &app.scopes } else { &app.roles };
        let principal = Principal {
            client_id: app.client_id.clone(),
            app_name: app.name.clone(),
            permissions: request.permissions.clone().unwrap_or_else(|| own.clone()),
            user,
        };
        let audience =
            request.audience.as_deref().unwrap_or("https://api.securitycenter.microsoft.com");
        let lifetime = request.lifetime.unwrap_or_else(|| f64::from(world.options.token_lifetime));
        let login = &self.shared.origins().login;
        Ok(access_token(&principal, audience, lifetime, (now, login), &mut world))
    }

    /// Revokes all tokens, and returns how many access tokens there were.
    #[expect(clippy::must_use_candidate, reason = "the number is beside the point")]
    pub fn revoke_tokens(&self) -> usize {
        self.shared.world().tokens.revoke_all()
    }
}
