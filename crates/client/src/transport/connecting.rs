//! Tracks whether a request still waits for its connection, so that it is never sent too late.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of connections being made for one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Connecting(Arc<AtomicUsize>);

tokio::task_local! {
    /// The tracker of the request being polled; a connector has no other access to its request.
    static CURRENT: Connecting;
}

impl Connecting {
    /// Runs the request so that its connection attempts are counted here.
    pub(super) fn watch<F: Future>(&self, request: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), request)
    }

    /// Whether the request can still be waiting for a connection. If not, it has been sent and only
    /// its reply is outstanding.
    pub(super) fn is_under_way(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

/// One connection attempt.
pub(super) struct One(Connecting);

impl One {
    /// Counts an attempt for the request being polled.
    pub(super) fn of_current() -> Option<Self> {
        CURRENT.try_with(Self::new).ok()
    }

    fn new(connecting: &Connecting) -> Self {
        connecting.0.fetch_add(1, Ordering::SeqCst);
        Self(connecting.clone())
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}
