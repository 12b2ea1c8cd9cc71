//! Resolves the device to exactly one machine.

use super::advice::advice;
use super::{Collection, Stage};
use crate::endpoint::GetMachine;
use crate::engine::calls::{Failure, Reply};
use crate::engine::search::{Found, Merges, Question, Search, Step, is_missing};
use crate::engine::{Candidate, Context, EventKind, Fact, Outcome, Pick};
use crate::wire::Machine;
use crate::{Code, Device, Error, MachineId};

/// A search in progress.
#[derive(Debug)]
pub(super) enum Find {
    /// The machine that was found was merged into this one.
    Merged(Merges, MachineId),
    Searching(Search),
}

impl Collection {
    pub(super) fn find(&mut self, cx: &mut Context) {
        let (search, question) = Search::begin(&self.device, cx.service_now());
        self.ask_for_machines(search, question, cx);
    }

    pub(super) fn found(&mut self, find: Find, result: Result<Reply, Failure>, cx: &mut Context) {
        let found = match result {
            Ok(Reply::Machine(machine)) => Ok(Found::One(machine)),
            Ok(Reply::Machines(page)) => Ok(Found::Page(page)),
            Ok(_) => return self.not_found(cx),
            Err(failure) => Err(failure.error),
        };
        match (find, found) {
            (Find::Searching(mut search), found) => {
                match search.answered(&self.device, found, cx.service_now()) {
                    Ok(Step::Ask(question)) => self.ask_for_machines(search, question, cx),
                    Ok(Step::Matches(matches)) => self.choose(&matches, cx),
                    Err(error) if is_missing(&error) => self.not_found(cx),
                    Err(error) => self.fail(error, cx),
                }
            }
            (Find::Merged(merges, _), Ok(Found::One(machine))) => {
                self.follow_merge(merges, &machine, cx);
            }
            (Find::Merged(..), Ok(Found::Page(_))) => self.not_found(cx),
            (Find::Merged(merges, into), Err(error)) if is_missing(&error) => {
                self.fail(merges.missing(&into), cx);
            }
            (Find::Merged(..), Err(error)) => self.fail(error, cx),
        }
    }

    fn ask_for_machines(&mut self, search: Search, question: Question, cx: &mut Context) {
        match question {
            Question::Address(address) => self.call(address, cx),
            Question::List(list) => self.call(list, cx),
            Question::One(machine) => self.call(machine, cx),
        }
        self.stage = Stage::Finding(Find::Searching(search));
    }

    fn choose(&mut self, matches: &[Machine], cx: &mut Context) {
        if matches.len() > 1 && cx.options.pick == Pick::Never {
            let candidates = matches.iter().map(Candidate::from).collect();
            return self.end(Outcome::Ambiguous(candidates), cx);
        }
        let Some((machine, others)) = matches.split_first() else { return self.not_found(cx) };
        if !others.is_empty() {
            self.passed_over = others.iter().map(Candidate::from).collect();
            let (machine, candidates) = (machine.id.clone(), self.passed_over.clone());
            cx.event(Some(self.index), EventKind::PassedOver { machine, candidates });
        }
        self.follow_merge(Merges::new(), machine, cx);
    }

    fn follow_merge(&mut self, mut merges: Merges, machine: &Machine, cx: &mut Context) {
        match merges.next(machine) {
            Ok(Some(into)) => {
                let message = format!(
                    "device `{}` was merged into `{into}`, which is used instead",
                    machine.id
                );
                cx.event(Some(self.index), EventKind::Warning { message });
                self.call(GetMachine::new(into.as_str()), cx);
                self.stage = Stage::Finding(Find::Merged(merges, into));
            }
            Ok(None) => self.resolved(machine, cx),
            Err(error) => self.fail(error, cx),
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
