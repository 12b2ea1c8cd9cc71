//! One run of the engine, with all that a driver keeps but its I/O.

use std::borrow::Cow;
use std::time::Duration;

use mde_forensics_core::download::{self, Fetch, Judgement, Limits, Seal};
use mde_forensics_core::engine::{
    Answer, Command, Engine, Event, Exchange, Handle, Record, Settlement, Start, StopHow, Ticket,
};
use mde_forensics_core::json::{Fields, Json, Read, Wrong};
use mde_forensics_core::ledger::{Book, FILE_NAME, Line, Lines, QuotaLine, Wanted, snapshot};
use mde_forensics_core::work::{Given, Porter, Step, Wish, Work};
use mde_forensics_core::{Code, Device, Error, MachineId, Map, Now, PermitId, QuotaClass};
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::client::{Client, Shared};
use crate::convert::{self, Thrown, thrown};
use crate::judge::{self, Judge};
use crate::report::Row;
use crate::said::RunSaid;

/// One thing for the driver of a run to do.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Order {
    /// Forget this piece of work.
    Abort { ticket: u64 },
    /// Append this to the ledger's file; where `sync`, sync it and say that it is written.
    Append { text: String, sync: bool },
    /// The run is over.
    Done { rows: Vec<Row>, next: Option<f64> },
    /// Something that a person may want to see.
    Event { event: Box<Event> },
    /// Begin this piece of work; a seal cannot be called back.
    Start { ticket: u64, seal: bool },
    /// Nothing more to do until a piece of work ends or, if given, this monotonic time.
    Wait { until: Option<f64> },
}

/// Where a run begins, and how far it may go.
#[derive(Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
pub(crate) struct Starts {
    /// Names, ids or addresses of devices.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    devices: Vec<String>,
    /// Handles of collections to go on with.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    handles: Vec<String>,
    /// Go on with everything that the ledger knows.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    from_ledger: bool,
    /// What the output folder is called; none where nothing is downloaded.
    folder: Option<String>,
    /// Come back within so many seconds.
    budget: Option<f64>,
    /// Come back before that where there is nothing to do.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    no_waiting: bool,
    /// Ask once where collections stand: that one ended badly, or goes on, is no failure then.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    refresh: bool,
}

impl Read for Starts {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                devices: fields.take_or("devices", Vec::new())?,
                handles: fields.take_or("handles", Vec::new())?,
                from_ledger: fields.take_or("fromLedger", false)?,
                folder: fields.optional("folder"),
                budget: fields.optional("budget"),
                no_waiting: fields.take_or("noWaiting", false)?,
                refresh: fields.take_or("refresh", false)?,
            })
        })
    }
}

/// One run of the engine.
#[wasm_bindgen]
pub struct Run {
    engine: Engine,
    client: Shared,
    number: u64,
    folder: Option<String>,
    /// For manifests; nothing where there is no folder for them.
    options: Value,
    works: Map<u64, Box<Flight>>,
    seals: usize,
    open: Vec<PermitId>,
    /// Whether the ledger is a file.
    in_file: bool,
    lines: Vec<u8>,
    unwritten: Option<Unwritten>,
    bound: Option<Bound>,
    /// Whether where a collection stands is what is asked for.
    refreshes: bool,
    next: Option<f64>,
}

/// A piece of work under way.
struct Flight {
    work: Work<Answer>,
    is_seal: bool,
    judge: Option<Judge>,
}

/// What waits for the ledger's file.
struct Unwritten {
    seqs: Vec<u64>,
    records: Vec<Record>,
    /// Those that are this run's to write; all of them if nothing is here.
    ours: Option<Vec<Record>>,
    permits: Vec<(Ticket, Result<PermitId, Duration>)>,
    /// What a claim learns from the ledger comes after what was just written there.
    claims: Vec<Claim>,
}

/// What a collection wants for itself.
struct Claim {
    ticket: Ticket,
    machine: MachineId,
    wants_device: bool,
}

/// When to come back although there is more to do.
#[derive(Clone, Copy)]
struct Bound {
    back_by: Duration,
    waits: bool,
}

#[wasm_bindgen]
impl Run {
    /// A run. `said` are its options, `starts` where it begins, `ledger` the file's bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(
        client: &Client,
        said: &str,
        starts: &str,
        ledger: Option<Vec<u8>>,
        wall: f64,
        mono: f64,
    ) -> Thrown<Run> {
        let now = convert::now(wall, mono);
        Self::begin(client.shared.clone(), said, starts, ledger, now)
            .map_err(|error| thrown(&error))
    }

    /// What to do now: a JSON array of orders, the last of which says how it goes on.
    #[must_use]
    pub fn poll(&mut self, wall: f64, mono: f64) -> String {
        let mut orders = Vec::new();
        self.advance(convert::now(wall, mono), &mut orders);
        convert::json(&orders)
    }

    /// Tells what happened.
    ///
    /// - `end`: the run will not go on, and what it had is free for others.
    /// - `stop`: all devices are to stop here; with a text also at the service.
    /// - `written`: the ledger's file has what was to be appended, or not: then the text says why.
    pub fn tell(&mut self, what: &str, text: Option<String>, wall: f64, mono: f64) {
        let now = convert::now(wall, mono);
        match what {
            "end" => {
                self.settle_all(now);
                self.end();
            }
            "stop" => {
                self.refreshes = false;
                self.engine.cancel(None, &convert::how(text), now);
            }
            _ => {
                let Some(unwritten) = self.unwritten.take() else { return };
                self.settle_writing(unwritten, text, now);
            }
        }
    }

    /// Goes on with a piece of work: its next wish as JSON, or none at its end. `given` is the answer to the last wish.
    pub fn step(
        &mut self,
        ticket: f64,
        given: &str,
        bytes: Option<Vec<u8>>,
        wall: f64,
        mono: f64,
    ) -> Option<String> {
        let now = convert::now(wall, mono);
        let given = convert::given(given, bytes);
        self.go_on(convert::number(ticket), given, now).map(|wish| convert::json(&wish))
    }

    /// The handle of one device as it is now.
    #[must_use]
    pub fn handle(&self, index: usize) -> Option<String> {
        self.engine.handle(index).map(Handle::to_json)
    }
}

impl Run {
    fn begin(
        client: Shared,
        said: &str,
        starts: &str,
        ledger: Option<Vec<u8>>,
        now: Now,
    ) -> Result<Self, Error> {
        let said: RunSaid = convert::read(said, "options")?;
        let begin: Starts = convert::read(starts, "starts")?;
        let number = client.state().taken.begin(begin.folder.as_deref().unwrap_or_default());
        let file_in = ledger.as_ref().and(begin.folder.clone());
        Self::open(client.clone(), &said, begin, ledger, number, now)
            .inspect_err(|_| client.state().end(number, file_in.as_deref()))
    }

    fn open(
        client: Shared,
        said: &RunSaid,
        begin: Starts,
        ledger: Option<Vec<u8>>,
        number: u64,
        now: Now,
    ) -> Result<Self, Error> {
        let folder = begin.folder.as_deref().unwrap_or_default();
        let entropy = client.entropy(number, now);
        let options =
            said.options(&client.tenant, &client.base, &entropy, begin.folder.is_some())?;
        let in_file = ledger.is_some();
        let devices: Result<Vec<_>, Error> =
            begin.devices.iter().map(|device| Device::parse(device)).collect();
        let devices = devices?;
        let mut handles = Vec::with_capacity(begin.handles.len());
        for handle in &begin.handles {
            handles.push(Handle::parse(handle, client.tenant.as_str(), &client.base)?);
        }
        if let Some(bytes) = ledger {
            let lines = Lines::read(&bytes, &format!("{folder}/{FILE_NAME}"))?;
            let mut state = client.state();
            let state = &mut *state;
            let (by, quotas) = (state.by, state.quotas.options());
            let theirs = snapshot(&lines.quota, by, &client.account, &mut state.seen, quotas, now);
            state.quotas.absorb(&theirs, now.monotonic);
            // Whoever has the file open already knows what was appended since it was read.
            state.books.or_insert_with(folder.to_owned(), || Box::new(Book::of(&lines.records)));
        }
        let mut names = Start::names(&options, &devices);
        names.extend(handles.iter().map(|handle| handle.collection().to_owned()));
        let wanted = if begin.from_ledger { Wanted::All } else { Wanted::Named(&names) };
        let known = client.state().load(folder, wanted, number);
        let mut starts = Start::plan(&options, devices, &known);
        starts.extend(handles.into_iter().map(|handle| Start::Handle(Box::new(handle))));
        if begin.from_ledger {
            starts.extend(Start::all(&options, &known)?);
        }
        let quotas = client.state().quotas.options();
        let manifest = begin.folder.as_ref().map(|_| options.for_manifest(quotas));
        let budget = begin.budget.map(convert::seconds).or(begin.refresh.then_some(REFRESH));
        let bound = budget.map(|budget| Bound {
            back_by: now.monotonic + budget,
            waits: !begin.no_waiting && !begin.refresh,
        });
        Ok(Self {
            engine: Engine::new(options, starts, &known, now)?,
            client,
            number,
            folder: begin.folder,
            options: manifest.unwrap_or_default(),
            works: Map::new(),
            seals: 0,
            open: Vec::new(),
            in_file,
            lines: Vec::new(),
            unwritten: None,
            bound,
            refreshes: begin.refresh,
            next: None,
        })
    }

    fn advance(&mut self, now: Now, orders: &mut Vec<Order>) {
        loop {
            let (mut records, mut permits, mut claims) = (Vec::new(), Vec::new(), Vec::new());
            let until = loop {
                match self.engine.poll(now) {
                    Command::Record { seq, record } => records.push((seq, *record)),
                    Command::Permit { ticket, quota } => permits.push((ticket, quota)),
                    Command::Claim { ticket, machine, wants_device, .. } => {
                        claims.push(Claim { ticket, machine, wants_device });
                    }
                    Command::Wait { until } => break until,
                    Command::Done(report) => {
                        self.settle_all(now);
                        if self.seals == 0 {
                            self.end();
                        }
                        self.flush(false, orders);
                        let row = |report| Row::of(report, self.refreshes);
                        let rows = report.devices.iter().map(row).collect();
                        orders.push(Order::Done { rows, next: self.next });
                        return;
                    }
                    command => self.carry_out(command, now, orders),
                }
            };
            let has_to_write = !records.is_empty() || !permits.is_empty();
            if has_to_write || !claims.is_empty() {
                let unwritten = self.write(records, permits, claims, now);
                if has_to_write && self.in_file {
                    self.unwritten = Some(unwritten);
                    self.flush(true, orders);
                    return;
                }
                self.settle_writing(unwritten, None, now);
                continue;
            }
            let bound = self.bound.filter(|_| self.seals == 0);
            if let Some(bound) = bound
                && (now.monotonic >= bound.back_by && self.engine.is_interruptible()
                    || self.works.is_empty() && bound.has_rest(until, now))
            {
                self.bound = None;
                self.next = Some(until.unwrap_or(bound.back_by).as_secs_f64());
                self.engine.cancel(None, &StopHow::Here, now);
                continue;
            }
            // Once it is over, what must not be interrupted is waited for and nothing else.
            let back_by =
                bound.map(|bound| bound.back_by).filter(|back_by| *back_by > now.monotonic);
            let until = until.into_iter().chain(back_by).min();
            self.flush(false, orders);
            orders.push(Order::Wait { until: until.map(|until| until.as_secs_f64()) });
            return;
        }
    }

    fn carry_out(&mut self, command: Command, now: Now, orders: &mut Vec<Order>) {
        let client = self.client.clone();
        let folder = self.folder.clone();
        match command {
            Command::Abort { ticket } => {
                let ticket = ticket.number();
                if self.works.get(&ticket).is_some_and(|flight| !flight.is_seal) {
                    self.works.remove(&ticket);
                    orders.push(Order::Abort { ticket });
                }
            }
            Command::Event(event) => orders.push(Order::Event { event: Box::new(event) }),
            Command::Settle { permit, settlement } => self.settle(permit, settlement, now),
            Command::Send { ticket, request, body_limit, not_after } => {
                let send = move |porter: Porter| async move {
                    Answer::Exchange(if porter.now().monotonic > not_after {
                        let text = "the request waited longer for a connection than it may";
                        Exchange::NotSent(Error::new(Code::TimedOut, text))
                    } else {
                        client.send(&porter, request, body_limit).await
                    })
                };
                self.launch(ticket, Work::new(send), false, orders);
            }
            Command::Token { ticket, rejected } => {
                if let Some((token, good_for)) = client.token_at_hand(rejected.as_ref(), now) {
                    return self.engine.answer(ticket, Answer::Token(token, good_for), now);
                }
                let token = move |porter: Porter| async move {
                    match client.token(&porter, rejected.as_ref()).await {
                        Ok((token, good_for)) => Answer::Token(token, good_for),
                        Err(error) => Answer::TokenFailed(error),
                    }
                };
                self.launch(ticket, Work::new(token), false, orders);
            }
            Command::Inspect { ticket, name } => {
                let path = format!("{}/{name}", folder.as_deref().unwrap_or_default());
                let (Some(asker), number) = (self.engine.asker(ticket), self.number) else {
                    return;
                };
                let taken = self.client.state().taken.take_package(path, asker, number, now);
                if let Err(until) = taken {
                    return self.engine.answer(ticket, Answer::ClaimHeld(until), now);
                }
                let inspect = move |porter| async move {
                    Answer::Held(download::inspect(porter, folder.unwrap_or_default(), name).await)
                };
                self.launch(ticket, Work::new(inspect), false, orders);
            }
            Command::Fetch { ticket, link, name, resume } => {
                let fetch = move |porter| async move {
                    let (folder, limits) = (folder.unwrap_or_default(), Limits::default());
                    let fetch = Fetch { folder, name, link, resume, limits };
                    Answer::Fetched(download::fetch(porter, fetch).await)
                };
                self.launch(ticket, Work::new(fetch), false, orders);
            }
            Command::Seal { ticket, name, custody, size, sha256, keep_damaged } => {
                let (folder, options) = (folder.unwrap_or_default(), self.options.clone());
                let custody = *custody;
                let seal = Seal { folder, name, custody, options, size, sha256, keep_damaged };
                let seal =
                    |porter| async move { Answer::Sealed(download::seal(porter, seal).await) };
                self.launch(ticket, Work::new(seal), true, orders);
            }
            _ => {}
        }
    }

    fn launch(
        &mut self,
        ticket: Ticket,
        work: Work<Answer>,
        is_seal: bool,
        orders: &mut Vec<Order>,
    ) {
        self.seals += usize::from(is_seal);
        self.works.insert(ticket.number(), Box::new(Flight { work, is_seal, judge: None }));
        orders.push(Order::Start { ticket: ticket.number(), seal: is_seal });
    }

    /// The next wish of a piece of work; at its end the engine has its answer.
    fn go_on(&mut self, ticket: u64, mut given: Given, now: Now) -> Option<Wish> {
        let Self { engine, works, .. } = self;
        let flight = works.get_mut(&ticket)?;
        loop {
            if let Some(judge) = &mut flight.judge {
                let code = given.failed.as_ref().map(|failure| failure.code.as_deref());
                match code {
                    Some(Some(WRITE_ONLY)) => {
                        given =
                            Given { judgement: Some(Judgement::not_read()), ..Given::default() };
                    }
                    Some(_) => {}
                    None => match judge.step(given.bytes.take()) {
                        judge::Step::Wish(wish) => return Some(wish),
                        judge::Step::Done(judgement) => given.judgement = Some(judgement),
                    },
                }
                flight.judge = None;
            }
            match flight.work.step(std::mem::take(&mut given), now) {
                Step::Wish(Wish::Progress { received, total }) => {
                    engine.progress(Ticket::from_number(ticket), received, total);
                    return Some(Wish::Progress { received, total });
                }
                Step::Wish(Wish::Judge { name, length }) => {
                    flight.judge = Some(Judge::new(name, length));
                }
                Step::Wish(wish) => return Some(wish),
                Step::Done(answer) => {
                    self.seals -= usize::from(flight.is_seal);
                    works.remove(&ticket);
                    engine.answer(Ticket::from_number(ticket), answer, now);
                    return None;
                }
            }
        }
    }

    /// Gives places in the quota, and makes lines of them and of records.
    fn write(
        &mut self,
        records: Vec<(u64, Record)>,
        permits: Vec<(Ticket, QuotaClass)>,
        claims: Vec<Claim>,
        now: Now,
    ) -> Unwritten {
        let (seqs, records): (Vec<u64>, Vec<Record>) = records.into_iter().unzip();
        let ours = self.client.state().taken.begin_append(&records, self.number);
        for record in ours.iter().filter(|_| self.in_file) {
            self.lines.extend(Line::Record(Box::new(record.clone())).to_bytes());
        }
        let ours = match ours {
            Cow::Borrowed(_) => None,
            Cow::Owned(ours) => Some(ours),
        };
        let mut answers = Vec::with_capacity(permits.len());
        for (ticket, class) in permits {
            let permit = self.client.state().quotas.permit(class, now.monotonic);
            if let Ok(permit) = permit {
                self.open.push(permit);
                let by = self.client.state().by;
                self.note(QuotaLine::granted(by, self.client.account.clone(), permit, now));
            }
            answers.push((ticket, permit));
        }
        Unwritten { seqs, records, ours, permits: answers, claims }
    }

    fn settle_writing(&mut self, unwritten: Unwritten, failure: Option<String>, now: Now) {
        let folder = self.folder.as_deref().unwrap_or_default();
        let Unwritten { records, ours, .. } = &unwritten;
        let (ours, is_appended) = (ours.as_ref().unwrap_or(records), failure.is_none());
        self.client.state().keep(records, ours, is_appended, folder, self.number, now);
        for seq in unwritten.seqs {
            match &failure {
                None => self.engine.recorded(seq),
                Some(why) => {
                    let text =
                        format!("the ledger `{folder}/{FILE_NAME}` cannot be written: {why}");
                    self.engine.record_failed(seq, Error::new(Code::LedgerFailed, text));
                }
            }
        }
        for (ticket, permit) in unwritten.permits {
            let answer = match permit {
                Ok(permit) => Answer::Granted(permit),
                Err(until) => Answer::Until(until),
            };
            self.engine.answer(ticket, answer, now);
        }
        for claim in unwritten.claims {
            self.claim(&claim, now);
        }
    }

    fn claim(&mut self, &Claim { ticket, ref machine, wants_device }: &Claim, now: Now) {
        let mut state = self.client.state();
        let Some(asker) = self.engine.asker(ticket) else { return };
        let answer = match state.taken.claim(machine, wants_device, asker, self.number, now) {
            Ok(elsewhere) => {
                let book = state.books.get(self.folder.as_deref().unwrap_or_default());
                let wanted = Wanted::Claimed(machine, asker);
                let known: Vec<_> =
                    book.into_iter().flat_map(|book| book.handles(wanted)).cloned().collect();
                self.engine.learn(ticket, &known, elsewhere.as_ref());
                Answer::Claimed
            }
            Err(until) => Answer::ClaimHeld(until),
        };
        drop(state);
        self.engine.answer(ticket, answer, now);
    }

    /// What it had is free for others.
    fn end(&self) {
        let file_in = self.folder.as_deref().filter(|_| self.in_file);
        self.client.state().end(self.number, file_in);
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        self.open.retain(|open| *open != permit);
        self.client.settle(permit, settlement, now);
        let by = self.client.state().by;
        self.note(QuotaLine::settled(by, self.client.account.clone(), permit, settlement, now));
    }

    fn note(&mut self, line: QuotaLine) {
        if self.in_file {
            self.lines.extend(Line::Quota(line).to_bytes());
        }
    }

    fn flush(&mut self, sync: bool, orders: &mut Vec<Order>) {
        if sync || !self.lines.is_empty() {
            let text = String::from_utf8(std::mem::take(&mut self.lines)).unwrap_or_default();
            orders.push(Order::Append { text, sync });
        }
    }

    fn settle_all(&mut self, now: Now) {
        for permit in std::mem::take(&mut self.open) {
            self.settle(permit, Settlement::Answered, now);
        }
    }
}

impl Bound {
    /// Whether there is nothing to do within the bound; `until` is when there will be something.
    fn has_rest(self, until: Option<Duration>, now: Now) -> bool {
        let last = if self.waits { self.back_by } else { now.monotonic };
        until.is_none_or(|until| until > last)
    }
}

/// What looking where a collection stands may take.
const REFRESH: Duration = Duration::from_secs(120);
/// What a driver fails with that is asked to read from where it can only write.
const WRITE_ONLY: &str = "EWRITEONLY";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_is_being_sealed_is_kept_from_other_runs_until_it_is() {
        let now = convert::now(1_767_607_200.0, 86_400.0);
        let client = Shared::new(r#"{"tenant":"contoso.onmicrosoft.com"}"#, &[7; 24]).unwrap();
        let (said, starts) = (r#"{"comment":"INC-42"}"#, r#"{"folder":"f"}"#);
        let mut run = Run::begin(client.clone(), said, starts, None, now).unwrap();
        let take = |collection: &str, run| {
            client.state().taken.take_package("f/p.zip".to_owned(), collection, run, now)
        };
        take("mdef-a", run.number).unwrap();
        let seal = |porter: Porter| async move {
            porter.ask(Wish::Wait { until: 1e9 }).await;
            Answer::Claimed
        };
        let mut orders = Vec::new();
        run.launch(Ticket::from_number(1), Work::new(seal), true, &mut orders);
        // All devices are over, as after a stop; the seal goes on.
        run.advance(now, &mut orders);
        assert!(orders.iter().any(|order| matches!(order, Order::Done { .. })));
        let other = client.state().taken.begin("f");
        assert!(take("mdef-b", other).is_err());
        run.tell("end", None, 1_767_607_200.0, 86_400.0);
        assert!(take("mdef-b", other).is_ok());
    }

    #[test]
    fn the_book_of_a_folder_that_nobody_is_at_is_let_go_of() {
        let now = convert::now(1_767_607_200.0, 86_400.0);
        let client = Shared::new(r#"{"tenant":"contoso.onmicrosoft.com"}"#, &[7; 24]).unwrap();
        let (said, starts) = (r#"{"comment":"INC-42"}"#, r#"{"folder":"f","devices":["ws-042"]}"#);
        let mut run = Run::begin(client.clone(), said, starts, Some(Vec::new()), now).unwrap();
        let mut orders = Vec::new();
        run.advance(now, &mut orders);
        assert!(matches!(orders.last(), Some(Order::Append { sync: true, .. })));
        run.tell("written", None, 1_767_607_200.0, 86_400.0);
        run.tell("end", None, 1_767_607_200.0, 86_400.0);
        // The file may be another process's to write from now on.
        let left: usize =
            client.state().books.get("f").map_or(0, |book| book.handles(Wanted::All).count());
        assert_eq!(left, 0);
    }
}
