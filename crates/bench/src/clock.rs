//! Time that passes only when nothing else is to be done.

use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use mde_forensics::Clock;
use mde_forensics_core::Now;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::Result;
use crate::service::Control;

/// When time begins, for the emulator and for the client.
pub(crate) const START: OffsetDateTime = datetime!(2026-01-05 10:00 UTC);

/// Time that passes only when nothing else is to be done, and then at once; the emulator's with it.
#[derive(Debug)]
pub(crate) struct Stepped {
    control: Control,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    elapsed: Duration,
    /// Real time that moving the clocks took.
    spent: Duration,
}

impl Stepped {
    pub(crate) fn new(control: Control) -> Self {
        Self { control, state: Mutex::default() }
    }

    /// Lets so much time pass.
    pub(crate) async fn advance(&self, by: Duration) -> Result<()> {
        let begun = Instant::now();
        self.control.advance(by).await?;
        let mut state = self.state();
        state.elapsed += by;
        state.spent += begun.elapsed();
        Ok(())
    }

    /// Real time that moving the clocks has taken since this was last asked.
    pub(crate) fn take_spent(&self) -> Duration {
        std::mem::take(&mut self.state().spent)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Stepped {
    fn now(&self) -> Now {
        let elapsed = self.state().elapsed;
        Now { wall: START + elapsed, monotonic: HEAD_START + elapsed }
    }

    fn sleep_until(&self, monotonic: Duration, busy: bool) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if busy {
                // An answer ends this wait; the timer is what a clock of the world would cost.
                tokio::time::sleep(FAR).await;
            }
            let elapsed = self.state().elapsed;
            let by = monotonic.saturating_sub(HEAD_START).saturating_sub(elapsed);
            if let Err(error) = self.advance(by).await {
                eprintln!("the emulator's clock cannot be moved: {error}");
                process::exit(1);
            }
        })
    }

    fn is_loopback_only(&self) -> bool {
        true
    }
}

const HEAD_START: Duration = Duration::from_secs(24 * 60 * 60);
const FAR: Duration = Duration::from_secs(600);
