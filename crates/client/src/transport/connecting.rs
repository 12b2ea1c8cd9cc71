//! Knows whether a request still waits for its connection, so that it never leaves later than it may.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many connections are being made for one request just now.
#[derive(Clone, Debug, Default)]
pub(super) struct Connecting(Arc<AtomicUsize>);

tokio::task_local! {
    /// Of the request that is polled; a connector sees nothing else of it.
    static CURRENT: Connecting;
}

impl Connecting {
    /// Sends the request so that the connections that it asks for are counted here.
    pub(super) fn watch<F: Future>(&self, request: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), request)
    }

    /// Whether the request can be waiting for a connection. One that waits for none has left already, and only its
    /// reply is outstanding.
    pub(super) fn is_under_way(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

/// One connection in the making.
pub(super) struct One(Connecting);

impl One {
    /// One for the request that is polled.
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
