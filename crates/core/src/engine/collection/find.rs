//! From what the caller calls the device to the one machine that it is.

use super::advice::advice;
use super::{Collection, Stage};
use crate::endpoint::{FindMachinesByIp, GetMachine, ListMachines, MachineFilter};
use crate::engine::calls::{Failure, Reply};
use crate::engine::{
    Candidate, Context, EventKind, Fact, MAX_MERGES, Outcome, Pick, candidates, is_asked_for,
};
use crate::wire::Machine;
use crate::{Code, Device, Error, NextPage, Paging};
use time::OffsetDateTime;

/// A search under way.
#[derive(Debug, Default)]
pub(super) struct Find {
    matches: Vec<Machine>,
    paging: Paging,
    /// When the list was begun; all of its pages are of that time.
    at: Option<OffsetDateTime>,
    hops: u32,
    /// The list knew no such name; the service is asked for the one machine of that name.
    by_name: bool,
}

impl Collection {
    pub(super) fn find(&mut self, cx: &mut Context) {
        let at = cx.service_now();
        self.ask_for_machines(at, None, cx);
        self.stage = Stage::Finding(Find { at: Some(at), ..Find::default() });
    }

    pub(super) fn found(
        &mut self,
        mut find: Find,
        result: Result<Reply, Failure>,
        cx: &mut Context,
    ) {
        match result {
            Ok(Reply::Machine(machine))
                if find.by_name && !is_asked_for(&self.device, &machine) =>
            {
                self.not_found(cx);
            }
            Ok(Reply::Machine(machine)) => self.follow_merge(find, &machine, cx),
            Ok(Reply::Machines(mut page)) => match find.paging.turn(&mut page) {
                Ok(next) => {
                    let items = page.items.into_iter();
                    find.matches.extend(items.filter(|it| is_asked_for(&self.device, it)));
                    match (next, find.at) {
                        (Some(next), Some(at)) => {
                            self.ask_for_machines(at, Some(next), cx);
                            self.stage = Stage::Finding(find);
                        }
                        _ => self.choose(find, cx),
                    }
                }
                Err(error) => self.fail(error, cx),
            },
            Ok(_) => self.not_found(cx),
            Err(failure)
                if matches!(failure.error.code(), Code::DeviceNotFound | Code::NotFound) =>
            {
                self.not_found(cx);
            }
            Err(failure) => self.fail(failure.error, cx),
        }
    }

    fn ask_for_machines(&mut self, at: OffsetDateTime, next: Option<NextPage>, cx: &mut Context) {
        match &self.device {
            Device::Id(id) => self.call(GetMachine::new(id.as_str()), cx),
            Device::Ip(ip) => self.call(FindMachinesByIp { ip: *ip, at, next }, cx),
            Device::Name(name) => {
                let filter = MachineFilter::name_starts_with(name.as_str());
                self.call(ListMachines { filter, top: PAGE, next }, cx);
            }
        }
    }

    fn choose(&mut self, mut find: Find, cx: &mut Context) {
        let matches = candidates(std::mem::take(&mut find.matches));
        let several = matches.len() > 1 && cx.options.pick == Pick::Never;
        if several {
            let candidates = matches.iter().map(Candidate::from).collect();
            return self.end(Outcome::Ambiguous(candidates), cx);
        }
        match (matches.into_iter().next(), &self.device) {
            (Some(machine), _) => self.follow_merge(find, &machine, cx),
            (None, Device::Name(name)) if !find.by_name => {
                find.by_name = true;
                let call = GetMachine::new(name.as_str());
                self.call(call, cx);
                self.stage = Stage::Finding(find);
            }
            (None, _) => self.not_found(cx),
        }
    }

    fn follow_merge(&mut self, mut find: Find, machine: &Machine, cx: &mut Context) {
        match &machine.merged_into_machine_id {
            Some(into) if *into != machine.id && find.hops < MAX_MERGES => {
                find.hops += 1;
                find.by_name = false;
                let message = format!(
                    "device `{}` was merged into `{into}`, which is used instead",
                    machine.id
                );
                cx.event(Some(self.index), EventKind::Warning { message });
                self.call(GetMachine::new(into.as_str()), cx);
                self.stage = Stage::Finding(find);
            }
            _ => self.resolved(machine, cx),
        }
    }

    fn resolved(&mut self, machine: &Machine, cx: &mut Context) {
        let (id, name) = (machine.id.clone(), machine.computer_dns_name.clone());
        self.fact(Fact::Resolved { machine: id.clone(), name: name.clone() }, cx);
        cx.event(Some(self.index), EventKind::Resolved { machine: id, name });
        for message in advice(machine, cx.service_now()) {
            cx.event(Some(self.index), EventKind::Warning { message });
        }
        self.claim(cx);
    }

    fn not_found(&mut self, cx: &mut Context) {
        let message = match &self.device {
            Device::Ip(ip) => format!(
                "no device was seen with the internal address `{ip}` in the last 15 minutes"
            ),
            device => format!(
                "no device `{device}` is known to this tenant, or this account may not see it"
            ),
        };
        self.fail(Error::new(Code::DeviceNotFound, message), cx);
    }
}

impl From<&Machine> for Candidate {
    fn from(machine: &Machine) -> Self {
        Self {
            machine: machine.id.clone(),
            name: machine.computer_dns_name.clone(),
            last_seen: machine.last_seen,
            health: machine.health_status.as_ref().map(|health| health.as_str().to_owned()),
        }
    }
}

const PAGE: u32 = 1_000;
