//! The pieces of work that a run has under way.

use mde_forensics_core::Now;
use mde_forensics_core::download::Judgement;
use mde_forensics_core::engine::{Answer, Ticket};
use mde_forensics_core::work::{Given, Step, Wish, Work};

use super::{Order, Run};
use crate::judge::{self, Judge};

/// A piece of work under way.
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

    /// The next wish of a piece of work; at its end the engine has its answer.
    pub(super) fn go_on(&mut self, ticket: u64, mut given: Given, now: Now) -> Option<Wish> {
        let Self { engine, works, .. } = self;
        let flight = works.get_mut(&ticket)?;
        loop {
            if let Some(judge) = &mut flight.judge {
                let code = given.failed.as_ref().map(|failure| failure.code.as_deref());
                match code {
                    Some(Some(WRITE_ONLY)) => {
                        given =
                            Given { judgement: Some(Judgement::not_read()), ..Given::default() };
                    }
                    Some(_) => {}
                    None => match judge.step(given.bytes.take()) {
                        judge::Step::Wish(wish) => return Some(wish),
                        judge::Step::Done(judgement) => given.judgement = Some(judgement),
                    },
                }
                flight.judge = None;
            }
            match flight.work.step(std::mem::take(&mut given), now) {
                Step::Wish(Wish::Progress { received, total }) => {
                    engine.progress(Ticket::from_number(ticket), received, total);
                    return Some(Wish::Progress { received, total });
                }
                Step::Wish(Wish::Judge { name, length }) => {
                    flight.judge = Some(Judge::new(name, length));
                }
                Step::Wish(wish) => return Some(wish),
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

/// What a driver fails with that is asked to read from where it can only write.
const WRITE_ONLY: &str = "EWRITEONLY";
