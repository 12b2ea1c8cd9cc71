//! Stops a run from elsewhere.

use mde_forensics_core::engine::StopHow;
use tokio::sync::watch;

/// Stops a run from elsewhere: a signal handler, another task, a button. Clones stop the same run.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<Option<StopHow>>);

impl Stop {
    /// Creates a stop that was not requested yet.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Stops the run locally: actions continue at the service, and every device can be resumed.
    pub fn here(&self) {
        self.0.send_replace(Some(StopHow::Here));
    }

    /// Cancels our own actions at the service with this comment, and stops the run.
    pub fn at_service(&self, comment: impl Into<String>) {
        self.0.send_replace(Some(StopHow::AtService { comment: comment.into() }));
    }

    /// Waits for a stop request that this receiver has not seen.
    pub(crate) async fn asked(receiver: &mut watch::Receiver<Option<StopHow>>) -> StopHow {
        loop {
            if receiver.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            if let Some(how) = receiver.borrow_and_update().clone() {
                return how;
            }
        }
    }

    pub(crate) fn receiver(&self) -> watch::Receiver<Option<StopHow>> {
        let mut receiver = self.0.subscribe();
        if self.0.borrow().is_some() {
            // A request made before the run began counts as well.
            receiver.mark_changed();
        }
        receiver
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
