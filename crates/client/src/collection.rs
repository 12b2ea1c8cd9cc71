//! One collection as a thing to hold: ask, look, wait, download, cancel.

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

/// One collection from one device. Clones are the same collection.
///
/// What it knows it keeps in its [`Handle`], which changes with every call, and also where a call fails: whoever has
/// the handle can go on.
#[derive(Clone)]
pub struct Collection {
    client: Client,
    state: Arc<Mutex<State>>,
}

struct State {
    handle: Handle,
    outcome: Option<Outcome>,
}

impl Client {
    /// A collection from `device` of which nothing has been asked yet.
    ///
    /// With a key in the run, one that the ledger knows under it goes on where it was. Fails with `invalid_device`.
    pub fn collection(&self, device: &str, run: &Run) -> Result<Collection, Error> {
        let devices = vec![Device::parse(device)?];
        let names = Start::names(&run.options, &devices);
        let known = self.ledger_of_calls(run).load(Wanted::Named(&names));
        let starts = Start::plan(&run.options, devices, &known);
        let engine = Engine::new(run.options.clone(), starts, &known, self.now())?;
        let handle = engine.handle(0).cloned();
        let handle = handle.ok_or_else(|| Error::new(Code::Internal, "no handle of a device"))?;
        Ok(self.collection_of(handle))
    }

    /// The collection that a handle is about.
    #[must_use]
    pub fn collection_of(&self, handle: Handle) -> Collection {
        let state = Arc::new(Mutex::new(State { handle, outcome: None }));
        Collection { client: self.clone(), state }
    }
}

impl Collection {
    /// Asks the service for the package, or adopts the collection that already runs, and comes back once it is accepted.
    ///
    /// Fails with what keeps it from that: `device_not_found`, `device_ambiguous`, `forbidden` and so on; with
    /// `deadline_reached` and `stopped` it can go on later.
    pub async fn request(&self, run: &Run) -> Result<(), Error> {
        self.drive(run, Until::Requested).await
    }

    /// Does what can be done without waiting: asks the service once where the collection stands.
    ///
    /// That a collection ended badly is no failure here but its [`status`](Self::outcome). Fails if it could not be asked.
    pub async fn refresh(&self, run: &Run) -> Result<(), Error> {
        let bound = Some(Bound::without_waiting(PATIENCE, self.client.now()));
        let Return { report, next } = self.go(run, Until::Ready, bound).await?;
        match self.take(only(report)?) {
            Err(error) if is_the_end(&error) => Ok(()),
            // It came back by itself, and nobody has stopped it.
            Err(error) if error.code() == Code::Stopped && next.is_some() => Ok(()),
            result => result,
        }
    }

    /// Waits until the package is ready at the service.
    ///
    /// Fails with `collection_failed`, `collection_timed_out` or `collection_cancelled` if there will be none, with
    /// `deadline_reached` or `stopped` if it can go on later, and with what the calls fail with.
    pub async fn wait(&self, run: &Run) -> Result<(), Error> {
        self.drive(run, Until::Ready).await
    }

    /// Waits, then downloads the package into `folder`, verified and with its manifest; says what lies there.
    ///
    /// Fails as [`wait`](Self::wait) does, and with a code of the fault `package`, such as `output_failed`.
    pub async fn download(&self, folder: &Path, run: &Run) -> Result<Stored, Error> {
        let run = run.clone().into_folder(folder);
        self.drive(&run, Until::Collected).await?;
        let stored = self.handle().package().cloned();
        stored.ok_or_else(|| Error::new(Code::Internal, "a download without a package"))
    }

    /// Does a bounded piece of work; says in how long there will be something to do, or none at its end.
    ///
    /// `budget` is the time to be back in. How far it goes in the end is what the run says.
    ///
    /// If the collection ended badly, fails with that error.
    pub async fn step(&self, run: &Run, budget: Duration) -> Result<Option<Duration>, Error> {
        match self.client.step(self.handle(), &self.kept_by(run), budget).await? {
            Step::Ended(report) => self.take(*report).map(|()| None),
            Step::Later { handle, next } => {
                self.state().handle = *handle;
                Ok(Some(next))
            }
        }
    }

    /// Cancels the action at the service, and says what the service says of it.
    ///
    /// `foreign` insists where somebody else asked for it. Fails with `invalid_comment`, with `not_ours` if nobody
    /// insists and neither the action's marker nor the service's word for who asked says that it is ours, with
    /// `not_found` if there is no action yet, and with what the calls fail with.
    pub async fn cancel(&self, comment: &str, foreign: bool) -> Result<MachineAction, Error> {
        let cancelled = cancel(&self.client.caller(), &self.handle(), comment, foreign).await?;
        self.state().handle.observe(&cancelled.status);
        Ok(cancelled)
    }

    /// All that is known of it: what a later run, or another process, goes on from.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.state().handle.clone()
    }

    /// How the last call that came to an end left it.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.state().outcome.clone()
    }

    /// The client that it belongs to.
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
        let start = vec![Start::Handle(Box::new(handle))];
        self.client.drive(start, &known, &run, ledger, bound).await
    }

    /// A collection that is held keeps its records in the client's memory and in its handle.
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

/// Whether the collection itself came to its end, which is an answer to the question where it stands.
fn is_the_end(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::CollectionCancelled | Code::CollectionFailed | Code::CollectionTimedOut
    )
}

/// Longer than any one answer takes.
const PATIENCE: Duration = Duration::from_secs(120);
