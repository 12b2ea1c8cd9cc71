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

/// A client for one tenant of Defender for Endpoint on one API host. Cheap to clone; clones share
/// the token and the quota.
///
/// Usually at most eight calls of a client are in flight at once, so that a burst uses few
/// connections. A call that has waited half a second for its turn is sent anyway.
///
/// # What every call can fail with
///
/// - No token: `credential_failed`, `invalid_credential`, `token_refused`, and for a device code
///   `authorization_declined` and `device_code_expired`.
/// - Network: `connect_failed`, `tls_failed`, `timed_out`, `connection_lost`.
/// - Refused by the service: `unauthorized` (after one new token), `forbidden`, `disabled_feature`,
///   `disallowed_operation`, `not_found`, `invalid_request`, `bad_request`, `throttled`,
///   `service_error`. `throttled` is also returned if our own quota count has no free slot within
///   two minutes.
/// - Unusable reply: `unexpected_status`, `unexpected_redirect`, `wrong_content_type`,
///   `invalid_encoding`, `too_large`, `invalid_json`, `invalid_shape`; for a list also
///   `foreign_link`.
///
/// A call that is safe to repeat is tried up to four times when it fails with a transient error. A
/// collection does not fail this way: it ends in an [`Outcome`], and [`Outcome::to_error`] gives
/// the reason.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    /// The folder whose ledger counts single calls, if any.
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
    /// The service's clock, as estimated from the latest reply to a single call.
    pub(crate) service: Mutex<ServiceClock>,
}

impl Client {
    /// Starts building a client for a tenant (an id or a verified domain) with this credential.
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

    /// Creates a run with the default options.
    ///
    /// `comment` says why the evidence is collected; it is sent to the service. Fails with
    /// `invalid_comment` if it is blank or contains control characters, and with
    /// `credential_failed` if the system's random generator fails.
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

    /// Collects from many devices at once. Each device ends in exactly one outcome; a failed device
    /// does not stop the others.
    ///
    /// If the options have a key, collections that the ledger knows under that key continue where
    /// they stopped. Fails only if nothing could be started: with `ledger_failed`, or with
    /// `invalid_option` if the output folder is missing.
    pub async fn collect_many(&self, devices: Vec<Device>, run: &Run) -> Result<Report, Error> {
        let ledger = self.ledger(run).await?;
        let names = Start::names(&run.options, &devices);
        let known = ledger.load(Wanted::Named(&names));
        let starts = Start::plan(&run.options, devices, &known);
        Ok(self.drive(starts, &known, run, ledger, None).await?.report)
    }

    /// Collects from one device. Fails as [`collect_many`](Self::collect_many) does, and with
    /// `invalid_device`.
    pub async fn collect(&self, device: &str, run: &Run) -> Result<DeviceReport, Error> {
        let report = self.collect_many(vec![Device::parse(device)?], run).await?;
        only(report)
    }

    /// Continues collections from their handles; another process may have started them.
    ///
    /// The timeout in the run's options counts from the time the service accepted the action. If it
    /// has already passed, the collection is checked once: it is taken if it has ended, and
    /// otherwise ends as `deadline_reached`.
    ///
    /// If the ledger also knows a collection, the more advanced state wins. An action that only the
    /// handle knows is first checked against the service.
    ///
    /// Fails as [`collect_many`](Self::collect_many) does, with `handle_mismatch` if a handle
    /// belongs to another tenant or API host, and with `invalid_handle` if a handle contradicts the
    /// ledger.
    pub async fn resume(&self, handles: Vec<Handle>, run: &Run) -> Result<Report, Error> {
        let ledger = self.ledger(run).await?;
        let names: Vec<_> = handles.iter().map(|it| it.collection().to_owned()).collect();
        let known = ledger.load(Wanted::Named(&names));
        let starts = handles.into_iter().map(|handle| Start::Handle(Box::new(handle))).collect();
        Ok(self.drive(starts, &known, run, ledger, None).await?.report)
    }

    /// Continues every collection in the output folder's ledger, except those that another run of
    /// this client is working on and those of another tenant or API host.
    ///
    /// A finished package is checked against its manifest and downloaded again if it is missing. A
    /// device for which nothing was requested, for example because it was not found, is tried
    /// again. An action that ended badly keeps its outcome.
    ///
    /// Fails as [`resume`](Self::resume) does, with `handle_mismatch` if every collection belongs
    /// to another tenant or API host, with `ledger_failed` if the folder has no ledger, and with
    /// `invalid_option` if the run has neither a folder nor a ledger.
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

    /// Creates the handle of a new collection; nothing is sent.
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

    /// Does a bounded amount of work on one collection, for callers that must not block.
    ///
    /// `budget` is the time after which the call should return. Work that cannot be resumed is
    /// never interrupted. The call waits up to six minutes for a collect request in flight to be
    /// answered or given up. It waits for a download, a check or a read of a package until it ends
    /// or the connection is lost; for the largest packages on a slow line this may take an hour.
    /// The timeout in the run's options covers all steps together and counts from the service's
    /// acceptance; the step in which it passes ends as `deadline_reached`.
    ///
    /// Fails as [`resume`](Self::resume) does.
    pub async fn step(&self, handle: Handle, run: &Run, budget: Duration) -> Result<Step, Error> {
        let ledger = self.ledger(run).await?;
        let known = ledger.load(Wanted::Named(&[handle.collection().to_owned()]));
        let start = vec![Start::Handle(Box::new(handle))];
        let bound = Some(Bound::within(budget, self.now()));
        let Return { report, next } = self.drive(start, &known, run, ledger, bound).await?;
        let report = only(report)?;
        // If the collection ended just as the budget ran out, report the end.
        let next = next.filter(|_| matches!(report.outcome, Outcome::Stopped));
        Ok(match next {
            Some(next) => Step::Later {
                handle: Box::new(report.handle),
                next: next.saturating_sub(self.inner.clock.now().monotonic),
            },
            None => Step::Ended(Box::new(report)),
        })
    }

    /// Finds the devices that match a name, an id or an internal address (seen within the last 15
    /// minutes). Several may match; the one seen last comes first. A name or an address may match
    /// none. Sources: Microsoft's pages "Get machine by ID", "List machines" and "Find devices by
    /// internal IP".
    ///
    /// These are the candidates from which [`collect`](Self::collect) chooses, without duplicates.
    /// If the only match was merged into another device, that device is returned. Fails with
    /// `not_found` for an id that the service does not know, with `device_not_found` if a merge
    /// leads to no device, with `foreign_link` if a page links to a foreign host, and otherwise as
    /// [every call](Self#what-every-call-can-fail-with).
    pub async fn find(&self, device: &Device) -> Result<Vec<Machine>, Error> {
        find(&self.caller(), device).await
    }

    /// Returns one device by its id. Source: Microsoft's page "Get machine by ID".
    ///
    /// Fails with `not_found` if the service does not know the id, with `invalid_shape` if it
    /// answers with another device, and otherwise as [every
    /// call](Self#what-every-call-can-fail-with).
    pub async fn machine(&self, id: &MachineId) -> Result<Machine, Error> {
        self.caller().call(&GetMachine::new(id.as_str())).await
    }

    /// Lists all actions that match the filter, across all pages. Source: Microsoft's page "List
    /// machine actions".
    ///
    /// Fails with `invalid_option` if a filter value cannot be written, with `foreign_link` if a
    /// page links to a foreign host, and otherwise as [every
    /// call](Self#what-every-call-can-fail-with).
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

    /// Returns one action by its id. A new action can be unknown for about two minutes. Source:
    /// Microsoft's page "Get machineAction".
    ///
    /// Fails with `not_found` if the service does not know the id, with `wrong_action` if it
    /// answers with another action, and otherwise as [every
    /// call](Self#what-every-call-can-fail-with).
    pub async fn action(&self, id: &ActionId) -> Result<MachineAction, Error> {
        self.caller().call(&GetMachineAction { action: id.clone() }).await
    }

    /// Returns a download link for the package of a successful action. The link is a secret and is
    /// valid for about a minute. Source: Microsoft's page "Get package SAS URI".
    ///
    /// Fails with `not_found` if there is no such action or it has not ended, with `foreign_link`
    /// if the link is neither https nor points to the emulator, and otherwise as [every
    /// call](Self#what-every-call-can-fail-with).
    pub async fn package_link(&self, id: &ActionId) -> Result<PackageLink, Error> {
        self.caller().call(&PackageUri { action: id.clone() }).await
    }

    /// Cancels an action at the service, even if someone else requested it, and returns the
    /// action's new state. `comment` says why. Source: Microsoft's page "Cancel machine action".
    ///
    /// Fails with `invalid_comment` if the comment is blank or contains control characters, with
    /// `not_found` if there is no such action, with `invalid_request` or `bad_request` if it has
    /// already ended, and otherwise as [every call](Self#what-every-call-can-fail-with).
    pub async fn cancel(&self, id: &ActionId, comment: &str) -> Result<MachineAction, Error> {
        let comment = Comment::parse(comment)?.as_str().to_owned();
        let call = CancelMachineAction { action: id.clone(), comment };
        let caller = self.caller();
        let action = caller.call(&call).await?;
        if let Err(error) = caller.write_status(&action) {
            // The action is cancelled all the same; a later resume asks the service.
            tracing::warn!(%error, action = %action.id, "what became of the action is not written down");
        }
        Ok(action)
    }

    /// Whether the identity behind our token requested this action, as far as the service tells.
    ///
    /// False if the token cannot be read, if the service names nobody, or if it names an app by its
    /// display name, which is not unique. Fails as the credential does: with `credential_failed`,
    /// `invalid_credential`, `token_refused`, for a device code `authorization_declined` and
    /// `device_code_expired`, and with the network errors on the way to the token.
    pub async fn is_own(&self, action: &MachineAction) -> Result<bool, Error> {
        is_own(&self.caller(), action).await
    }

    /// Returns the same client, but writes its single calls into the ledger under `folder`. They
    /// then share the quota with runs of other processes into that folder, and the ledger learns
    /// what the client cancels. If there is no ledger, the client is returned unchanged.
    ///
    /// Each call opens the ledger only to write, so that no run waits for a call. Fails with
    /// `ledger_failed` if the ledger cannot be used or another process has it open.
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

    /// The clock by which the client waits and polls.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.clock)
    }

    pub(crate) fn now(&self) -> Now {
        self.inner.clock.now()
    }

    /// A session in the run's own ledger, or else in the in-memory ledger that single calls use.
    pub(crate) fn ledger_of_calls(&self, run: &Run) -> Session {
        let Inner { clock, ledgers, .. } = &*self.inner;
        match &run.ledger {
            Some(ledger) => ledgers.in_ledger(ledger, clock),
            None => ledgers.in_memory(clock),
        }
    }

    /// The run with its records kept in the client's memory, unless it names a ledger.
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

/// The result of one step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// The collection has ended.
    Ended(Box<DeviceReport>),
    /// There is more to do.
    Later {
        /// The handle to pass to the next step.
        handle: Box<Handle>,
        /// The time until there is something to do.
        next: Duration,
    },
}

pub(crate) fn only(report: Report) -> Result<DeviceReport, Error> {
    let mut devices = report.devices.into_iter();
    devices.next().ok_or_else(|| Error::new(Code::Internal, "a run without a report of its device"))
}

/// The default budget of one step: a playbook step often has half a minute.
pub const STEP_BUDGET: Duration = Duration::from_secs(20);
const PAGE: u32 = 1_000;
