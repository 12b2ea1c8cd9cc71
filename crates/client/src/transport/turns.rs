//! Limits concurrent calls, so that a burst uses few connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of one client's calls.
///
/// Making a connection takes longer than a call, and the service's quotas allow only a few calls
/// per second. If the service is slow, a call waits for its turn only briefly.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Waits for a turn, which lasts until it is dropped. After half a second it returns `None`,
    /// and the call is sent anyway.
    pub(super) async fn next(&self) -> Option<OwnedSemaphorePermit> {
        let turns = || Arc::clone(&self.0);
        if let Ok(turn) = turns().try_acquire_owned() {
            return Some(turn);
        }
        tokio::time::timeout(AT_MOST, turns().acquire_owned()).await.ok()?.ok()
    }
}

/// The number of concurrent calls of one client, as long as they are answered quickly.
pub(super) const AT_ONCE: usize = 8;
/// How long a call waits for its turn.
const AT_MOST: Duration = Duration::from_millis(500);
