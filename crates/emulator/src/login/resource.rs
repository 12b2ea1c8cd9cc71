//! The resource of a token: a resource at the v1 endpoint, scopes at the v2 endpoint.

use super::error::LoginError;
use super::route::Version;
use super::token::Form;
use crate::api::AUDIENCES;
use crate::world::{Principal, World};

/// The resource of a token.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(super) audience: String,
    /// Whether a refresh token is requested.
    pub(super) offline: bool,
    /// Whether an id token is requested.
    pub(super) openid: bool,
    /// The requested permissions; `None` for `/.default`, which means all that were granted.
    pub(super) permissions: Option<Vec<String>>,
}

impl Resource {
    /// Fails if there is no resource, or one that is unknown in the tenant.
    pub(super) fn read(form: &Form, version: Version, world: &World) -> Result<Self, LoginError> {
        let resource = match version {
            Version::V1 => Self {
                audience: form.required("resource")?.to_owned(),
                offline: true,
                openid: true,
                permissions: None,
            },
            Version::V2 => Self::from_scopes(form.required("scope")?)?,
        };
        resource.check(world)
    }

    /// Fails if the resource is unknown in the tenant.
    pub(super) fn of(audience: &str, world: &World) -> Result<Self, LoginError> {
        let audience = audience.to_owned();
        Self { audience, offline: false, openid: false, permissions: None }.check(world)
    }

    fn check(self, world: &World) -> Result<Self, LoginError> {
        let known =
            |audience: &str| audience.trim_end_matches('/') == self.audience.trim_end_matches('/');
        let own = world.tenant.audiences.iter().any(|audience| known(audience));
        if own || AUDIENCES.iter().chain(OTHERS).any(|audience| known(audience)) {
            return Ok(self);
        }
        let message = format!(
            "The resource principal named {} was not found in the tenant named {}.",
            self.audience, world.tenant.id
        );
        Err(LoginError::new("invalid_resource", 500_011, message))
    }

    fn from_scopes(text: &str) -> Result<Self, LoginError> {
        let (mut audience, mut offline, mut openid) = (None, false, false);
        let mut permissions = Vec::new();
        for scope in text.split_whitespace() {
            match scope {
                "offline_access" => offline = true,
                "openid" | "profile" | "email" => openid = true,
                scope => {
                    // One slash of `https://host//.default` belongs to the resource.
                    let (of, permission) = scope.rsplit_once('/').ok_or_else(|| {
                        let message = format!("The provided scope '{scope}' is not valid.");
                        LoginError::new("invalid_scope", 70_011, message)
                    })?;
                    if *audience.get_or_insert(of) != of {
                        let message = "The scopes are of more than one resource.";
                        return Err(LoginError::new("invalid_scope", 28_000, message));
                    }
                    permissions.push(permission.to_owned());
                }
            }
        }
        let all = permissions.iter().any(|permission| permission == ".default");
        Ok(Self {
            audience: audience.unwrap_or_default().to_owned(),
            offline,
            openid,
            permissions: (!all).then_some(permissions),
        })
    }

    /// Limits a user's permissions to those requested. Fails for one that was not granted.
    pub(super) fn narrow(&self, principal: &mut Principal) -> Result<(), LoginError> {
        let Some(asked) = &self.permissions else { return Ok(()) };
        if let Some(denied) = asked.iter().find(|it| !principal.permissions.contains(it)) {
            let message = format!(
                "The user or administrator has not consented to use the application with the \
                 permission '{denied}'."
            );
            return Err(LoginError::new("invalid_grant", 65_001, message));
        }
        principal.permissions.clone_from(asked);
        Ok(())
    }
}

/// Resources that every tenant has, but whose tokens the API does not accept.
const OTHERS: &[&str] = &[
    "https://api.security.microsoft.com",
    "https://graph.microsoft.com",
    "https://management.azure.com",
    "https://management.core.windows.net",
];
