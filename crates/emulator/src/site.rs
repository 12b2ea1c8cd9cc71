//! The three origins, and the route of a request to one of them.

use crate::api;
use crate::config::Endpoint;
use crate::login;
use crate::world::World;

/// The service's three origins.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Site {
    /// The API.
    Api,
    /// The host of the download links.
    Download,
    /// The login host.
    Login,
}

/// What a request is about.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Api(api::Route),
    Download,
    Login(login::Route),
}

impl Route {
    /// Nothing for a path that cannot be read.
    pub(crate) fn parse(site: Site, path: &str) -> Option<Self> {
        Some(match site {
            Site::Api => Self::Api(api::Route::parse(path)?),
            Site::Download => Self::Download,
            Site::Login => Self::Login(login::Route::parse(path)?),
        })
    }

    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Api(route) => route.endpoint(),
            Self::Download => Some(Endpoint::Download),
            Self::Login(route) => route.endpoint(),
        }
    }

    /// The id of the device that it is about, if it is about one.
    pub(crate) fn device(&self, query: Option<&str>, world: &World) -> Option<String> {
        match self {
            Self::Api(route) => route.device(query, world),
            Self::Download => world.links.machine(&world.as_issued(query.unwrap_or_default())),
            Self::Login(_) => None,
        }
    }
}
