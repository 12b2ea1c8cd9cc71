//! The paths of the login host.

use crate::config::Endpoint;
use crate::text::percent_decode;

/// The route of a call to the login host.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    AppService,
    DeviceCode { tenant: String, version: Version },
    Imds,
    Instance,
    Keys,
    OpenId { tenant: String, version: Version },
    Token { tenant: String, version: Version },
    Unknown,
}

/// The v1 endpoint expects a resource, the v2 endpoint scopes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    V1,
    V2,
}

impl Route {
    /// `None` for a path that cannot be decoded.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let path = percent_decode(path)?.to_ascii_lowercase();
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let at = |tenant: &str| tenant.to_owned();
        Some(match segments.as_slice() {
            ["metadata", "identity", "oauth2", "token"] => Self::Imds,
            ["msi", "token"] => Self::AppService,
            [_, "discovery", "instance"] => Self::Instance,
            [tenant, "oauth2", "token"] => Self::Token { tenant: at(tenant), version: Version::V1 },
            [tenant, "oauth2", "v2.0", "token"] => {
                Self::Token { tenant: at(tenant), version: Version::V2 }
            }
            [tenant, "oauth2", "devicecode"] => {
                Self::DeviceCode { tenant: at(tenant), version: Version::V1 }
            }
            [tenant, "oauth2", "v2.0", "devicecode"] => {
                Self::DeviceCode { tenant: at(tenant), version: Version::V2 }
            }
            [tenant, ".well-known", "openid-configuration"] => {
                Self::OpenId { tenant: at(tenant), version: Version::V1 }
            }
            [tenant, "v2.0", ".well-known", "openid-configuration"] => {
                Self::OpenId { tenant: at(tenant), version: Version::V2 }
            }
            [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"] => Self::Keys,
            _ => Self::Unknown,
        })
    }

    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::AppService | Self::Imds => Some(Endpoint::Identity),
            Self::DeviceCode { .. } => Some(Endpoint::DeviceCode),
            Self::Instance | Self::Keys | Self::OpenId { .. } => Some(Endpoint::Discovery),
            Self::Token { .. } => Some(Endpoint::Token),
            Self::Unknown => None,
        }
    }
}
