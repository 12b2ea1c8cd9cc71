//! The pieces of work that a run has in progress.

use mde_forensics_core::Now;
use mde_forensics_core::download::Judgement;
use mde_forensics_core::engine::{Answer, Ticket};
use mde_forensics_core::work::{Effect, EffectResult, Step, Work};

use super::{Order, Run};
use crate::judge::{self, Judge};

/// A piece of work in progress.
pub(super) struct Flight {
    work: Work<Answer>,
    pub(super) is_seal: bool,
    judge: Option<Judge>,
}

impl Run {
    pub(super) fn launch(
        &mut self,
        ticket: Ticket,
        work: Work<Answer>,
        is_seal: bool,
        orders: &mut Vec<Order>,
    ) {
        self.seals += usize::from(is_seal);
        self.works.insert(ticket.number(), Box::new(Flight { work, is_seal, judge: None }));
        orders.push(Order::Start { ticket: ticket.number(), seal: is_seal });
    }

    /// The next effect of a piece of work; at its end the engine gets its answer.
    pub(super) fn go_on(
        &mut self,
        ticket: u64,
        mut given: EffectResult,
        now: Now,
    ) -> Option<Effect> {
        let Self { engine, works, .. } = self;
        let flight = works.get_mut(&ticket)?;
        loop {
            if let Some(judge) = &mut flight.judge {
                let code = given.failed.as_ref().map(|failure| failure.code.as_deref());
                match code {
                    Some(Some(WRITE_ONLY)) => {
                        given = EffectResult {
                            judgement: Some(Judgement::not_read()),
                            ..EffectResult::default()
                        };
                    }
                    Some(_) => {}
                    None => match judge.step(given.bytes.take()) {
                        judge::Step::Effect(effect) => return Some(effect),
                        judge::Step::Done(judgement) => given.judgement = Some(judgement),
                    },
                }
                flight.judge = None;
            }
            match flight.work.step(std::mem::take(&mut given), now) {
                Step::Effect(Effect::Progress { received, total }) => {
                    engine.progress(Ticket::from_number(ticket), received, total);
                    return Some(Effect::Progress { received, total });
                }
                Step::Effect(Effect::Judge { name, length }) => {
                    flight.judge = Some(Judge::new(name, length));
                }
                Step::Effect(effect) => return Some(effect),
                Step::Done(answer) => {
                    self.seals -= usize::from(flight.is_seal);
                    works.remove(&ticket);
                    engine.answer(Ticket::from_number(ticket), answer, now);
                    return None;
                }
            }
        }
    }
}

/// The error code of a driver that can only write to its output.
const WRITE_ONLY: &str = "EWRITEONLY";
