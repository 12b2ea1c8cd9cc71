//! Virtual time for tests: it jumps to the next wake-up.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use mde_forensics_core::Now;
use time::OffsetDateTime;

use super::{Clock, HEAD_START};

/// A virtual clock: sleeping makes it jump. Clones share one time.
///
/// While requests are in flight, time runs fifty times as fast as real time, so that their replies
/// can arrive.
#[derive(Clone)]
pub(crate) struct JumpClock(Arc<Shared>);

struct Shared {
    began: OffsetDateTime,
    elapsed: Mutex<Duration>,
    hook: Box<dyn Fn(Duration) + Send + Sync>,
}

impl JumpClock {
    /// Creates virtual time that starts at `began`. `hook` is called with the length of each jump
    /// before the sleeper wakes.
    pub(crate) fn new(
        began: OffsetDateTime,
        hook: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Shared { began, elapsed: Mutex::default(), hook: Box::new(hook) }))
    }

    fn elapsed(&self) -> Duration {
        *self.0.elapsed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn jump(&self, target: Duration) {
        let mut elapsed = self.0.elapsed.lock().unwrap_or_else(PoisonError::into_inner);
        let jump = target.saturating_sub(*elapsed);
        if !jump.is_zero() {
            // Called under the lock, so that two sleepers cannot move the other clock out of order.
            (self.0.hook)(jump);
            *elapsed = target;
        }
    }
}

impl fmt::Debug for JumpClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JumpClock").field(&self.now().monotonic).finish()
    }
}

impl Clock for JumpClock {
    fn now(&self) -> Now {
        let elapsed = self.elapsed();
        Now { wall: self.0.began + elapsed, monotonic: HEAD_START + elapsed }
    }

    fn sleep_until(&self, monotonic: Duration, busy: bool) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let target = monotonic.saturating_sub(HEAD_START);
            while busy && self.elapsed() < target {
                tokio::time::sleep(GRACE).await;
                self.jump(target.min(self.elapsed() + STEP));
            }
            self.jump(target);
        })
    }

    fn is_loopback_only(&self) -> bool {
        true
    }
}

/// While replies are outstanding, time advances by this step after each [`GRACE`] of real time, so
/// that a slow machine does not make requests time out.
const STEP: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[tokio::test]
    async fn sleepers_move_one_time_and_never_back() {
        let heard = Arc::new(AtomicU64::new(0));
        let hook = Arc::clone(&heard);
        let clock = JumpClock::new(OffsetDateTime::UNIX_EPOCH, move |jump| {
            hook.fetch_add(jump.as_secs(), Ordering::SeqCst);
        });
        let other = clock.clone();
        let start = clock.now().monotonic;
        other.sleep_until(start + Duration::from_secs(3600), false).await;
        clock.sleep_until(start + Duration::from_secs(60), true).await;

        assert_eq!(clock.now().monotonic, start + Duration::from_secs(3600));
        assert_eq!(clock.now().wall, OffsetDateTime::UNIX_EPOCH + Duration::from_secs(3600));
        assert_eq!(heard.load(Ordering::SeqCst), 3600);
    }
}
