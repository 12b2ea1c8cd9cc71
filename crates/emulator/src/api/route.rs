//! The paths of the API. They are case-insensitive and may have a version.

use http::Method;

use crate::config::Endpoint;
use crate::text::percent_decode;
use crate::world::World;

/// The route of a call to the API.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// `/api/` or `/api/v1.0/`, as the caller wrote it.
    pub(super) prefix: &'static str,
    pub(super) resource: Resource,
}

/// The resource that a path names.
#[derive(Clone, Debug)]
pub(super) enum Resource {
    Action(String),
    Actions,
    ActionsOf {
        machine: String,
        latest: bool,
    },
    AvailableActions(String),
    Cancel(String),
    Collect(String),
    /// The text in parentheses.
    FindByIp(String),
    FindByTag,
    Machine(String),
    Machines,
    PackageUri(String),
    Unknown,
}

impl Route {
    /// `None` for a path that cannot be decoded.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let mut segments = Vec::new();
        for segment in path.trim_start_matches('/').split('/') {
            segments.push(percent_decode(segment)?);
        }
        let mut rest = segments.as_slice();
        let api = rest.split_first().filter(|(first, _)| first.eq_ignore_ascii_case("api"));
        let Some((_, after)) = api else {
            return Some(Self { prefix: "/api/", resource: Resource::Unknown });
        };
        rest = after;
        let mut prefix = "/api/";
        if let Some((version, after)) = rest.split_first()
            && version.eq_ignore_ascii_case("v1.0")
        {
            prefix = "/api/v1.0/";
            rest = after;
        }
        Some(Self { prefix, resource: resource(rest) })
    }

    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        Some(match self.resource {
            Resource::Action(_) => Endpoint::GetAction,
            Resource::Actions => Endpoint::ListActions,
            Resource::ActionsOf { .. } => Endpoint::MachineActions,
            Resource::AvailableActions(_) => Endpoint::AvailableActions,
            Resource::Cancel(_) => Endpoint::Cancel,
            Resource::Collect(_) => Endpoint::Collect,
            Resource::FindByIp(_) => Endpoint::FindByIp,
            Resource::FindByTag => Endpoint::FindByTag,
            Resource::Machine(_) => Endpoint::GetMachine,
            Resource::Machines => Endpoint::ListMachines,
            Resource::PackageUri(_) => Endpoint::Link,
            Resource::Unknown => return None,
        })
    }

    pub(super) fn method(&self) -> Method {
        match self.resource {
            Resource::Cancel(_) | Resource::Collect(_) => Method::POST,
            _ => Method::GET,
        }
    }

    /// The id of the device that a call is about. A list call is about the device named in its
    /// filter.
    pub(crate) fn device(&self, query: Option<&str>, world: &World) -> Option<String> {
        match &self.resource {
            Resource::Machine(id)
            | Resource::ActionsOf { machine: id, .. }
            | Resource::AvailableActions(id)
            | Resource::Collect(id) => Some(world.devices.find(id)?.id.clone()),
            Resource::Action(id) | Resource::Cancel(id) | Resource::PackageUri(id) => {
                Some(world.actions.by_id(id)?.machine_id.clone())
            }
            Resource::Actions | Resource::Machines => named_in(query?, world),
            Resource::FindByIp(_) | Resource::FindByTag | Resource::Unknown => None,
        }
    }
}

fn resource(segments: &[String]) -> Resource {
    let lower: Vec<String> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let mut names: Vec<&str> = lower.iter().map(String::as_str).collect();
    if names.last() == Some(&"") {
        names.pop();
    }
    let id = segments.get(1).cloned().unwrap_or_default();
    match names.as_slice() {
        ["machines"] => Resource::Machines,
        ["machines", "findbytag" | "findbytag()"] => Resource::FindByTag,
        ["machines", call] if call.starts_with("findbyip(") && call.ends_with(')') => {
            let arguments = id.split_once('(').map(|(_, rest)| rest).unwrap_or_default();
            Resource::FindByIp(arguments.trim_end_matches(')').to_owned())
        }
        ["machines", _] => Resource::Machine(id),
        ["machines", _, call] => match call.trim_end_matches("()") {
            "availablemachineactions" => Resource::AvailableActions(id),
            "collectinvestigationpackage" => Resource::Collect(id),
            "latestmachineactions" => Resource::ActionsOf { machine: id, latest: true },
            "machineactions" => Resource::ActionsOf { machine: id, latest: false },
            _ => Resource::Unknown,
        },
        ["machineactions"] => Resource::Actions,
        ["machineactions", _] => Resource::Action(id),
        ["machineactions", _, call] => match call.trim_end_matches("()") {
            "cancel" => Resource::Cancel(id),
            "getpackageuri" => Resource::PackageUri(id),
            _ => Resource::Unknown,
        },
        _ => Resource::Unknown,
    }
}

/// The first quoted text that is the id or the name of a device.
fn named_in(query: &str, world: &World) -> Option<String> {
    let query = percent_decode(query)?;
    let device = query.split('\'').skip(1).step_by(2).find_map(|text| world.devices.find(text))?;
    Some(device.id.clone())
}

#[cfg(test)]
mod tests {
    use super::{Resource, Route};

    #[test]
    fn routes_are_read_without_case_and_with_a_version() {
        for path in [
            "/api/machineactions/A/getPackageUri",
            "/api/v1.0/machineActions/A/GetPackageUri",
            "/API/machineactions/A/getpackageuri()",
        ] {
            let route = Route::parse(path).unwrap();
            assert!(matches!(route.resource, Resource::PackageUri(id) if id == "A"), "{path}");
        }
    }

    #[test]
    fn a_path_that_cannot_be_decoded_is_no_route() {
        assert!(Route::parse("/api/machines/%ff").is_none());
        assert!(Route::parse("/api/machines/%2").is_none());
    }

    #[test]
    fn an_id_that_holds_a_slash_stays_one_segment() {
        let route = Route::parse("/api/machines/a%2fcollectInvestigationPackage").unwrap();
        assert!(matches!(route.resource, Resource::Machine(_)));
    }
}
