//! Services, as far as they tell the agent's processes and those that Windows makes for a session.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    known::{MOST, Process},
    paths::{file_of, is_agent_path, normal},
};
use crate::{artifact::services, table::View};

/// Services by their names in lower case: as `Services.csv` lists them, and as the registry has them.
#[derive(Default)]
pub(super) struct Services {
    listed: BTreeMap<String, (String, i64)>,
    registered: BTreeMap<String, (Option<i64>, String)>,
}

impl Services {
    pub(super) fn listed(&mut self, view: View<'_>, row: usize) -> u64 {
        let Some(name) = view.text("name", row).filter(|_| self.listed.len() < MOST) else {
            return 0;
        };
        let path = normal(view.text("path_name", row).unwrap_or_default());
        let process = view.int("process_id", row).unwrap_or_default();
        let bytes = (name.len() + path.len()) as u64 + 100;
        // Windows has no two services of one name, so that one of them is made up.
        let own = self.listed.entry(name.to_lowercase());
        own.and_modify(|own| *own = (String::new(), 0)).or_insert((path, process));
        bytes
    }

    pub(super) fn registered(&mut self, view: View<'_>, row: usize) -> u64 {
        let Some(name @ ("Type" | "ImagePath")) = view.text("name", row) else { return 0 };
        let key = view.text("key", row).unwrap_or_default().to_lowercase();
        let Some(service) = key.strip_prefix(services::KEY).filter(|own| !own.contains('\\'))
        else {
            return 0;
        };
        if self.registered.len() >= MOST {
            return 0;
        }
        let own = self.registered.entry(service.to_owned()).or_default();
        if name == "Type" {
            own.0 = view.int("number", row);
        } else {
            own.1 = normal(view.text("data", row).unwrap_or_default());
        }
        (service.len() + own.1.len()) as u64 + 100
    }

    pub(super) fn has_registry(&self) -> bool {
        !self.registered.is_empty()
    }

    /// The instances that Windows makes of a template in a user's session: by their type in the registry, with the
    /// program that the template has, and no other.
    pub(super) fn per_user(&self) -> BTreeSet<String> {
        let is_instance = |name: &str, (kind, path): &(Option<i64>, String)| {
            let template = template(name).and_then(|template| self.registered.get(template));
            let is_of = template.is_some_and(|(kind, own)| {
                matches!(kind, Some(0x50 | 0x60)) && own == path && !path.is_empty()
            });
            let is_listed_so = self.listed.get(name).is_none_or(|(own, _)| own == path);
            matches!(kind, Some(0xd0 | 0xe0)) && is_of && is_listed_so
        };
        let instances = self.registered.iter().filter(|(name, own)| is_instance(name, own));
        instances.map(|(name, _)| name.clone()).collect()
    }

    /// The processes of services whose program is the one that it must be, where it must be, by the service and by what
    /// runs: a path without quotes may start another program.
    pub(super) fn processes(
        &self,
        expected: &[(&str, &str)],
        running: &[Process],
    ) -> BTreeSet<i64> {
        let own = expected.iter().filter_map(|(service, program)| {
            let (path, process) = self.listed.get(*service)?;
            let is_own = |path: &str| file_of(path) == *program && is_agent_path(path);
            let mut running = running.iter().filter(|own| own.id == *process).peekable();
            let is_running = running.peek().is_some()
                && running
                    .all(|own| own.name == *program && own.path.as_deref().is_none_or(is_own));
            (*process > 0 && is_own(path.trim_matches('"')) && is_running).then_some(*process)
        });
        own.collect()
    }
}

/// The name of the service that a per-user service is made from, by the hexadecimal number that it ends in.
pub(super) fn template(name: &str) -> Option<&str> {
    let (front, suffix) = name.rsplit_once('_')?;
    let is_hex = suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && (1..=16).contains(&suffix.len()) && !front.is_empty()).then_some(front)
}
