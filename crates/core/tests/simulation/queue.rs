//! What is under way, in the order in which it comes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use mde_forensics_core::engine::{Answer, Ticket};

#[derive(Debug)]
pub(crate) enum Delivery {
    Answer(Ticket, Answer),
    /// A request that was given up arrives after all.
    Arrival(Box<http::Request<Vec<u8>>>),
    RecordFailed(u64),
    Recorded(u64),
    Wake,
}

#[derive(Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<(Duration, u64)>>,
    pub(crate) deliveries: std::collections::BTreeMap<u64, Delivery>,
    next: u64,
    /// Everything that a person or a log would have seen.
    pub(crate) said: String,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Duration, delivery: Delivery) {
        self.next += 1;
        self.heap.push(Reverse((at, self.next)));
        self.deliveries.insert(self.next, delivery);
    }

    pub(crate) fn pop(&mut self) -> Option<(Duration, Delivery)> {
        while let Some(Reverse((at, id))) = self.heap.pop() {
            if let Some(delivery) = self.deliveries.remove(&id) {
                return Some((at, delivery));
            }
        }
        None
    }

    /// The next one, if it is due by then.
    pub(crate) fn pop_until(&mut self, last: Duration) -> Option<(Duration, Delivery)> {
        while let Some(Reverse((at, id))) = self.heap.peek().copied().filter(|due| due.0.0 <= last)
        {
            self.heap.pop();
            if let Some(delivery) = self.deliveries.remove(&id) {
                return Some((at, delivery));
            }
        }
        None
    }

    /// After a crash nobody hears answers; requests on their way still arrive.
    pub(crate) fn forget_answers(&mut self) {
        self.deliveries.retain(|_, delivery| matches!(delivery, Delivery::Arrival(_)));
    }

    pub(crate) fn forget_wakes(&mut self) {
        self.deliveries.retain(|_, delivery| !matches!(delivery, Delivery::Wake));
    }
}
