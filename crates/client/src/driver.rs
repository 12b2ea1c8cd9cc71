//! The driver: a loop that carries out the engine's commands and decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{AbortHandle, Abortable, Aborted, BoxFuture, FutureExt};
use futures_util::stream::{FuturesUnordered, StreamExt};
use mde_forensics_core::engine::{
    Answer, Bound, Command, Engine, Event, Fetched, Held, Record, Report, Sealed, StopHow, Ticket,
};
use mde_forensics_core::{AccessToken, Code, Error, Now, PermitId, QuotaClass};
use tokio::sync::{mpsc, watch};

use crate::clock::Clock;
use crate::download::Downloads;
use crate::ledger::Session;
use crate::stop::Stop;
use crate::tokens::Tokens;
use crate::transport::Transport;

/// What a run needs.
pub(crate) struct Driver<'a> {
    pub(crate) engine: Engine,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) transport: &'a Transport,
    pub(crate) tokens: &'a Tokens,
    /// Without an output folder, nothing is downloaded.
    pub(crate) downloads: Option<&'a Downloads>,
    pub(crate) ledger: Arc<Session>,
    pub(crate) on_event: &'a (dyn Fn(&Event) + Send + Sync),
    pub(crate) stop: watch::Receiver<Option<StopHow>>,
    /// When to return, once nothing is in flight that must not be interrupted.
    pub(crate) bound: Option<Bound>,
}

/// The result of a run.
pub(crate) struct Return {
    pub(crate) report: Report,
    /// When there will be more to do, if the budget ran out.
    pub(crate) next: Option<Duration>,
}

type Flights<'a> = FuturesUnordered<Abortable<BoxFuture<'a, (Ticket, Answer)>>>;
type Landed = Result<(Ticket, Answer), Aborted>;
/// A download, the bytes received, and the total if known.
type Told = (Ticket, u64, Option<u64>);

/// The commands in flight.
struct InFlight<'a> {
    flights: Flights<'a>,
    aborts: BTreeMap<Ticket, AbortHandle>,
    /// A seal cannot be aborted: its thread continues, and no other work may touch the same files.
    seals: BTreeSet<Ticket>,
    progress: mpsc::Sender<Told>,
}

impl<'a> InFlight<'a> {
    fn launch(&mut self, ticket: Ticket, flight: impl Future<Output = Answer> + Send + 'a) {
        let (abort, registration) = AbortHandle::new_pair();
        let flight = flight.map(move |answer| (ticket, answer)).boxed();
        self.flights.push(Abortable::new(flight, registration));
        self.aborts.insert(ticket, abort);
    }

    fn abort(&mut self, ticket: Ticket) {
        if !self.seals.contains(&ticket)
            && let Some(abort) = self.aborts.remove(&ticket)
        {
            abort.abort();
        }
    }

    /// Runs other work while the commands in flight continue; also returns the answers that arrived
    /// meanwhile.
    async fn fly_while<T>(&mut self, work: impl Future<Output = T>) -> (T, Vec<Landed>) {
        let (mut work, mut landed) = (pin!(work), Vec::new());
        loop {
            tokio::select! {
                biased;
                done = &mut work => return (done, landed),
                Some(flight) = self.flights.next(), if !self.flights.is_empty() => landed.push(flight),
            }
        }
    }

    fn landed(&mut self, ticket: Ticket) {
        self.aborts.remove(&ticket);
        self.seals.remove(&ticket);
    }

    /// Waits for the seals in flight.
    async fn wait_for_seals(&mut self) {
        while !self.seals.is_empty()
            && let Some(landed) = self.flights.next().await
        {
            if let Ok((ticket, _)) = landed {
                self.landed(ticket);
            }
        }
    }
}

impl<'a> Driver<'a> {
    /// Runs until the report.
    pub(crate) async fn run(mut self) -> Return {
        let (progress, mut heard) = mpsc::channel(64);
        let mut in_flight = InFlight {
            flights: FuturesUnordered::new(),
            aborts: BTreeMap::new(),
            seals: BTreeSet::new(),
            progress,
        };
        let mut next = None;
        // Work that waits for a disk is batched; everything else is done at once.
        let blocks = self.ledger.blocks();
        loop {
            let (mut records, mut permits, mut claims) = (Vec::new(), Vec::new(), Vec::new());
            let now = self.clock.now();
            let until = loop {
                match self.engine.poll(now) {
                    Command::Record { seq, record } if blocks => records.push((seq, *record)),
                    Command::Permit { ticket, quota } if blocks => permits.push((ticket, quota)),
                    // Claims are answered after the pending records are written, so that the
                    // ledger's answer includes them.
                    command @ Command::Claim { .. } if blocks => claims.push(command),
                    Command::Wait { until } => break until,
                    Command::Done(report) => {
                        in_flight.wait_for_seals().await;
                        return Return { report, next };
                    }
                    command => self.carry_out(command, now, &mut in_flight),
                }
            };
            let has_to_write = !records.is_empty() || !permits.is_empty();
            if has_to_write {
                let writing = write(Arc::clone(&self.ledger), now, records, permits);
                let (written, landed) = in_flight.fly_while(writing).await;
                self.written(written);
                for landed in landed {
                    self.hear(&mut heard);
                    self.land(landed, &mut in_flight);
                }
            }
            if has_to_write || !claims.is_empty() {
                for claim in claims {
                    self.carry_out(claim, self.clock.now(), &mut in_flight);
                }
                continue;
            }
            let is_busy = !in_flight.flights.is_empty();
            if let Some(bound) = self.bound
                && bound.is_over(&self.engine, until, is_busy, now)
            {
                self.bound = None;
                next = Some(until.unwrap_or(bound.back_by()));
                self.engine.cancel(None, &StopHow::Here, now);
                continue;
            }
            let until = self.bound.map_or(until, |bound| bound.wait_until(until, now));
            tokio::select! {
                biased;
                how = Stop::asked(&mut self.stop) => self.engine.cancel(None, &how, self.clock.now()),
                Some((ticket, received, total)) = heard.recv() => self.engine.progress(ticket, received, total),
                Some(landed) = in_flight.flights.next(), if is_busy => {
                    self.hear(&mut heard);
                    self.land(landed, &mut in_flight);
                }
                () = wait(self.clock, until, is_busy) => {}
            }
        }
    }

    fn carry_out(&mut self, command: Command, now: Now, in_flight: &mut InFlight<'a>) {
        let (clock, transport, tokens) = (self.clock, self.transport, self.tokens);
        match command {
            Command::Abort { ticket } => in_flight.abort(ticket),
            Command::Claim { ticket, tenant, machine, wants_device } => {
                let Some(collection) = self.engine.asker(ticket) else { return };
                let answer =
                    match self.ledger.claim(&tenant, &machine, wants_device, collection, now) {
                        Ok((known, elsewhere)) => {
                            self.engine.learn(ticket, &known, elsewhere.as_ref());
                            Answer::Claimed
                        }
                        Err(until) => Answer::ClaimHeld(until),
                    };
                self.engine.answer(ticket, answer, now);
            }
            Command::Event(event) => (self.on_event)(&event),
            Command::Fetch { ticket, link, name, resume } => {
                let progress = in_flight.progress.clone();
                let downloads = self.downloads;
                in_flight.launch(ticket, async move {
                    let Some(downloads) = downloads else {
                        return Answer::Fetched(Fetched::Output(no_folder()));
                    };
                    // If the receiver is behind, it needs only the newest figure.
                    let progress = move |received, total| {
                        let _ = progress.try_send((ticket, received, total));
                    };
                    Answer::Fetched(downloads.fetch(link, &name, resume, progress).await)
                });
            }
            Command::Inspect { ticket, name } => {
                let downloads = self.downloads;
                let Some(collection) = self.engine.asker(ticket) else { return };
                if let Some(path) = downloads.map(|downloads| downloads.path(&name))
                    && let Err(until) = self.ledger.take_package(path, collection, now)
                {
                    return self.engine.answer(ticket, Answer::ClaimHeld(until), now);
                }
                in_flight.launch(ticket, async move {
                    let Some(downloads) = downloads else {
                        return Answer::Held(Held::Conflict(no_folder()));
                    };
                    Answer::Held(downloads.inspect(&name).await)
                });
            }
            Command::Permit { ticket, quota } => {
                let permit = self.ledger.permit(quota, now);
                self.ledger.sync();
                self.permitted(ticket, permit, now);
            }
            Command::Record { seq, record } => {
                let appended = self.ledger.append(&[*record]);
                self.appended(seq, &appended);
            }
            Command::Seal { ticket, name, custody, size, sha256, keep_damaged } => {
                let (downloads, ledger) = (self.downloads, Arc::clone(&self.ledger));
                tracing::debug!(%name, size, "checking the package");
                in_flight.seals.insert(ticket);
                in_flight.launch(ticket, async move {
                    let Some(downloads) = downloads else {
                        return Answer::Sealed(Sealed::Failed(no_folder()));
                    };
                    Answer::Sealed(
                        downloads.seal(&name, *custody, size, sha256, keep_damaged, ledger).await,
                    )
                });
            }
            Command::Send { ticket, request, body_limit, not_after } => {
                in_flight.launch(ticket, async move {
                    let sendable = clock.real(not_after.saturating_sub(clock.now().monotonic));
                    Answer::Exchange(transport.send(request, body_limit, sendable).await)
                });
            }
            Command::Token { ticket, rejected } => match tokens.at_hand(rejected.as_ref()) {
                Some((token, good_for)) => {
                    self.engine.answer(ticket, Answer::Token(token, good_for), now);
                }
                None => in_flight.launch(ticket, async move { token(tokens, rejected).await }),
            },
            Command::Settle { permit, settlement } => self.ledger.settle(permit, settlement, now),
            _ => {}
        }
    }

    /// Delivers pending progress first: the last progress of a download comes before its end.
    fn hear(&mut self, heard: &mut mpsc::Receiver<Told>) {
        while let Ok((ticket, received, total)) = heard.try_recv() {
            self.engine.progress(ticket, received, total);
        }
    }

    fn land(&mut self, landed: Landed, in_flight: &mut InFlight<'_>) {
        if let Ok((ticket, answer)) = landed {
            in_flight.landed(ticket);
            self.engine.answer(ticket, answer, self.clock.now());
        }
    }

    fn written(&mut self, written: Written) {
        let Written { seqs, appended, tickets, permits } = written;
        for seq in seqs {
            self.appended(seq, &appended);
        }
        let now = self.clock.now();
        // If the write failed, there is no permit; ask again a little later.
        let permits = permits.into_iter().chain(std::iter::repeat(Err(now.monotonic + HASTE)));
        for (ticket, permit) in tickets.into_iter().zip(permits) {
            self.permitted(ticket, permit, now);
        }
    }

    fn appended(&mut self, seq: u64, appended: &Result<(), Error>) {
        match appended {
            Ok(()) => self.engine.recorded(seq),
            Err(error) => self.engine.record_failed(seq, error.clone()),
        }
    }

    fn permitted(&mut self, ticket: Ticket, permit: Result<PermitId, Duration>, now: Now) {
        let answer = match permit {
            Ok(permit) => Answer::Granted(permit),
            Err(until) => Answer::Until(until),
        };
        self.engine.answer(ticket, answer, now);
    }
}

/// The result of a write.
struct Written {
    seqs: Vec<u64>,
    appended: Result<(), Error>,
    tickets: Vec<Ticket>,
    permits: Vec<Result<PermitId, Duration>>,
}

/// Writes records and permits with as few disk syncs as possible.
async fn write(
    ledger: Arc<Session>,
    now: Now,
    records: Vec<(u64, Record)>,
    permits: Vec<(Ticket, QuotaClass)>,
) -> Written {
    let (seqs, records): (Vec<u64>, Vec<Record>) = records.into_iter().unzip();
    let (tickets, classes): (Vec<Ticket>, Vec<QuotaClass>) = permits.into_iter().unzip();
    let write = move || {
        let appended = if records.is_empty() { Ok(()) } else { ledger.append(&records) };
        let permits: Vec<_> = classes.into_iter().map(|quota| ledger.permit(quota, now)).collect();
        ledger.sync();
        (appended, permits)
    };
    let written = tokio::task::spawn_blocking(write).await;
    let (appended, permits) = written.unwrap_or_else(|error| {
        let text = format!("work on the ledger ended badly: {error}");
        (Err(Error::new(Code::Internal, text)), Vec::new())
    });
    Written { seqs, appended, tickets, permits }
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

async fn wait(clock: &dyn Clock, until: Option<Duration>, busy: bool) {
    match until {
        Some(until) => clock.sleep_until(until, busy).await,
        None => std::future::pending().await,
    }
}

const HASTE: Duration = Duration::from_secs(1);
