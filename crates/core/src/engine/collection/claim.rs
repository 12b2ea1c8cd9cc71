//! Ensures that each machine is asked by one run only, and within a run by one collection only.

use std::time::Duration;

use super::{Collection, Stage};
use crate::MachineId;
use crate::engine::{Command, Context, EventKind, Until};

impl Collection {
    /// Ends together with another collection of the same machine.
    pub(in crate::engine) fn follow(&mut self, leader: &Self, cx: &mut Context) {
        if let (Stage::Following(_), Some(outcome)) = (&self.stage, &leader.outcome) {
            self.take_over(leader, cx);
            self.earlier = self.earlier.or(leader.earlier);
            self.end(outcome.clone(), cx);
        }
    }

    /// Takes over what is known of a request for the same machine, and records it.
    pub(in crate::engine) fn take_over(&mut self, leader: &Self, cx: &mut Context) {
        if !leader.is_confirmed {
            return;
        }
        self.handle.take_over(&leader.handle);
        self.is_confirmed = true;
        for record in self.handle.records() {
            cx.append(self.index, record);
        }
    }

    /// The collection that does the work for this one.
    pub(in crate::engine) fn leader(&self) -> Option<usize> {
        match self.stage {
            Stage::Following(leader) => Some(leader),
            _ => None,
        }
    }

    pub(super) fn claim(&mut self, cx: &mut Context) {
        let Some(machine) = self.machine().cloned() else { return self.find(cx) };
        if let Some(leader) = self.take(&machine, cx) {
            return self.fall_in(leader, cx);
        }
        if self.is_accepted() && cx.options.until < Until::Collected {
            // It only reads, and several runs may record the result.
            return self.proceed(cx);
        }
        self.stage = Stage::Claiming;
        let tenant = cx.options.tenant.clone();
        let wants_device = !self.is_accepted();
        self.ticket = Some(cx.ask_device(self.index, |ticket| Command::Claim {
            ticket,
            tenant,
            machine,
            wants_device,
        }));
    }

    /// Takes machine and action, or returns the collection that serves this one too.
    pub(super) fn take(&self, machine: &MachineId, cx: &mut Context) -> Option<usize> {
        let begun = self.begun;
        match self.handle.action() {
            None => cx.take_machine(machine, self.index, begun),
            Some(action) => {
                if action.status.is_terminal() {
                    cx.lend_machine(machine, self.index, begun);
                } else {
                    cx.take_machine(machine, self.index, begun);
                }
                cx.take_action(&action.id, self.index)
            }
        }
    }

    /// Leaves the work to the collection with this index.
    pub(super) fn fall_in(&mut self, leader: usize, cx: &mut Context) {
        let other = cx.devices.get(leader).cloned().unwrap_or_default();
        let message = format!(
            "this is the same device as `{}`; one collection serves both",
            other.escape_debug()
        );
        cx.event(Some(self.index), EventKind::Warning { message });
        self.stage = Stage::Following(leader);
    }

    /// Another run has the device or the package.
    pub(super) fn claim_held(&mut self, until: Duration, cx: &mut Context) {
        self.ticket = None;
        let message = if let Stage::Downloading(download) = &mut self.stage {
            download.waits_for_others = true;
            "another run is downloading this package into the same folder; it is waited for"
        } else if self.cancel_comment.is_some() {
            return self.stop_uncancelled("another run is at work on the device", cx);
        } else {
            self.stage = Stage::Held;
            "another run is at work on this device just now; what comes of that is waited for"
        };
        if !std::mem::replace(&mut self.has_told_of_others, true) {
            cx.event(Some(self.index), EventKind::Warning { message: message.to_owned() });
        }
        self.set_timer(until.max(cx.after(Duration::from_secs(1))), cx);
    }

    /// Continues from the more advanced state, this run's or the ledger's: another run may have
    /// worked on this collection.
    pub(super) fn claimed(&mut self, cx: &mut Context) {
        self.ticket = None;
        let has_waited = std::mem::take(&mut self.has_told_of_others);
        let Some(told) = cx.known.take_told(self.index) else { return self.proceed(cx) };
        let is_failed = !self.is_asked()
            && told.key().is_some()
            && told.wants_another_attempt()
            && !(has_waited && told.action().is_some());
        if is_failed && told.round() >= self.handle.round() {
            self.handle.start_over(&told);
            self.write_down(cx);
            return self.proceed(cx);
        }
        if self.is_confirmed && self.handle.asks_as(&told) {
            return self.proceed(cx);
        }
        let (machine, was_accepted) = (self.machine().cloned(), self.is_accepted());
        match self.handle.clone().merge(&told) {
            Ok((handle, true)) => {
                self.handle = handle;
                self.handle.forgive();
                self.is_confirmed = true;
                // The state that was taken over may be of another device, or without the claimed
                // action.
                let is_other = self.machine() != machine.as_ref();
                if is_other || was_accepted && !self.is_accepted() {
                    return self.claim(cx);
                }
                self.go_on(cx);
            }
            Ok((handle, false)) => {
                self.handle = handle;
                self.write_down(cx);
                self.proceed(cx);
            }
            Err(error) => self.fail(error, cx),
        }
    }
}
