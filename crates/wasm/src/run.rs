//! One run of the engine, with everything that a driver keeps except its I/O.

mod flight;
mod order;
mod starts;
mod writing;

use std::time::Duration;

use mde_forensics_core::download::{self, Fetch, Limits, Seal};
use mde_forensics_core::engine::{
    Answer, Bound, Command, Engine, Exchange, Handle, Start, StopHow,
};
use mde_forensics_core::ledger::{Book, FILE_NAME, Lines, Wanted, snapshot};
use mde_forensics_core::work::{Effects, Work};
use mde_forensics_core::{Code, Device, Error, Map, Now, PermitId};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use self::flight::Flight;
pub(crate) use self::order::Order;
pub(crate) use self::starts::Starts;
use self::writing::{Claim, Unwritten};

use crate::client::{Client, Shared};
use crate::convert::{self, Thrown, thrown};
use crate::report::Row;
use crate::settings::RunSettings;

/// One run of the engine.
#[wasm_bindgen]
pub struct Run {
    engine: Engine,
    client: Shared,
    number: u64,
    folder: Option<String>,
    /// For manifests; null without a folder.
    options: Value,
    works: Map<u64, Box<Flight>>,
    seals: usize,
    open: Vec<PermitId>,
    /// Whether the ledger is a file.
    in_file: bool,
    lines: Vec<u8>,
    unwritten: Option<Unwritten>,
    bound: Option<Bound>,
    /// Whether only the collection's state is requested.
    refreshes: bool,
    next: Option<f64>,
}

#[wasm_bindgen]
impl Run {
    /// Creates a run. `settings` is its options as JSON, `starts` its starting points, `ledger` the
    /// ledger file's bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(
        client: &Client,
        settings: &str,
        starts: &str,
        ledger: Option<Vec<u8>>,
        wall: f64,
        mono: f64,
    ) -> Thrown<Run> {
        let now = convert::now(wall, mono);
        Self::begin(client.shared.clone(), settings, starts, ledger, now)
            .map_err(|error| thrown(&error))
    }

    /// What to do now: a JSON array of orders, the last of which says how to continue.
    #[must_use]
    pub fn poll(&mut self, wall: f64, mono: f64) -> String {
        let mut orders = Vec::new();
        self.advance(convert::now(wall, mono), &mut orders);
        convert::json(&orders)
    }

    /// Reports an event to the run.
    ///
    /// - `end`: the run will not continue; releases what it held.
    /// - `stop`: stops all devices locally; with a text, also at the service.
    /// - `written`: the pending append to the ledger's file is done or, with a text, has failed for
    ///   that reason.
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

    /// Continues a piece of work: returns its next effect as JSON, or `None` at its end. `given` is
    /// the answer to the last effect.
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
        self.go_on(convert::number(ticket), given, now).map(|effect| convert::json(&effect))
    }

    /// The current handle of one device.
    #[must_use]
    pub fn handle(&self, index: usize) -> Option<String> {
        self.engine.handle(index).map(Handle::to_json)
    }
}

impl Run {
    fn begin(
        client: Shared,
        settings: &str,
        starts: &str,
        ledger: Option<Vec<u8>>,
        now: Now,
    ) -> Result<Self, Error> {
        let settings: RunSettings = convert::read(settings, "options")?;
        let begin: Starts = convert::read(starts, "starts")?;
        let number = client.state().taken.begin(begin.folder.as_deref().unwrap_or_default());
        let file_in = ledger.as_ref().and(begin.folder.clone());
        Self::open(client.clone(), &settings, begin, ledger, number, now)
            .inspect_err(|_| client.state().end(number, file_in.as_deref()))
    }

    fn open(
        client: Shared,
        settings: &RunSettings,
        begin: Starts,
        ledger: Option<Vec<u8>>,
        number: u64,
        now: Now,
    ) -> Result<Self, Error> {
        let folder = begin.folder.as_deref().unwrap_or_default();
        let entropy = client.entropy(number, now);
        let options =
            settings.options(&client.tenant, &client.base, &entropy, begin.folder.is_some())?;
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
            let (account, by) = (&client.account, state.by);
            let theirs = snapshot(&lines.quota, by, account, &mut state.seen, now);
            state.quotas.absorb(&theirs, now.monotonic);
            // If the book is already open, it has records that were appended since the file was
            // read.
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
        let manifest = begin.folder.as_ref().map(|_| options.for_manifest(quotas, None));
        let budget = begin.budget.map(convert::seconds).or(begin.refresh.then_some(REFRESH));
        let bounded =
            if begin.no_waiting || begin.refresh { Bound::without_waiting } else { Bound::within };
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
            bound: budget.map(|budget| bounded(budget, now)),
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
            let is_busy = !self.works.is_empty();
            if let Some(bound) = bound
                && bound.is_over(&self.engine, until, is_busy, now)
            {
                self.bound = None;
                self.next = Some(until.unwrap_or(bound.back_by()).as_secs_f64());
                self.engine.cancel(None, &StopHow::Here, now);
                continue;
            }
            let until = bound.map_or(until, |bound| bound.wait_until(until, now));
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
                let send = move |effects: Effects| async move {
                    Answer::Exchange(if effects.now().monotonic > not_after {
                        let text = "the request waited longer for a connection than it may";
                        Exchange::NotSent(Error::new(Code::TimedOut, text))
                    } else {
                        client.send(&effects, request, body_limit).await
                    })
                };
                self.launch(ticket, Work::new(send), false, orders);
            }
            Command::Token { ticket, rejected } => {
                if let Some((token, good_for)) = client.token_at_hand(rejected.as_ref(), now) {
                    return self.engine.answer(ticket, Answer::Token(token, good_for), now);
                }
                let token = move |effects: Effects| async move {
                    match client.token(&effects, rejected.as_ref()).await {
                        Ok((token, good_for)) => Answer::Token(token, good_for),
                        Err(error) => Answer::TokenFailed(error),
                    }
                };
                self.launch(ticket, Work::new(token), false, orders);
            }
            Command::Inspect { ticket, name } => {
                let Some(asker) = self.engine.asker(ticket) else { return };
                // Output without a name, such as a stream, belongs to this run alone.
                if let Some(named) = folder.as_deref().filter(|folder| !folder.is_empty()) {
                    let (path, number) = (format!("{named}/{name}"), self.number);
                    let taken = self.client.state().taken.take_package(path, asker, number, now);
                    if let Err(until) = taken {
                        return self.engine.answer(ticket, Answer::ClaimHeld(until), now);
                    }
                }
                let inspect = move |effects| async move {
                    Answer::Held(download::inspect(effects, folder.unwrap_or_default(), name).await)
                };
                self.launch(ticket, Work::new(inspect), false, orders);
            }
            Command::Fetch { ticket, link, name, resume } => {
                let fetch = move |effects| async move {
                    let (folder, limits) = (folder.unwrap_or_default(), Limits::default());
                    let fetch = Fetch { folder, name, link, resume, limits };
                    Answer::Fetched(download::fetch(effects, fetch).await)
                };
                self.launch(ticket, Work::new(fetch), false, orders);
            }
            Command::Seal { ticket, name, custody, size, sha256, keep_damaged } => {
                let (folder, options) = (folder.unwrap_or_default(), self.options.clone());
                let custody = *custody;
                let seal = Seal { folder, name, custody, options, size, sha256, keep_damaged };
                let seal =
                    |effects| async move { Answer::Sealed(download::seal(effects, seal).await) };
                self.launch(ticket, Work::new(seal), true, orders);
            }
            _ => {}
        }
    }

    /// Releases what the run held.
    fn end(&self) {
        let file_in = self.folder.as_deref().filter(|_| self.in_file);
        self.client.state().end(self.number, file_in);
    }
}

/// The time limit for a refresh.
const REFRESH: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use mde_forensics_core::MachineId;
    use mde_forensics_core::engine::Ticket;
    use mde_forensics_core::work::Effect;

    use super::*;

    #[test]
    fn a_package_that_is_being_sealed_is_kept_from_other_runs_until_it_is() {
        let now = convert::now(1_767_607_200.0, 86_400.0);
        let client = Shared::new(r#"{"tenant":"contoso.onmicrosoft.com"}"#, &[7; 24]).unwrap();
        let (settings, starts) = (r#"{"comment":"INC-42"}"#, r#"{"folder":"f"}"#);
        let mut run = Run::begin(client.clone(), settings, starts, None, now).unwrap();
        let take = |collection: &str, run| {
            client.state().taken.take_package("f/p.zip".to_owned(), collection, run, now)
        };
        take("mdef-a", run.number).unwrap();
        let seal = |effects: Effects| async move {
            effects.ask(Effect::Wait { until: 1e9 }).await;
            Answer::Claimed
        };
        let mut orders = Vec::new();
        run.launch(Ticket::from_number(1), Work::new(seal), true, &mut orders);
        // All devices are over, as after a stop, but the seal continues.
        run.advance(now, &mut orders);
        assert!(orders.iter().any(|order| matches!(order, Order::Done { .. })));
        let other = client.state().taken.begin("f");
        assert!(take("mdef-b", other).is_err());
        run.tell("end", None, 1_767_607_200.0, 86_400.0);
        assert!(take("mdef-b", other).is_ok());
    }

    #[test]
    fn a_device_is_free_after_an_end_that_the_file_did_not_take() {
        let now = convert::now(1_767_607_200.0, 86_400.0);
        let client = Shared::new(r#"{"tenant":"contoso.onmicrosoft.com"}"#, &[7; 24]).unwrap();
        let (settings, starts) = (r#"{"comment":"INC-42"}"#, r#"{"folder":"f"}"#);
        let mut run = Run::begin(client.clone(), settings, starts, Some(Vec::new()), now).unwrap();
        let other = client.state().taken.begin("g");
        let machine = MachineId::parse(&"a".repeat(40)).unwrap();
        let claim = |collection: &str, run| {
            client.state().taken.claim(&machine, true, collection, run, now).is_ok()
        };
        assert!(claim("mdef-a", run.number) && !claim("mdef-b", other));
        let ended = r#"{"collection":"mdef-a","at":"2026-01-05T10:00:00Z","fact":"ended","outcome":"failed","code":null,"request_id":null}"#;
        let ended = vec![(1, serde_json::from_str(ended).unwrap())];
        run.unwritten = Some(run.write(ended, Vec::new(), Vec::new(), now));
        run.tell("written", Some("ENOSPC".to_owned()), 1_767_607_200.0, 86_400.0);
        assert!(claim("mdef-b", other), "the rest of the run may go on for hours");
    }

    #[test]
    fn the_book_of_a_folder_that_nobody_is_at_is_let_go_of() {
        let now = convert::now(1_767_607_200.0, 86_400.0);
        let client = Shared::new(r#"{"tenant":"contoso.onmicrosoft.com"}"#, &[7; 24]).unwrap();
        let (settings, starts) =
            (r#"{"comment":"INC-42"}"#, r#"{"folder":"f","devices":["ws-042"]}"#);
        let mut run = Run::begin(client.clone(), settings, starts, Some(Vec::new()), now).unwrap();
        let mut orders = Vec::new();
        run.advance(now, &mut orders);
        assert!(matches!(orders.last(), Some(Order::Append { sync: true, .. })));
        run.tell("written", None, 1_767_607_200.0, 86_400.0);
        run.tell("end", None, 1_767_607_200.0, 86_400.0);
        // From now on another process may write to the file.
        let left: usize =
            client.state().books.get("f").map_or(0, |book| book.handles(Wanted::All).count());
        assert_eq!(left, 0);
    }
}
