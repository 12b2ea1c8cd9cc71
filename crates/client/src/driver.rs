//! Carries out what the engine asks for: a loop that moves bytes and decides nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{AbortHandle, Abortable, Aborted, BoxFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use mde_forensics_core::engine::{
    Answer, Command, Engine, Event, Fetched, Held, Record, Report, Sealed, StopHow, Ticket,
};
use mde_forensics_core::{AccessToken, Code, Error, Now};
use tokio::sync::{mpsc, watch};

use crate::clock::Clock;
use crate::download::Downloads;
use crate::ledger::Ledger;
use crate::stop::Stop;
use crate::tokens::Tokens;
use crate::transport::Transport;

/// A ledger that several runs may share.
pub(crate) type SharedLedger = Arc<Mutex<dyn Ledger>>;

/// What a run works with.
pub(crate) struct Driver<'a> {
    pub(crate) engine: Engine,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) transport: &'a Transport,
    pub(crate) tokens: &'a Tokens,
    /// Without an output folder nothing is downloaded.
    pub(crate) downloads: Option<&'a Downloads>,
    pub(crate) ledger: SharedLedger,
    pub(crate) on_event: &'a (dyn Fn(&Event) + Send + Sync),
    pub(crate) stop: watch::Receiver<Option<StopHow>>,
    /// When to be back, whatever is left to do.
    pub(crate) bound: Option<Bound>,
}

/// When a run comes back although there is more to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// At the latest; a length until the run begins, then a monotonic time.
    back_by: Duration,
    /// Whether it may wait for something to do until then.
    waits: bool,
}

impl Bound {
    /// Back within this time.
    pub(crate) fn within(budget: Duration) -> Self {
        Self { back_by: budget, waits: true }
    }

    /// Back as soon as there is nothing to do but to wait, and within this time at the latest.
    pub(crate) fn without_waiting(at_most: Duration) -> Self {
        Self { back_by: at_most, waits: false }
    }

    /// The bound of a run that begins now.
    pub(crate) fn from(self, now: Now) -> Self {
        Self { back_by: now.monotonic.saturating_add(self.back_by), ..self }
    }

    /// Whether there is nothing to do within the bound; `until` is when there will be something.
    fn has_rest(self, until: Option<Duration>, now: Now) -> bool {
        let last = if self.waits { self.back_by } else { now.monotonic };
        until.is_none_or(|until| until > last)
    }
}

/// How a run came back.
pub(crate) struct Return {
    pub(crate) report: Report,
    /// When there will be something to do again, if the budget ran out.
    pub(crate) next: Option<Duration>,
}

type Flights<'a> = FuturesUnordered<Abortable<BoxFuture<'a, (Ticket, Answer)>>>;

/// What is under way.
struct Sky<'a> {
    flights: Flights<'a>,
    aborts: BTreeMap<Ticket, AbortHandle>,
    progress: mpsc::Sender<(Ticket, u64, Option<u64>)>,
}

impl<'a> Sky<'a> {
    fn launch(&mut self, ticket: Ticket, flight: impl Future<Output = Answer> + Send + 'a) {
        let (abort, registration) = AbortHandle::new_pair();
        let flight: BoxFuture<'a, _> = Box::pin(async move { (ticket, flight.await) });
        self.flights.push(Abortable::new(flight, registration));
        self.aborts.insert(ticket, abort);
    }

    fn abort(&mut self, ticket: Ticket) {
        if let Some(abort) = self.aborts.remove(&ticket) {
            abort.abort();
        }
    }
}

impl<'a> Driver<'a> {
    /// Runs to the report.
    pub(crate) async fn run(mut self) -> Return {
        let (progress, mut heard) = mpsc::channel(64);
        let mut sky = Sky { flights: FuturesUnordered::new(), aborts: BTreeMap::new(), progress };
        let mut next = None;
        loop {
            let mut records = Vec::new();
            let until = loop {
                match self.engine.poll(self.clock.now()) {
                    Command::Record { seq, record } => records.push((seq, *record)),
                    Command::Wait { until } => break until,
                    Command::Done(report) => return Return { report, next },
                    command => self.carry_out(command, &mut sky),
                }
            };
            if !records.is_empty() {
                self.append(records).await;
                continue;
            }
            let now = self.clock.now();
            if let Some(bound) = self.bound
                && (now.monotonic >= bound.back_by
                    || sky.flights.is_empty() && bound.has_rest(until, now))
            {
                self.bound = None;
                next = Some(until.unwrap_or(bound.back_by));
                self.engine.cancel(None, &StopHow::Here, now);
                continue;
            }
            let back_by = self.bound.map(|bound| bound.back_by);
            let until = until.into_iter().chain(back_by).min();
            let busy = !sky.flights.is_empty();
            tokio::select! {
                biased;
                how = Stop::asked(&mut self.stop) => self.engine.cancel(None, &how, self.clock.now()),
                Some((ticket, received, total)) = heard.recv() => self.engine.progress(ticket, received, total),
                Some(landed) = sky.flights.next(), if busy => {
                    // The last that a download told while it ended belongs before its end.
                    while let Ok((ticket, received, total)) = heard.try_recv() {
                        self.engine.progress(ticket, received, total);
                    }
                    self.land(landed, &mut sky);
                }
                () = wait(self.clock, until, busy) => {}
            }
        }
    }

    fn carry_out(&mut self, command: Command, sky: &mut Sky<'a>) {
        let now = self.clock.now();
        let (clock, transport, tokens) = (self.clock, self.transport, self.tokens);
        match command {
            Command::Abort { ticket } => sky.abort(ticket),
            Command::Claim { ticket, tenant, machine } => {
                let answer = match self.ledger().claim(&tenant, &machine, now) {
                    Ok(()) => Answer::Claimed,
                    Err(until) => Answer::ClaimHeld(until),
                };
                self.engine.answer(ticket, answer, now);
            }
            Command::Event(event) => (self.on_event)(&event),
            Command::Fetch { ticket, link, name, resume } => {
                let progress = sky.progress.clone();
                let downloads = self.downloads;
                sky.launch(ticket, async move {
                    let Some(downloads) = downloads else {
                        return Answer::Fetched(Fetched::Output(no_folder()));
                    };
                    // A display that is behind needs the newest figure, not all of them.
                    let progress = move |received, total| {
                        let _ = progress.try_send((ticket, received, total));
                    };
                    Answer::Fetched(downloads.fetch(link, &name, resume, progress).await)
                });
            }
            Command::Inspect { ticket, name } => {
                let downloads = self.downloads;
                sky.launch(ticket, async move {
                    let Some(downloads) = downloads else {
                        return Answer::Held(Held::Conflict(no_folder()));
                    };
                    Answer::Held(downloads.inspect(&name).await)
                });
            }
            Command::Permit { ticket, quota } => {
                let answer = match self.ledger().permit(quota, now) {
                    Ok(permit) => Answer::Granted(permit),
                    Err(until) => Answer::Until(until),
                };
                self.engine.answer(ticket, answer, now);
            }
            Command::Seal { ticket, name, custody, size, sha256, keep_damaged } => {
                let downloads = self.downloads;
                sky.launch(ticket, async move {
                    let Some(downloads) = downloads else {
                        return Answer::Sealed(Sealed::Failed(no_folder()));
                    };
                    Answer::Sealed(
                        downloads.seal(&name, *custody, size, sha256, keep_damaged).await,
                    )
                });
            }
            Command::Send { ticket, request, body_limit, not_after } => {
                sky.launch(ticket, async move {
                    let sendable = clock.real(not_after.saturating_sub(clock.now().monotonic));
                    Answer::Exchange(transport.send(request, body_limit, sendable).await)
                });
            }
            Command::Token { ticket, rejected } => {
                sky.launch(ticket, async move { token(tokens, rejected).await });
            }
            Command::Settle { permit, settlement } => self.ledger().settle(permit, settlement, now),
            _ => {}
        }
    }

    fn land(&mut self, landed: Result<(Ticket, Answer), Aborted>, sky: &mut Sky<'_>) {
        if let Ok((ticket, answer)) = landed {
            sky.aborts.remove(&ticket);
            self.engine.answer(ticket, answer, self.clock.now());
        }
    }

    async fn append(&mut self, records: Vec<(u64, Record)>) {
        let (seqs, records): (Vec<u64>, Vec<Record>) = records.into_iter().unzip();
        let ledger = Arc::clone(&self.ledger);
        let append = move || lock(&ledger).append(records);
        let blocks = self.ledger().blocks();
        let result = if blocks {
            tokio::task::spawn_blocking(append).await.unwrap_or_else(|error| {
                Err(Error::new(Code::Internal, format!("work on the ledger ended badly: {error}")))
            })
        } else {
            append()
        };
        for seq in seqs {
            match &result {
                Ok(()) => self.engine.recorded(seq),
                Err(error) => self.engine.record_failed(seq, error.clone()),
            }
        }
    }

    fn ledger(&self) -> MutexGuard<'_, dyn Ledger + 'static> {
        lock(&self.ledger)
    }
}

async fn token(tokens: &Tokens, rejected: Option<AccessToken>) -> Answer {
    match tokens.token(rejected.as_ref()).await {
        Ok((token, good_for)) => Answer::Token(token, good_for),
        Err(error) => Answer::TokenFailed(error),
    }
}

fn no_folder() -> Error {
    Error::new(Code::InvalidOption, "there is no output folder to download into")
}

/// A panic elsewhere leaves a ledger that still keeps its promises.
pub(crate) fn lock(ledger: &Mutex<dyn Ledger>) -> MutexGuard<'_, dyn Ledger + 'static> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn wait(clock: &dyn Clock, until: Option<Duration>, busy: bool) {
    match until {
        Some(until) => clock.sleep_until(until, busy).await,
        None => std::future::pending().await,
    }
}
