//! Resolves a device to the machines that match it; the same for the engine and for single calls.

use time::{Duration, OffsetDateTime};

use super::choice::{candidates, is_asked_for};
use crate::endpoint::{FindMachinesByIp, GetMachine, ListMachines, MachineFilter};
use crate::wire::Machine;
use crate::{Code, Device, Error, MachineId, NextPage, Page, Paging};

/// A search in progress.
#[derive(Debug)]
pub(crate) struct Search {
    matches: Vec<Machine>,
    paging: Paging,
    /// The time for which an address is looked up, on all pages.
    at: OffsetDateTime,
    /// Whether this is the second try after an empty result: a name as such, an address at the
    /// service's own time.
    is_second: bool,
}

/// The next question to the service.
#[derive(Debug)]
pub(crate) enum Question {
    Address(FindMachinesByIp),
    List(ListMachines),
    One(GetMachine),
}

/// The service's answer.
#[derive(Debug)]
pub(crate) enum Found {
    One(Box<Machine>),
    Page(Page<Machine>),
}

/// The next step.
#[derive(Debug)]
pub(crate) enum Step {
    Ask(Question),
    /// The machines that match, in the order of preference; may be empty.
    Matches(Vec<Machine>),
}

impl Search {
    /// Begins at the service's time, as far as it is known.
    pub(crate) fn begin(device: &Device, now: OffsetDateTime) -> (Self, Question) {
        let search =
            Self { matches: Vec::new(), paging: Paging::default(), at: now, is_second: false };
        let question = search.question(device, None);
        (search, question)
    }

    /// Takes the answer to the last question; `now` is the current service time.
    ///
    /// Fails as the call did, and with `foreign_link` if a page links to a foreign host. An empty
    /// result is an error only for an id.
    pub(crate) fn answered(
        &mut self,
        device: &Device,
        answer: Result<Found, Error>,
        now: OffsetDateTime,
    ) -> Result<Step, Error> {
        let items = match answer {
            Ok(Found::One(machine)) => vec![*machine],
            Ok(Found::Page(mut page)) => {
                let next = self.paging.turn(&mut page)?;
                if next.is_some() {
                    self.keep(device, page.items);
                    return Ok(Step::Ask(self.question(device, next)));
                }
                page.items
            }
            Err(error) if is_missing(&error) && !matches!(device, Device::Id(_)) => Vec::new(),
            // The service refuses a time in the future or too far in the past.
            Err(error) if error.status() == Some(400) && self.is_at_wrong_time(device, now) => {
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        self.keep(device, items);
        if self.matches.is_empty()
            && let Some(question) = self.look_again(device, now)
        {
            return Ok(Step::Ask(question));
        }
        Ok(Step::Matches(candidates(std::mem::take(&mut self.matches))))
    }

    fn keep(&mut self, device: &Device, items: Vec<Machine>) {
        self.matches.extend(items.into_iter().filter(|it| is_asked_for(device, it)));
    }

    fn question(&self, device: &Device, next: Option<NextPage>) -> Question {
        match device {
            Device::Id(id) => Question::One(GetMachine::new(id.as_str())),
            Device::Ip(ip) => Question::Address(FindMachinesByIp { ip: *ip, at: self.at, next }),
            Device::Name(name) => {
                let filter = MachineFilter::name_starts_with(name.as_str());
                Question::List(ListMachines { next, ..ListMachines::new(filter) })
            }
        }
    }

    fn look_again(&mut self, device: &Device, now: OffsetDateTime) -> Option<Question> {
        let question = match device {
            // The list has no such name, but the service may know a machine by it.
            Device::Name(name) if !self.is_second => Question::One(GetMachine::new(name.as_str())),
            Device::Ip(_) if self.is_at_wrong_time(device, now) => {
                (self.at, self.paging) = (now, Paging::default());
                self.question(device, None)
            }
            _ => return None,
        };
        self.is_second = true;
        Some(question)
    }

    /// The first reply shows the service's time, and that the local clock was wrong.
    fn is_at_wrong_time(&self, device: &Device, now: OffsetDateTime) -> bool {
        matches!(device, Device::Ip(_))
            && !self.is_second
            && (now - self.at).abs() > Duration::MINUTE
    }
}

/// Follows machines that were merged into others.
#[derive(Debug)]
pub(crate) struct Merges(Vec<MachineId>);

impl Merges {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// The machine that this one was merged into, if any.
    ///
    /// Fails with `device_not_found` if the merges form a cycle or are too many.
    pub(crate) fn next(&mut self, machine: &Machine) -> Result<Option<MachineId>, Error> {
        let Some(into) = machine.merged_into_machine_id.as_ref().filter(|it| **it != machine.id)
        else {
            return Ok(None);
        };
        self.0.push(machine.id.clone());
        if self.0.contains(into) || self.0.len() > MAX_MERGES {
            let message = format!("{}, which leads to no device", self.way(into));
            return Err(Error::new(Code::DeviceNotFound, message));
        }
        Ok(Some(into.clone()))
    }

    /// The error if the machine that a merge leads to does not exist.
    pub(crate) fn missing(&self, into: &MachineId) -> Error {
        let message = format!(
            "{}, which is not known to this tenant, or this account may not see it",
            self.way(into)
        );
        Error::new(Code::DeviceNotFound, message)
    }

    fn way(&self, into: &MachineId) -> String {
        let ids: Vec<_> = self.0.iter().chain([into]).map(|id| format!("`{id}`")).collect();
        format!(
            "the service says of these devices that each was merged into the next: {}",
            ids.join(", ")
        )
    }
}

/// Whether the service says that there is no such device.
pub(crate) fn is_missing(error: &Error) -> bool {
    matches!(error.code(), Code::DeviceNotFound | Code::NotFound)
}

/// How many merges are followed.
const MAX_MERGES: usize = 5;
