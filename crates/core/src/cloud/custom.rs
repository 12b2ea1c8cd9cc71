use crate::base_url::BaseUrl;
use crate::cloud::Cloud;
use crate::error::{Code, Error};

/// A cloud whose hosts or audience the caller names: a gateway, an emulator, a government tenant with another
/// audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomCloud {
    api: BaseUrl,
    login: BaseUrl,
    scope: String,
    portal: Option<String>,
}

impl CustomCloud {
    /// A custom cloud that is still the same as `cloud`.
    #[must_use]
    pub fn of(cloud: &Cloud) -> Self {
        Self {
            api: cloud.api(),
            login: cloud.login(),
            scope: cloud.scope().to_owned(),
            portal: cloud.portal().map(str::to_owned),
        }
    }

    /// Replaces where the API is.
    #[must_use]
    pub fn with_api(mut self, api: BaseUrl) -> Self {
        self.api = api;
        self
    }

    /// Replaces where tokens are issued.
    #[must_use]
    pub fn with_login(mut self, login: BaseUrl) -> Self {
        self.login = login;
        self
    }

    /// Replaces what tokens are asked for; a trailing `/.default` is left out first. A resource is an identifier and
    /// never called.
    ///
    /// Fails with [`Code::InvalidOption`] if it is empty or holds blanks or control characters.
    pub fn with_resource(mut self, resource: &str) -> Result<Self, Error> {
        let resource = resource.trim();
        let resource = resource.strip_suffix("/.default").unwrap_or(resource);
        if resource.is_empty() || !resource.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(Code::InvalidOption, "the resource is empty or holds blanks"));
        }
        self.scope = format!("{resource}/.default");
        Ok(self)
    }

    /// Replaces where a person looks at devices and actions.
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
    /// The same cloud with the API or its tokens at other hosts, or tokens for another resource; where nothing is said it is
    /// as it was.
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
