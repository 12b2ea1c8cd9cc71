//! Whose turn it is: a burst of calls goes over few connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns of the calls of one client.
///
/// To make a connection takes longer than a call does, and the service's quotas leave room for no more than a few calls
/// a second. Where the service is slow, nobody waits for the others for long.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Waits for a turn, which lasts until it is dropped; gives none, and the call goes all the same, after a while.
    pub(super) async fn next(&self) -> Option<OwnedSemaphorePermit> {
        let turns = || Arc::clone(&self.0);
        if let Ok(turn) = turns().try_acquire_owned() {
            return Some(turn);
        }
        tokio::time::timeout(AT_MOST, turns().acquire_owned()).await.ok()?.ok()
    }
}

/// Calls of one client that are under way at once, as long as they are answered soon.
pub(super) const AT_ONCE: usize = 8;
/// How long a call waits for its turn.
const AT_MOST: Duration = Duration::from_millis(500);
