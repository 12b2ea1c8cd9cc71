use std::fmt;
use std::str::FromStr;

use crate::base_url::BaseUrl;
use crate::error::{Code, Error};

pub use self::custom::CustomCloud;

mod custom;

/// The scope of commercial tokens, for the legacy resource. Microsoft recommends it for every host
/// ("Access Microsoft Defender for Endpoint with application context", 2026-07).
const COMMERCIAL_SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";
/// Seen in clients. Microsoft's page names the cloud's host but no audience.
const GCC_SCOPE: &str = "https://api-gcc.securitycenter.microsoft.us/.default";
/// As [`GCC_SCOPE`], for GCC High and `DoD`.
const GOV_SCOPE: &str = "https://api-gov.securitycenter.microsoft.us/.default";

/// A cloud or one of its regional hosts: the API host, the login host, and the scope of tokens.
///
/// Sources: Microsoft's pages "Supported APIs" (`exposed-apis-list`) and "Defender for Endpoint for
/// US Government customers" (`gov`). The legacy hosts are from older versions of these pages and
/// from clients in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cloud {
    /// The commercial cloud.
    #[default]
    Commercial,
    /// The commercial cloud by its host until 2025, `api.securitycenter.microsoft.com`.
    CommercialLegacy,
    /// The commercial cloud by its oldest host, `api.securitycenter.windows.com`.
    CommercialOldest,
    /// Hosts chosen by the caller.
    Custom(Box<CustomCloud>),
    /// The United States Department of Defense.
    Dod,
    /// The United States Government Community Cloud (GCC).
    Gcc,
    /// The United States Government Community Cloud High (GCC High).
    GccHigh,
    /// A region of the commercial cloud.
    Geo(Geo),
    /// A region by its host `api-….securitycenter.microsoft.com`.
    GeoLegacy(GeoLegacy),
    /// A region by its host `api-….security.microsoft.com`.
    GeoXdr(GeoLegacy),
}

/// A region with its own host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Geo {
    /// `aea`, probably the United Arab Emirates.
    Aea,
    /// Australia.
    Au,
    /// Europe.
    Eu,
    /// `ina`, probably India.
    Ina,
    /// `swa`, probably Switzerland.
    Swa,
    /// The United Kingdom.
    Uk,
    /// The United States.
    Us,
}

/// A region that had its own host before all regions did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeoLegacy {
    /// Europe.
    Eu,
    /// The United Kingdom.
    Uk,
    /// The United States.
    Us,
}

impl Cloud {
    /// Every cloud except custom ones.
    pub const ALL: &'static [Self] = &[
        Self::Commercial,
        Self::CommercialLegacy,
        Self::CommercialOldest,
        Self::Geo(Geo::Us),
        Self::Geo(Geo::Eu),
        Self::Geo(Geo::Uk),
        Self::Geo(Geo::Au),
        Self::Geo(Geo::Swa),
        Self::Geo(Geo::Ina),
        Self::Geo(Geo::Aea),
        Self::GeoLegacy(GeoLegacy::Us),
        Self::GeoLegacy(GeoLegacy::Eu),
        Self::GeoLegacy(GeoLegacy::Uk),
        Self::GeoXdr(GeoLegacy::Us),
        Self::GeoXdr(GeoLegacy::Eu),
        Self::GeoXdr(GeoLegacy::Uk),
        Self::Gcc,
        Self::GccHigh,
        Self::Dod,
    ];

    /// The stable name, such as `commercial`, `eu`, `eu-legacy` or `gcc-high`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::CommercialLegacy => "commercial-legacy",
            Self::CommercialOldest => "commercial-oldest",
            Self::Custom(_) => "custom",
            Self::Dod => "dod",
            Self::Gcc => "gcc",
            Self::GccHigh => "gcc-high",
            Self::Geo(Geo::Aea) => "aea",
            Self::Geo(Geo::Au) => "au",
            Self::Geo(Geo::Eu) => "eu",
            Self::Geo(Geo::Ina) => "ina",
            Self::Geo(Geo::Swa) => "swa",
            Self::Geo(Geo::Uk) => "uk",
            Self::Geo(Geo::Us) => "us",
            Self::GeoLegacy(GeoLegacy::Eu) => "eu-legacy",
            Self::GeoLegacy(GeoLegacy::Uk) => "uk-legacy",
            Self::GeoLegacy(GeoLegacy::Us) => "us-legacy",
            Self::GeoXdr(GeoLegacy::Eu) => "eu-xdr",
            Self::GeoXdr(GeoLegacy::Uk) => "uk-xdr",
            Self::GeoXdr(GeoLegacy::Us) => "us-xdr",
        }
    }

    /// The API's base URL.
    #[must_use]
    pub fn api(&self) -> BaseUrl {
        match self {
            Self::Custom(custom) => custom.api().clone(),
            known => BaseUrl::https(known.api_host()),
        }
    }

    /// The login service's base URL.
    #[must_use]
    pub fn login(&self) -> BaseUrl {
        match self {
            Self::Custom(custom) => custom.login().clone(),
            Self::Dod | Self::GccHigh => BaseUrl::https("login.microsoftonline.us"),
            _ => BaseUrl::https("login.microsoftonline.com"),
        }
    }

    /// The `resource` of a v1 token request, which is also the token's audience.
    #[must_use]
    pub fn resource(&self) -> &str {
        let scope = self.scope();
        scope.strip_suffix("/.default").unwrap_or(scope)
    }

    /// The `scope` of a v2 token request: the resource followed by `/.default`.
    #[must_use]
    pub fn scope(&self) -> &str {
        match self {
            Self::Custom(custom) => custom.scope(),
            Self::Gcc => GCC_SCOPE,
            Self::Dod | Self::GccHigh => GOV_SCOPE,
            _ => COMMERCIAL_SCOPE,
        }
    }

    /// The portal that shows devices and actions; `None` if a custom cloud has none.
    #[must_use]
    pub fn portal(&self) -> Option<&str> {
        match self {
            Self::Custom(custom) => custom.portal(),
            Self::Dod => Some("https://security.apps.mil"),
            Self::GccHigh => Some("https://security.microsoft.us"),
            _ => Some("https://security.microsoft.com"),
        }
    }

    /// Whether `host` (no port, any case) serves this API in any cloud, so that a link to it is an
    /// alias.
    #[must_use]
    pub fn is_mde_host(host: &str) -> bool {
        Self::ALL.iter().any(|cloud| cloud.api_host().eq_ignore_ascii_case(host))
    }

    fn api_host(&self) -> &str {
        match self {
            Self::Commercial => "api.security.microsoft.com",
            Self::CommercialLegacy => "api.securitycenter.microsoft.com",
            Self::CommercialOldest => "api.securitycenter.windows.com",
            Self::Custom(custom) => custom.api().host(),
            Self::Dod | Self::GccHigh => "api-gov.securitycenter.microsoft.us",
            Self::Gcc => "api-gcc.securitycenter.microsoft.us",
            Self::Geo(Geo::Aea) => "aea.api.security.microsoft.com",
            Self::Geo(Geo::Au) => "au.api.security.microsoft.com",
            Self::Geo(Geo::Eu) => "eu.api.security.microsoft.com",
            Self::Geo(Geo::Ina) => "ina.api.security.microsoft.com",
            Self::Geo(Geo::Swa) => "swa.api.security.microsoft.com",
            Self::Geo(Geo::Uk) => "uk.api.security.microsoft.com",
            Self::Geo(Geo::Us) => "us.api.security.microsoft.com",
            Self::GeoLegacy(GeoLegacy::Eu) => "api-eu.securitycenter.microsoft.com",
            Self::GeoLegacy(GeoLegacy::Uk) => "api-uk.securitycenter.microsoft.com",
            Self::GeoLegacy(GeoLegacy::Us) => "api-us.securitycenter.microsoft.com",
            Self::GeoXdr(GeoLegacy::Eu) => "api-eu.security.microsoft.com",
            Self::GeoXdr(GeoLegacy::Uk) => "api-uk.security.microsoft.com",
            Self::GeoXdr(GeoLegacy::Us) => "api-us.security.microsoft.com",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Cloud {
    type Err = Error;

    /// Parses a [name](Self::name), ignoring case; `gcchigh` and `gcc_high` are accepted too. Fails
    /// with [`Code::InvalidOption`] for any other name, including `custom`.
    fn from_str(name: &str) -> Result<Self, Error> {
        let wanted = match name.trim().to_ascii_lowercase().replace('_', "-") {
            joined if joined == "gcchigh" => "gcc-high".to_owned(),
            wanted => wanted,
        };
        Self::ALL.iter().find(|cloud| cloud.name() == wanted).cloned().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(Self::name).collect();
            let shown: String = name.chars().take(64).collect();
            Error::new(Code::InvalidOption, format!("there is no cloud `{shown}`"))
                .with_hint(format!("the clouds are {}", names.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_hosts_are_known() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.name().to_uppercase().parse::<Cloud>().unwrap(), *cloud);
            assert!(Cloud::is_mde_host(cloud.api().host()));
            assert_eq!(BaseUrl::parse(cloud.api().as_str()).unwrap(), cloud.api());
            assert_eq!(BaseUrl::parse(cloud.login().as_str()).unwrap(), cloud.login());
        }
        assert_eq!("GccHigh".parse::<Cloud>().unwrap(), Cloud::GccHigh);
        for name in ["", "custom", "china"] {
            assert_eq!(name.parse::<Cloud>().unwrap_err().code(), Code::InvalidOption);
        }
        for host in [
            "evil.api.security.microsoft.com",
            "api.security.microsoft.com.evil.example",
            "security.microsoft.com",
        ] {
            assert!(!Cloud::is_mde_host(host), "{host}");
        }
    }

    #[test]
    fn what_is_not_said_of_a_cloud_stays_as_it_was() {
        let login = BaseUrl::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!(Cloud::GccHigh.customized(None, None, None).unwrap(), Cloud::GccHigh);
        let elsewhere = Cloud::GccHigh.customized(None, Some(login.clone()), None).unwrap();
        assert_eq!((elsewhere.api(), elsewhere.login()), (Cloud::GccHigh.api(), login));
        assert_eq!(elsewhere.scope(), Cloud::GccHigh.scope());
        let other = Cloud::GccHigh.customized(None, None, Some("api://x")).unwrap();
        assert_eq!((other.api(), other.scope()), (Cloud::GccHigh.api(), "api://x/.default"));
        assert!(Cloud::GccHigh.customized(None, None, Some(" ")).is_err());
    }

    #[test]
    fn hosts_and_audience_can_be_replaced() {
        let api = BaseUrl::parse("http://127.0.0.1:8080").unwrap();
        let custom = CustomCloud::of(&Cloud::GccHigh).with_api(api.clone());
        let custom = custom
            .with_resource("https://securitycenter.onmicrosoft.us/windowsatpservice")
            .unwrap();
        let cloud = Cloud::from(custom);
        assert_eq!(cloud.api(), api);
        assert_eq!(cloud.login().host(), "login.microsoftonline.us");
        assert_eq!(cloud.resource(), "https://securitycenter.onmicrosoft.us/windowsatpservice");
        assert_eq!(
            cloud.scope(),
            "https://securitycenter.onmicrosoft.us/windowsatpservice/.default"
        );
        assert_eq!(cloud.portal(), Some("https://security.microsoft.us"));
        assert!(!Cloud::is_mde_host("127.0.0.1"));
    }
}
