use crate::base_url::BaseUrl;
use crate::cloud::Cloud;
use crate::error::{Code, Error};

/// A cloud with hosts or an audience chosen by the caller: a gateway, an emulator, or a government
/// tenant with another audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomCloud {
    api: BaseUrl,
    login: BaseUrl,
    scope: String,
    portal: Option<String>,
}

impl CustomCloud {
    /// Creates a custom cloud with the values of `cloud`.
    #[must_use]
    pub fn of(cloud: &Cloud) -> Self {
        Self {
            api: cloud.api(),
            login: cloud.login(),
            scope: cloud.scope().to_owned(),
            portal: cloud.portal().map(str::to_owned),
        }
    }

    /// Replaces the API's base URL.
    #[must_use]
    pub fn with_api(mut self, api: BaseUrl) -> Self {
        self.api = api;
        self
    }

    /// Replaces the login service's base URL.
    #[must_use]
    pub fn with_login(mut self, login: BaseUrl) -> Self {
        self.login = login;
        self
    }

    /// Replaces the resource of tokens; a trailing `/.default` is removed first. A resource is an
    /// identifier and is never called.
    ///
    /// Fails with [`Code::InvalidOption`] if it is empty or contains anything but visible ASCII
    /// characters.
    pub fn with_resource(mut self, resource: &str) -> Result<Self, Error> {
        let resource = resource.trim();
        let resource = resource.strip_suffix("/.default").unwrap_or(resource);
        if resource.is_empty() || !resource.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(Code::InvalidOption, "the resource is empty or holds blanks"));
        }
        self.scope = format!("{resource}/.default");
        Ok(self)
    }

    /// Replaces the portal.
    #[must_use]
    pub fn with_portal(mut self, portal: Option<String>) -> Self {
        self.portal = portal;
        self
    }

    pub(super) fn api(&self) -> &BaseUrl {
        &self.api
    }

    pub(super) fn login(&self) -> &BaseUrl {
        &self.login
    }

    pub(super) fn scope(&self) -> &str {
        &self.scope
    }

    pub(super) fn portal(&self) -> Option<&str> {
        self.portal.as_deref()
    }
}

impl Cloud {
    /// Returns this cloud with another API host, login host or token resource; `None` keeps the
    /// current value.
    ///
    /// Fails as [`CustomCloud::with_resource`] does.
    pub fn customized(
        self,
        api: Option<BaseUrl>,
        login: Option<BaseUrl>,
        resource: Option<&str>,
    ) -> Result<Self, Error> {
        if api.is_none() && login.is_none() && resource.is_none() {
            return Ok(self);
        }
        let mut custom = CustomCloud::of(&self);
        custom.api = api.unwrap_or(custom.api);
        custom.login = login.unwrap_or(custom.login);
        Ok(match resource {
            Some(resource) => custom.with_resource(resource)?.into(),
            None => custom.into(),
        })
    }
}

impl From<CustomCloud> for Cloud {
    fn from(custom: CustomCloud) -> Self {
        Self::Custom(Box::new(custom))
    }
}
