//! A run's use of its folder's ledger: what it writes there and what it learns from it.

use std::borrow::Cow;
use std::time::Duration;

use mde_forensics_core::engine::{Answer, Record, Settlement, Ticket};
use mde_forensics_core::ledger::{FILE_NAME, Line, QuotaLine, Wanted};
use mde_forensics_core::{Code, Error, MachineId, Now, PermitId, QuotaClass};

use super::{Order, Run};

/// What waits for the ledger's file.
pub(super) struct Unwritten {
    seqs: Vec<u64>,
    records: Vec<Record>,
    /// The records that this run may write; `None` if it may write all.
    ours: Option<Vec<Record>>,
    permits: Vec<(Ticket, Result<PermitId, Duration>)>,
    /// Claims are answered after the pending write, so that they see its records.
    claims: Vec<Claim>,
}

/// A collection's claim.
pub(super) struct Claim {
    pub(super) ticket: Ticket,
    pub(super) machine: MachineId,
    pub(super) wants_device: bool,
}

impl Run {
    /// Grants permits, and creates lines for them and for records.
    pub(super) fn write(
        &mut self,
        records: Vec<(u64, Record)>,
        permits: Vec<(Ticket, QuotaClass)>,
        claims: Vec<Claim>,
        now: Now,
    ) -> Unwritten {
        let (seqs, records): (Vec<u64>, Vec<Record>) = records.into_iter().unzip();
        let ours = self.client.state().taken.begin_append(&records, self.number);
        if self.in_file {
            for record in ours.iter() {
                self.lines.extend(Line::Record(Box::new(record.clone())).to_bytes());
            }
        }
        let ours = match ours {
            Cow::Borrowed(_) => None,
            Cow::Owned(ours) => Some(ours),
        };
        let mut answers = Vec::with_capacity(permits.len());
        for (ticket, class) in permits {
            let permit = self.client.state().quotas.permit(class, now.monotonic);
            if let Ok(permit) = permit {
                self.open.push(permit);
                let by = self.client.state().by;
                self.note(QuotaLine::granted(by, self.client.account.clone(), permit, now));
            }
            answers.push((ticket, permit));
        }
        Unwritten { seqs, records, ours, permits: answers, claims }
    }

    pub(super) fn settle_writing(
        &mut self,
        unwritten: Unwritten,
        failure: Option<String>,
        now: Now,
    ) {
        let folder = self.folder.as_deref().unwrap_or_default();
        let Unwritten { records, ours, .. } = &unwritten;
        let (ours, is_appended) = (ours.as_ref().unwrap_or(records), failure.is_none());
        self.client.state().end_append(records, ours, is_appended, folder, self.number, now);
        for seq in unwritten.seqs {
            match &failure {
                None => self.engine.recorded(seq),
                Some(why) => {
                    let text =
                        format!("the ledger `{folder}/{FILE_NAME}` cannot be written: {why}");
                    self.engine.record_failed(seq, Error::new(Code::LedgerFailed, text));
                }
            }
        }
        for (ticket, permit) in unwritten.permits {
            let answer = match permit {
                Ok(permit) => Answer::Granted(permit),
                Err(until) => Answer::Until(until),
            };
            self.engine.answer(ticket, answer, now);
        }
        for claim in unwritten.claims {
            self.claim(&claim, now);
        }
    }

    fn claim(&mut self, &Claim { ticket, ref machine, wants_device }: &Claim, now: Now) {
        let mut state = self.client.state();
        let Some(asker) = self.engine.asker(ticket) else { return };
        let answer = match state.taken.claim(machine, wants_device, asker, self.number, now) {
            Ok(elsewhere) => {
                let book = state.books.get(self.folder.as_deref().unwrap_or_default());
                let wanted = Wanted::Claimed(machine, asker);
                let known: Vec<_> =
                    book.into_iter().flat_map(|book| book.handles(wanted)).cloned().collect();
                self.engine.learn(ticket, &known, elsewhere.as_ref());
                Answer::Claimed
            }
            Err(until) => Answer::ClaimHeld(until),
        };
        drop(state);
        self.engine.answer(ticket, answer, now);
    }

    pub(super) fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        self.open.retain(|open| *open != permit);
        self.client.settle(permit, settlement, now);
        let by = self.client.state().by;
        self.note(QuotaLine::settled(by, self.client.account.clone(), permit, settlement, now));
    }

    fn note(&mut self, line: QuotaLine) {
        if self.in_file {
            self.lines.extend(Line::Quota(line).to_bytes());
        }
    }

    pub(super) fn flush(&mut self, sync: bool, orders: &mut Vec<Order>) {
        if sync || !self.lines.is_empty() {
            let text = String::from_utf8(std::mem::take(&mut self.lines)).unwrap_or_default();
            orders.push(Order::Append { text, sync });
        }
    }

    pub(super) fn settle_all(&mut self, now: Now) {
        for permit in std::mem::take(&mut self.open) {
            self.settle(permit, Settlement::Answered, now);
        }
    }
}
