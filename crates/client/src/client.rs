//! The client: one tenant, one API host, one credential.

mod builder;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics_core::calls::{find, is_own};
use mde_forensics_core::endpoint::{
    ActionFilter, CancelMachineAction, GetMachine, GetMachineAction, ListMachineActions, PackageUri,
};
use mde_forensics_core::engine::{
    Bound, DeviceReport, Engine, Handle, Options, Outcome, Report, ServiceClock, Start, Until,
};
use mde_forensics_core::quota::QuotaOptions;
use mde_forensics_core::wire::{Machine, MachineAction};
use mde_forensics_core::{
    ActionId, BaseUrl, Code, Comment, Device, Error, MachineId, Now, PackageLink, Paging,
};

use crate::call::Caller;
pub use builder::ClientBuilder;

use crate::clock::Clock;
use crate::credential::Credential;
use crate::download::Downloads;
use crate::driver::{Driver, Return};
use crate::ledger::{FileLedger, Folders, Session, Tallied, Tally, Wanted};
use crate::random;
use crate::run::Run;
use crate::tokens::Tokens;
use crate::transport::Transport;

/// Talks to one tenant of Defender for Endpoint through one API host. Cheap to clone; clones share token and quota.
///
/// Calls of one client take turns, eight at once, so that a burst of them goes over few connections; where the service
/// takes longer than half a second, nobody waits for the others.
///
/// # What every call can fail with
///
/// - Without a token: `credential_failed`, `invalid_credential`, `token_refused`, and for a device code
///   `authorization_declined` and `device_code_expired`.
/// - On the way: `connect_failed`, `tls_failed`, `timed_out`, `connection_lost`.
/// - Refused by the service: `unauthorized` (after one new token), `forbidden`, `disabled_feature`,
///   `disallowed_operation`, `not_found`, `invalid_request`, `bad_request`, `throttled`, `service_error`; `throttled`
///   also if our own count of the quota has no place for it within two minutes.
/// - Answered with what is no answer: `unexpected_status`, `unexpected_redirect`, `wrong_content_type`,
///   `invalid_encoding`, `too_large`, `invalid_json`, `invalid_shape`; for a list also `foreign_link`.
///
/// Transient failures of calls that may be repeated are tried up to four times first. A collection does not fail in this
/// way: it ends in an [`Outcome`], and [`Outcome::to_error`] says why.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    /// The folder in whose ledger single calls count, if it is one.
    counting: Option<Arc<Tallied>>,
}

pub(crate) struct Inner {
    pub(crate) tenant: String,
    pub(crate) base: BaseUrl,
    pub(crate) transport: Transport,
    pub(crate) tokens: Tokens,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ledgers: Arc<Folders>,
    pub(crate) quotas: QuotaOptions,
    /// The service's time, as the last answer to a single call told it.
    pub(crate) service: Mutex<ServiceClock>,
}

impl Client {
    /// A client for this tenant (an id or a verified domain) with this credential, to be set up further.
    #[must_use]
    pub fn builder(
        tenant: impl Into<String>,
        credential: impl Credential + 'static,
    ) -> ClientBuilder {
        ClientBuilder::new(tenant.into(), Arc::new(credential))
    }

    fn from_parts(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), counting: None }
    }

    /// A run with the documented defaults, to be shaped further.
    ///
    /// `comment` says why the evidence is collected, and travels to the service. Fails with `invalid_comment` if it is
    /// blank or holds control characters, and with `credential_failed` if the system has no randomness.
    pub fn run(&self, comment: &str) -> Result<Run, Error> {
        let comment = Comment::parse(comment)?;
        let entropy = random::bytes()?;
        Ok(Run::new(Options::new(
            self.inner.tenant.clone(),
            self.inner.base.clone(),
            comment,
            entropy,
        )))
    }

    /// Collects from many devices at once; each ends in exactly one outcome, and none stops the others.
    ///
    /// With a key in the options, collections that the ledger knows under it go on where they were. Fails only if
    /// nothing could be begun: `ledger_failed`, or `invalid_option` for an output folder that is missing.
    pub async fn collect_many(&self, devices: Vec<Device>, run: &Run) -> Result<Report, Error> {
        let ledger = self.ledger(run).await?;
        let names = Start::names(&run.options, &devices);
        let known = ledger.load(Wanted::Named(&names));
        let starts = Start::plan(&run.options, devices, &known);
        Ok(self.drive(starts, &known, run, ledger, None).await?.report)
    }

    /// Collects from one device. Fails as [`collect_many`](Self::collect_many) does, and with `invalid_device`.
    pub async fn collect(&self, device: &str, run: &Run) -> Result<DeviceReport, Error> {
        let report = self.collect_many(vec![Device::parse(device)?], run).await?;
        only(report)
    }

    /// Goes on with collections from their handles, whoever began them.
    ///
    /// The timeout of the run's options counts from the service's acceptance, whoever waited until now: a collection
    /// for which it is over is looked at once, taken if it has ended, and else ends as `deadline_reached`.
    ///
    /// Where the ledger knows a collection too, the one that has come further counts. What a handle says of its action
    /// and the ledger does not is held against the service's word first.
    ///
    /// Fails as [`collect_many`](Self::collect_many) does, with `handle_mismatch` if a handle belongs elsewhere, and
    /// with `invalid_handle` if it contradicts the ledger.
    pub async fn resume(&self, handles: Vec<Handle>, run: &Run) -> Result<Report, Error> {
        let ledger = self.ledger(run).await?;
        let names: Vec<_> = handles.iter().map(|it| it.collection().to_owned()).collect();
        let known = ledger.load(Wanted::Named(&names));
        let starts = handles.into_iter().map(|handle| Start::Handle(Box::new(handle))).collect();
        Ok(self.drive(starts, &known, run, ledger, None).await?.report)
    }

    /// Goes on with everything that the output folder's ledger knows, but for what another run of this client is at work on,
    /// and for what belongs to another tenant or API host.
    ///
    /// A finished package is checked against its manifest, and downloaded again if it is missing. What was never asked for,
    /// such as a device that was not found, is tried again, and an action that ended badly stays so.
    ///
    /// Fails as [`resume`](Self::resume) does, with `handle_mismatch` if all of it belongs elsewhere, and with
    /// `ledger_failed` if the folder has no ledger, and with `invalid_option` if the run has neither folder nor ledger.
    pub async fn resume_folder(&self, run: &Run) -> Result<Report, Error> {
        let folder = match (&run.folder, &run.ledger) {
            (Some(folder), None) => Some(folder),
            (_, Some(_)) => None,
            (None, None) => {
                let text = "this run has no output folder to go on from";
                return Err(Error::new(Code::InvalidOption, text));
            }
        };
        if let Some(folder) = folder.filter(|it| !it.join(FileLedger::NAME).is_file()) {
            let text = format!("`{}` holds no ledger of a collection", folder.display());
            return Err(Error::new(Code::LedgerFailed, text)
                .with_hint("name the folder that `--out` named"));
        }
        let ledger = self.ledger(run).await?;
        let known = ledger.load(Wanted::All);
        let starts = Start::all(&run.options, &known)?;
        let others = known.len() - starts.len();
        if others > 0 {
            tracing::warn!(
                others,
                "the folder also holds collections of another tenant or API host, which are left alone"
            );
        }
        Ok(self.drive(starts, &known, run, ledger, None).await?.report)
    }

    /// A handle of a collection of which nothing has been sent.
    ///
    /// Fails with `invalid_device`.
    pub fn prepare(&self, device: &str, run: &Run) -> Result<Handle, Error> {
        let device = Device::parse(device)?;
        let starts = vec![Start::Device(device)];
        let engine = Engine::new(run.options.clone(), starts, &[], self.inner.clock.now())?;
        engine
            .handle(0)
            .cloned()
            .ok_or_else(|| Error::new(Code::Internal, "an engine without its device"))
    }

    /// Does a bounded piece of work on one collection, for callers that may not block.
    ///
    /// `budget` is the time to be back in. Work that cannot be resumed is never interrupted: a collect request
    /// that is under way is waited for until it is answered or given up, which takes up to six minutes, and a package
    /// that is being downloaded, checked or read through is waited for to its end or until its connection is lost,
    /// which for the largest ones may take an hour on a slow line. All steps together have the timeout of the run's
    /// options, counted from the service's acceptance; the one in which it is over ends as `deadline_reached`.
    ///
    /// Fails as [`resume`](Self::resume) does.
    pub async fn step(&self, handle: Handle, run: &Run, budget: Duration) -> Result<Step, Error> {
        let ledger = self.ledger(run).await?;
        let known = ledger.load(Wanted::Named(&[handle.collection().to_owned()]));
        let start = vec![Start::Handle(Box::new(handle))];
        let bound = Some(Bound::within(budget, self.now()));
        let Return { report, next } = self.drive(start, &known, run, ledger, bound).await?;
        let report = only(report)?;
        // If it ended just as the budget ran out, report the end.
        let next = next.filter(|_| matches!(report.outcome, Outcome::Stopped));
        Ok(match next {
            Some(next) => Step::Later {
                handle: Box::new(report.handle),
                next: next.saturating_sub(self.inner.clock.now().monotonic),
            },
            None => Step::Ended(Box::new(report)),
        })
    }

    /// The devices that answer to a name, an id or an internal address (seen within the last 15 minutes): several may,
    /// the one seen last first, and for a name or an address none may. From Microsoft's pages "Get machine by ID",
    /// "List machines" and "Find devices by internal IP".
    ///
    /// They are those among which [`collect`](Self::collect) chooses, each once; where one alone answers and was merged
    /// into another, it is that one. Fails with `not_found` for an id that the service does not know, with
    /// `device_not_found` for a merge that leads nowhere, with `foreign_link` if a page leads to a stranger, and otherwise
    /// as [every call](Self#what-every-call-can-fail-with).
    pub async fn find(&self, device: &Device) -> Result<Vec<Machine>, Error> {
        find(&self.caller(), device).await
    }

    /// One device by its id, from Microsoft's page "Get machine by ID".
    ///
    /// Fails with `not_found` if the service does not know it, with `invalid_shape` if it answers with another
    /// device, and otherwise as [every call](Self#what-every-call-can-fail-with).
    pub async fn machine(&self, id: &MachineId) -> Result<Machine, Error> {
        self.caller().call(&GetMachine::new(id.as_str())).await
    }

    /// The actions that match, all pages of them, from Microsoft's page "List machine actions".
    ///
    /// Fails with `invalid_option` if a value of the filter cannot be written, with `foreign_link` if a page leads to a
    /// stranger, and otherwise as [every call](Self#what-every-call-can-fail-with).
    pub async fn actions(&self, filter: &ActionFilter) -> Result<Vec<MachineAction>, Error> {
        let caller = self.caller();
        let (mut found, mut paging, mut next) = (Vec::new(), Paging::default(), None);
        loop {
            let mut page = caller
                .call(&ListMachineActions { filter: filter.clone(), top: PAGE, next })
                .await?;
            next = paging.turn(&mut page)?;
            found.extend(page.items);
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// One action by its id, from Microsoft's page "Get machineAction". A new one can be unknown for about two minutes.
    ///
    /// Fails with `not_found` if the service does not know it, with `wrong_action` if it answers with another, and
    /// otherwise as [every call](Self#what-every-call-can-fail-with).
    pub async fn action(&self, id: &ActionId) -> Result<MachineAction, Error> {
        self.caller().call(&GetMachineAction { action: id.clone() }).await
    }

    /// A link to the package of an action that succeeded, from Microsoft's page "Get package SAS URI". It is a secret
    /// and lives about a minute.
    ///
    /// Fails with `not_found` if there is no such action or it has not ended, with `foreign_link` if the link is
    /// neither https nor leads to the emulator, and otherwise as [every call](Self#what-every-call-can-fail-with).
    pub async fn package_link(&self, id: &ActionId) -> Result<PackageLink, Error> {
        self.caller().call(&PackageUri { action: id.clone() }).await
    }

    /// Cancels an action at the service, whoever asked for it, and gives it as it is then. From Microsoft's page "Cancel
    /// machine action". `comment` says why.
    ///
    /// Fails with `invalid_comment` if the comment is blank or holds control characters, with `not_found` if there is
    /// no such action, with `invalid_request` or `bad_request` if it has ended already, and otherwise as [every
    /// call](Self#what-every-call-can-fail-with).
    pub async fn cancel(&self, id: &ActionId, comment: &str) -> Result<MachineAction, Error> {
        let comment = Comment::parse(comment)?.as_str().to_owned();
        let call = CancelMachineAction { action: id.clone(), comment };
        let caller = self.caller();
        let action = caller.call(&call).await?;
        if let Err(error) = caller.write_status(&action) {
            // It is cancelled all the same, and whoever resumes the collection asks the service.
            tracing::warn!(%error, action = %action.id, "what became of the action is not written down");
        }
        Ok(action)
    }

    /// Whether our own token's owner asked for an action, as far as the service says who did.
    ///
    /// False where the token cannot be read or the service names nobody, or an app by its display name, which others
    /// can have too. Fails as the credential does: `credential_failed`, `invalid_credential`, `token_refused`, and for
    /// a device code `authorization_declined` and `device_code_expired`; and with what happens on the way there.
    pub async fn is_own(&self, action: &MachineAction) -> Result<bool, Error> {
        is_own(&self.caller(), action).await
    }

    /// The same client, whose single calls are written into the ledger under `folder`, so that runs of other processes
    /// into that folder stay within the quota together with them, and which tells the ledger of what it cancels. Without a
    /// ledger there it is the client as it is.
    ///
    /// Each call opens the ledger to write there and closes it again, so that no run has to wait for a call. Fails with
    /// `ledger_failed` if the ledger cannot be used or another process has it now.
    pub fn counting_in(&self, folder: &Path) -> Result<Self, Error> {
        if !folder.join(FileLedger::NAME).is_file() {
            return Ok(self.clone());
        }
        drop(self.inner.ledgers.session(folder, &self.inner.clock)?);
        let counting = Some(Arc::new(Tallied::new(folder)));
        Ok(Self { inner: Arc::clone(&self.inner), counting })
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.inner.tenant
    }

    /// The API host.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.inner.base
    }

    pub(crate) fn now(&self) -> Now {
        self.inner.clock.now()
    }

    /// A part in the ledger that the run names, or in the one in memory that single calls use too.
    pub(crate) fn ledger_of_calls(&self, run: &Run) -> Session {
        let Inner { clock, ledgers, .. } = &*self.inner;
        match &run.ledger {
            Some(ledger) => ledgers.in_ledger(ledger, clock),
            None => ledgers.in_memory(clock),
        }
    }

    /// The run with its records in the client's memory, unless it names a ledger.
    pub(crate) fn in_memory(&self, run: &Run) -> Run {
        let mut run = run.clone();
        run.ledger.get_or_insert_with(|| self.inner.ledgers.memory());
        run
    }

    pub(crate) fn caller(&self) -> Caller<'_> {
        let Inner { clock, ledgers, .. } = &*self.inner;
        Caller::new(&self.inner, Tally::new(self.counting.clone(), ledgers, clock))
    }

    async fn ledger(&self, run: &Run) -> Result<Session, Error> {
        let Inner { clock, ledgers, .. } = &*self.inner;
        match (&run.ledger, &run.folder) {
            (None, Some(folder)) => ledgers.session_soon(folder, clock).await,
            _ => Ok(self.ledger_of_calls(run)),
        }
    }

    pub(crate) async fn drive(
        &self,
        starts: Vec<Start>,
        known: &[Handle],
        run: &Run,
        ledger: Session,
        bound: Option<Bound>,
    ) -> Result<Return, Error> {
        if run.options.until == Until::Collected && run.folder.is_none() {
            let text = "a package needs an output folder to be downloaded into";
            return Err(Error::new(Code::InvalidOption, text));
        }
        let Inner { transport, tokens, clock, .. } = &*self.inner;
        let downloads = run.folder.clone().map(|folder| {
            let options = run.options.for_manifest(self.inner.quotas, transport.verifies());
            Downloads::new(folder, options, transport.clone())
        });
        let driver = Driver {
            engine: Engine::new(run.options.clone(), starts, known, clock.now())?,
            clock: clock.as_ref(),
            transport,
            tokens,
            downloads: downloads.as_ref(),
            ledger: Arc::new(ledger),
            on_event: run.on_event.as_ref(),
            stop: run.stop.receiver(),
            bound,
        };
        Ok(driver.run().await)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("tenant", &self.inner.tenant)
            .field("base", &self.inner.base)
            .finish_non_exhaustive()
    }
}

/// How a step came back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// The collection came to an end.
    Ended(Box<DeviceReport>),
    /// There is more to do.
    Later {
        /// What the next step goes on from.
        handle: Box<Handle>,
        /// In how long there will be something to do.
        next: Duration,
    },
}

pub(crate) fn only(report: Report) -> Result<DeviceReport, Error> {
    let mut devices = report.devices.into_iter();
    devices.next().ok_or_else(|| Error::new(Code::Internal, "a run without a report of its device"))
}

/// What one step may take where nobody says otherwise: a playbook's step often has half a minute.
pub const STEP_BUDGET: Duration = Duration::from_secs(20);
const PAGE: u32 = 1_000;
