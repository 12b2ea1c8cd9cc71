//! One collection as an object: request, refresh, wait, download, cancel.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mde_forensics_core::calls::cancel;
use mde_forensics_core::engine::{
    Bound, DeviceReport, Engine, Handle, Outcome, Start, Stored, Until,
};
use mde_forensics_core::wire::MachineAction;
use mde_forensics_core::{Code, Device, Error};

use crate::client::{Client, Step, only};
use crate::driver::Return;
use crate::ledger::Wanted;
use crate::run::Run;

/// One collection from one device. Clones refer to the same collection.
///
/// Its state is in its [`Handle`], which changes with every call, even a failed one. The handle is
/// enough to continue elsewhere.
#[derive(Clone)]
pub struct Collection {
    client: Client,
    state: Arc<Mutex<State>>,
}

struct State {
    handle: Handle,
    outcome: Option<Outcome>,
    /// Whether it was found by its key, which no call has reported yet.
    is_untold: bool,
}

impl Client {
    /// Creates a collection from `device`; nothing is sent.
    ///
    /// If the run has a key and its ledger already knows a collection under it, that collection
    /// continues where it stopped. Fails with `invalid_device`.
    pub fn collection(&self, device: &str, run: &Run) -> Result<Collection, Error> {
        let devices = vec![Device::parse(device)?];
        let names = Start::names(&run.options, &devices);
        let known = self.ledger_of_calls(run).load(Wanted::Named(&names));
        let starts = Start::plan(&run.options, devices, &known);
        let is_untold = matches!(starts.first(), Some(Start::Earlier(_)));
        let engine = Engine::new(run.options.clone(), starts, &known, self.now())?;
        let handle = engine.handle(0).cloned();
        let handle = handle.ok_or_else(|| Error::new(Code::Internal, "no handle of a device"))?;
        let collection = self.collection_of(handle);
        collection.state().is_untold = is_untold;
        Ok(collection)
    }

    /// Returns the collection that a handle describes.
    #[must_use]
    pub fn collection_of(&self, handle: Handle) -> Collection {
        let state = Arc::new(Mutex::new(State { handle, outcome: None, is_untold: false }));
        Collection { client: self.clone(), state }
    }
}

impl Collection {
    /// Requests the package, or adopts a collection that is already running, and returns once the
    /// service has accepted it.
    ///
    /// Fails with the reason why it was not accepted: `device_not_found`, `device_ambiguous`,
    /// `forbidden` and so on. After `deadline_reached` and `stopped` it can be continued.
    pub async fn request(&self, run: &Run) -> Result<(), Error> {
        self.drive(run, Until::Requested).await
    }

    /// Asks the service once for the state of the collection, without waiting.
    ///
    /// A collection that ended badly is not an error here; see [`outcome`](Self::outcome). Fails if
    /// the service could not be asked.
    pub async fn refresh(&self, run: &Run) -> Result<(), Error> {
        let bound = Some(Bound::without_waiting(PATIENCE, self.client.now()));
        let Return { report, next } = self.go(run, Until::Ready, bound).await?;
        match self.take(only(report)?) {
            Err(error) if is_the_end(&error) => Ok(()),
            // The budget ended the call; nobody stopped it.
            Err(error) if error.code() == Code::Stopped && next.is_some() => Ok(()),
            result => result,
        }
    }

    /// Waits until the package is ready at the service.
    ///
    /// Fails with `collection_failed`, `collection_timed_out` or `collection_cancelled` if there
    /// will be no package, with `deadline_reached` or `stopped` if it can be continued, and with
    /// the errors of its calls.
    pub async fn wait(&self, run: &Run) -> Result<(), Error> {
        self.drive(run, Until::Ready).await
    }

    /// Waits, then downloads the package into `folder`, verifies it and writes its manifest.
    /// Returns what was stored.
    ///
    /// Fails as [`wait`](Self::wait) does, and with a code of fault `package`, such as
    /// `output_failed`.
    pub async fn download(&self, folder: &Path, run: &Run) -> Result<Stored, Error> {
        let run = run.clone().into_folder(folder);
        self.drive(&run, Until::Collected).await?;
        let stored = self.handle().package().cloned();
        stored.ok_or_else(|| Error::new(Code::Internal, "a download without a package"))
    }

    /// Does a bounded amount of work. Returns the time until there is more to do, or `None` at the
    /// end.
    ///
    /// `budget` is the time after which the call should return. The run's options say how far the
    /// collection goes in the end.
    ///
    /// Fails with the collection's error if it ended badly.
    pub async fn step(&self, run: &Run, budget: Duration) -> Result<Option<Duration>, Error> {
        match self.client.step(self.handle(), &self.kept_by(run), budget).await? {
            Step::Ended(report) => self.take(*report).map(|()| None),
            Step::Later { handle, next } => {
                self.state().handle = *handle;
                Ok(Some(next))
            }
        }
    }

    /// Cancels the action at the service and returns its new state.
    ///
    /// `foreign` also cancels an action that someone else requested. Fails with `invalid_comment`,
    /// with `not_ours` if `foreign` is false and neither the action's marker nor its requestor
    /// shows that it is ours, with `not_found` if there is no action yet, and with the errors of
    /// its calls.
    pub async fn cancel(&self, comment: &str, foreign: bool) -> Result<MachineAction, Error> {
        let cancelled = cancel(&self.client.caller(), &self.handle(), comment, foreign).await?;
        self.state().handle.observe(&cancelled.status);
        Ok(cancelled)
    }

    /// The handle: everything that a later run or another process needs to continue.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.state().handle.clone()
    }

    /// The outcome of the last call that ended.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.state().outcome.clone()
    }

    /// The client of this collection.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    async fn drive(&self, run: &Run, until: Until) -> Result<(), Error> {
        let report = self.go(run, until, None).await?.report;
        self.take(only(report)?)
    }

    async fn go(&self, run: &Run, until: Until, bound: Option<Bound>) -> Result<Return, Error> {
        let mut run = self.kept_by(run);
        run.options.until = until;
        let handle = self.handle();
        let ledger = self.client.ledger_of_calls(&run);
        let known = ledger.load(Wanted::Named(&[handle.collection().to_owned()]));
        let is_untold = std::mem::take(&mut self.state().is_untold);
        let start = if is_untold { Start::Earlier } else { Start::Handle };
        let start = vec![start(Box::new(handle))];
        self.client.drive(start, &known, &run, ledger, bound).await
    }

    /// A collection object keeps its records in the client's memory and in its handle.
    fn kept_by(&self, run: &Run) -> Run {
        self.client.in_memory(run)
    }

    fn take(&self, report: DeviceReport) -> Result<(), Error> {
        let error = report.outcome.to_error(&report.device);
        let mut state = self.state();
        state.handle = report.handle;
        state.outcome = Some(report.outcome);
        error.map_or(Ok(()), Err)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Collection")
            .field("device", &state.handle.device())
            .field("action", &state.handle.action())
            .finish_non_exhaustive()
    }
}

/// Whether the collection itself has ended, which answers the question for its state.
fn is_the_end(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::CollectionCancelled | Code::CollectionFailed | Code::CollectionTimedOut
    )
}

/// Longer than any single reply takes.
const PATIENCE: Duration = Duration::from_secs(120);
