//! Carries the engine's commands out in virtual time.

use std::fmt::Write as _;

use mde_forensics_core::engine::{
    Answer, Command, Engine, EventKind, Held, Partial, Report, Sealed, Verdict,
};
use mde_forensics_core::{AccessToken, Code, Error};

use crate::network::{SIZE, token};
use crate::queue::Delivery;
use crate::seconds;
use crate::world::World;

#[derive(Debug)]
pub(crate) enum Disk {
    Partial(Partial),
    Sealed { action: String },
}

pub(crate) enum Step {
    Done(Report),
    Go,
    Waits,
}

impl World {
    pub(crate) fn carry_out(&mut self, command: Command) -> Step {
        self.trace("->", &command);
        match command {
            Command::Abort { ticket } => self.aborted(ticket),
            Command::Claim { ticket, .. } if self.fault(self.troubles.held_claims) => {
                // Another process is at work on the device.
                let until = self.now + self.random.millis(0, 30_000);
                self.soon(ticket, Answer::ClaimHeld(until));
            }
            Command::Claim { ticket, .. } => self.soon(ticket, Answer::Claimed),
            Command::Done(report) => return Step::Done(report),
            Command::Event(event) => {
                if let (Some(index), EventKind::Ended { .. }) = (event.index, &event.kind) {
                    assert!(self.ended_at.insert(index, self.now).is_none(), "it ends twice");
                }
                write!(self.queue.said, "{event:?}{}", serde_json::to_string(&event).unwrap())
                    .unwrap();
            }
            Command::Fetch { ticket, link, name, resume } => {
                self.fetch(ticket, &link, &name, resume);
            }
            Command::Inspect { ticket, name } => {
                let held = match self.disk.get(&name) {
                    None => Held::Nothing,
                    Some(Disk::Partial(partial)) => Held::Partial(partial.clone()),
                    Some(Disk::Sealed { action }) => {
                        Held::Sealed { size: SIZE, sha256: action.clone(), verdict: Verdict::Whole }
                    }
                };
                self.soon(ticket, Answer::Held(held));
            }
            Command::Permit { ticket, quota } => {
                let answer = match self.places.permit(quota, self.clock()) {
                    Ok(permit) => Answer::Granted(permit),
                    Err(until) => {
                        self.was_kept_waiting |= until > self.now + seconds(120);
                        Answer::Until(until)
                    }
                };
                self.soon(ticket, answer);
            }
            Command::Record { seq, record } => {
                self.check_accepted(&record);
                self.unacknowledged.push((seq, *record));
                let at = self.now + self.random.millis(0, 20);
                let is_lost = self.random.chance(self.troubles.lost_records);
                let delivery =
                    if is_lost { Delivery::RecordFailed(seq) } else { Delivery::Recorded(seq) };
                self.queue.push(at, delivery);
            }
            Command::Seal { ticket, name, sha256, custody, keep_damaged, .. } => {
                assert_eq!(custody.action.as_ref().map(ToString::to_string), Some(sha256.clone()));
                self.check_custody(&custody);
                let answer = if self.fault(self.faults.damage) {
                    self.disk.remove(&name);
                    Sealed::Damaged(Error::new(Code::PackageDamaged, "a CRC is wrong"))
                } else {
                    *self.sealed.entry(sha256.clone()).or_default() += 1;
                    self.disk.insert(name, Disk::Sealed { action: sha256 });
                    Sealed::Whole { members: 3, findings: 0 }
                };
                let _ = keep_damaged;
                self.soon(ticket, Answer::Sealed(answer));
            }
            Command::Send { ticket, request, not_after, .. } => {
                assert!(not_after >= self.now);
                self.send(ticket, request);
            }
            Command::Settle { permit, settlement } => {
                self.places.settle(permit, settlement, self.clock());
            }
            Command::Token { ticket, .. } if self.fault(self.troubles.lost_tokens) => {
                self.lost_tokens += 1;
                let code =
                    if self.random.chance(200) { Code::TokenRefused } else { Code::ConnectFailed };
                self.soon(ticket, Answer::TokenFailed(Error::new(code, "no token")));
            }
            Command::Token { ticket, rejected } => {
                self.token += u64::from(rejected.is_some() || self.token == 0);
                let token = AccessToken::new(token(self.person, self.token));
                assert!(rejected.is_none_or(|rejected| rejected.expose() != token.expose()));
                self.soon(ticket, Answer::Token(token, seconds(3_600)));
            }
            Command::Wait { until } => {
                self.queue.forget_wakes();
                if let Some(until) = until {
                    assert!(until > self.now, "a wait that is over");
                    self.queue.push(until, Delivery::Wake);
                }
                return Step::Waits;
            }
            other => panic!("unknown command {other:?}"),
        }
        Step::Go
    }

    pub(crate) fn deliver(&mut self, engine: &mut Engine, delivery: Delivery) {
        self.trace("<-", &delivery);
        match delivery {
            Delivery::Answer(ticket, answer) => {
                if matches!(answer, Answer::Fetched(_)) {
                    self.fetching -= 1;
                }
                engine.answer(ticket, answer, self.clock());
            }
            arrival @ Delivery::Arrival(_) => self.arrive(arrival),
            Delivery::RecordFailed(seq) => {
                if let Some(at) = self.unacknowledged.iter().position(|(other, _)| *other == seq) {
                    self.acknowledge(at, engine);
                    let (seq, record) = self.unacknowledged.remove(0);
                    self.lost_records += 1;
                    // That it failed does not prove that it is not there.
                    if self.random.chance(300) {
                        self.all.push(record.clone());
                        self.durable.push(record);
                    }
                    let full = Error::new(Code::LedgerFailed, "no space left");
                    engine.record_failed(seq, full);
                }
            }
            Delivery::Recorded(seq) => {
                if let Some(at) = self.unacknowledged.iter().position(|(other, _)| *other == seq) {
                    self.acknowledge(at + 1, engine);
                }
            }
            Delivery::Wake => {}
        }
    }

    pub(crate) fn arrive(&mut self, delivery: Delivery) {
        if let Delivery::Arrival(request) = delivery {
            self.service.handle(&request, self.now, false);
        }
    }

    /// Makes so many records durable: the ledger is append-only, and what came before is durable too.
    fn acknowledge(&mut self, count: usize, engine: &mut Engine) {
        let acknowledged: Vec<_> = self.unacknowledged.drain(..count).collect();
        for (seq, record) in acknowledged {
            self.all.push(record.clone());
            self.durable.push(record);
            engine.recorded(seq);
        }
    }

    /// `SIMULATION_TRACE=1` shows all that passes between engine and driver.
    fn trace(&self, way: &str, what: &impl std::fmt::Debug) {
        if self.is_traced {
            let what = format!("{what:?}");
            eprintln!(
                "{:10.3} {way} {}",
                self.now.as_secs_f64(),
                what.chars().take(400).collect::<String>()
            );
        }
    }
}
