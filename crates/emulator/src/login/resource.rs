//! What a token is for: a resource at the v1 endpoint, scopes at the v2 endpoint.

use super::error::LoginError;
use super::route::Version;
use super::token::Form;
use crate::api::AUDIENCES;
use crate::world::World;

/// What a token is for.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) audience: String,
    /// A refresh token is wanted.
    pub(super) offline: bool,
    /// An id token is wanted.
    pub(super) openid: bool,
    /// `/.default` was asked for, and not single permissions.
    pub(super) default: bool,
}

impl Resource {
    /// Fails without a resource, and for one that the tenant does not know.
    pub(super) fn read(form: &Form, version: Version, world: &World) -> Result<Self, LoginError> {
        let resource = match version {
            Version::V1 => Self {
                audience: form.required("resource")?.to_owned(),
                offline: true,
                openid: true,
                default: true,
            },
            Version::V2 => Self::from_scopes(form.required("scope")?)?,
        };
        resource.check(world)
    }

    /// Fails for a resource that the tenant does not know.
    pub(super) fn of(audience: &str, world: &World) -> Result<Self, LoginError> {
        let audience = audience.to_owned();
        Self { audience, offline: false, openid: false, default: true }.check(world)
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
        let mut resource =
            Self { audience: String::new(), offline: false, openid: false, default: false };
        for scope in text.split_whitespace() {
            match scope {
                "offline_access" => resource.offline = true,
                "openid" | "profile" | "email" => resource.openid = true,
                scope => {
                    let (audience, permission) = scope.rsplit_once('/').ok_or_else(|| {
                        let message = format!("The provided scope '{scope}' is not valid.");
                        LoginError::new("invalid_scope", 70_011, message)
                    })?;
                    if !resource.audience.is_empty() && resource.audience != audience {
                        let message = "The scopes are of more than one resource.";
                        return Err(LoginError::new("invalid_scope", 28_000, message));
                    }
                    // One slash of `https://host//.default` belongs to the resource.
                    audience.clone_into(&mut resource.audience);
                    resource.default |= permission == ".default";
                }
            }
        }
        Ok(resource)
    }
}

/// Resources that every tenant has, and that the API does not take tokens for.
const OTHERS: &[&str] = &[
    "https://api.security.microsoft.com",
    "https://graph.microsoft.com",
    "https://management.azure.com",
    "https://management.core.windows.net",
];
