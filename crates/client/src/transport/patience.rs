//! The time limits of an exchange, with one timer for all of them.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::connecting::Connecting;

/// The time limits of one exchange.
pub(super) struct Patience {
    timer: Pin<Box<Sleep>>,
    connecting: Connecting,
    /// After this time a request that still waits for a connection must not be sent.
    sendable_until: Option<Instant>,
    /// The longest silence between two parts of the reply.
    silence: Duration,
    silent_until: Instant,
    ends_at: Instant,
}

/// The limit that was reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Limit {
    /// The request may still be waiting for a connection and must no longer be sent.
    Sendable,
    /// The reply did not begin, continue or end in time.
    Reply,
}

impl Patience {
    /// `connecting` counts the connections being made for the request.
    pub(super) fn new(
        connecting: Connecting,
        sendable: Duration,
        silence: Duration,
        total: Duration,
    ) -> Self {
        let now = Instant::now();
        let first = sendable.min(silence).min(total);
        Self {
            timer: Box::pin(tokio::time::sleep_until(after(now, first))),
            connecting,
            sendable_until: Some(after(now, sendable)),
            silence,
            silent_until: after(now, silence),
            ends_at: after(now, total),
        }
    }

    /// Part of the reply has arrived, so the request was sent.
    pub(super) fn heard(&mut self) {
        self.sendable_until = None;
        self.silent_until = after(Instant::now(), self.silence);
    }

    /// Waits until a limit is reached.
    pub(super) async fn runs_out(&mut self) -> Limit {
        loop {
            self.timer.as_mut().await;
            let now = Instant::now();
            if self.silent_until.min(self.ends_at) <= now {
                return Limit::Reply;
            }
            if self.sendable_until.take_if(|until| *until <= now).is_some()
                && self.connecting.is_under_way()
            {
                return Limit::Sendable;
            }
            let next = self.silent_until.min(self.ends_at);
            self.timer.as_mut().reset(self.sendable_until.map_or(next, |until| until.min(next)));
        }
    }
}

/// Caps the time so that the addition cannot overflow.
fn after(now: Instant, time: Duration) -> Instant {
    now + time.min(YEAR)
}

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
