//! A driver that answers at once what needs no thought, and leaves each request to the test.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use mde_forensics_core::engine::{
    Answer, Command, Custody, Engine, Event, Exchange, Fetched, Handle, Held, Options, Record,
    Report, Sealed, Settlement, Start, Ticket,
};
use mde_forensics_core::quota::{QuotaClass, QuotaOptions, Quotas};
use mde_forensics_core::{AccessToken, BaseUrl, Code, Comment, Device, Error, Now};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use time::macros::datetime;

use crate::office::{Office, Shared};

/// The service's time at the beginning.
pub(crate) const EPOCH: OffsetDateTime = datetime!(2026-01-05 10:00 UTC);
/// The device's id.
pub(crate) const MACHINE: &str = "0123456789abcdef0123456789abcdef01234567";
/// Another device's.
pub(crate) const OTHER_MACHINE: &str = "ffffffffffffffffffffffffffffffffffffffff";
/// The application whose token the engine has.
pub(crate) const APP_ID: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const BEGIN: Duration = Duration::from_secs(86_400);

pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) now: Duration,
    /// Seconds by which the local wall clock is ahead of the service's.
    pub(crate) ahead: i64,
    pub(crate) sent: VecDeque<(Ticket, http::Request<Vec<u8>>)>,
    pub(crate) events: Vec<Event>,
    pub(crate) records: Vec<Record>,
    /// What the ledger knew at the beginning.
    known: Vec<Handle>,
    pub(crate) inspecting: VecDeque<Ticket>,
    pub(crate) fetching: VecDeque<Ticket>,
    pub(crate) sealing: VecDeque<Ticket>,
    /// What the manifests say that were written.
    pub(crate) custody: Vec<Custody>,
    /// Asked for, and not answered, if this driver gives no tokens.
    pub(crate) tokens: VecDeque<Ticket>,
    pub(crate) gives_tokens: bool,
    /// Whom it shares devices and packages with.
    pub(crate) office: Option<Office>,
    /// Facts that the ledger does not take, each once.
    pub(crate) loses: Vec<&'static str>,
    downloads: bool,
    roles: Vec<&'static str>,
    quotas: Quotas,
}

/// What the engine does next, when all that can be answered at once is.
#[derive(Debug)]
pub(crate) enum Next {
    Done(Report),
    /// It waits for an answer or until then.
    Wait(Option<Duration>),
}

impl Rig {
    pub(crate) fn new(options: Options, starts: Vec<Start>) -> Self {
        Self::ahead(options, starts, 0)
    }

    pub(crate) fn ahead(options: Options, starts: Vec<Start>, ahead: i64) -> Self {
        Self::begin(BEGIN, options, starts, &[], ahead)
    }

    /// One whose ledger knows these.
    pub(crate) fn knowing(known: &[Handle], options: Options, starts: Vec<Start>) -> Self {
        Self::begin(BEGIN, options, starts, known, 0)
    }

    /// Another run, which begins so long after this one stopped and knows what that one wrote down.
    pub(crate) fn later(&self, after: Duration, options: Options, starts: Vec<Start>) -> Self {
        Self::begin(self.now + after, options, starts, &self.handles(), self.ahead)
    }

    /// The same, with a local clock that has jumped.
    pub(crate) fn later_ahead(
        &self,
        after: Duration,
        ahead: i64,
        options: Options,
        starts: Vec<Start>,
    ) -> Self {
        Self::begin(self.now + after, options, starts, &self.handles(), ahead)
    }

    /// One that begins at this time and knows these.
    pub(crate) fn beginning(
        now: Duration,
        options: Options,
        starts: Vec<Start>,
        known: &[Handle],
    ) -> Self {
        Self::begin(now, options, starts, known, 0)
    }

    /// One into this folder, which shares devices and packages with others, and begins knowing what its ledger does of
    /// collections of these names.
    pub(crate) fn sharing(
        shared: &Rc<RefCell<Shared>>,
        folder: &str,
        now: Duration,
        options: Options,
        names: &[String],
        starts: impl FnOnce(&Options, &[Handle]) -> Vec<Start>,
    ) -> Self {
        let office = Office::begin(shared, folder);
        let known = office.free(names);
        let starts = starts(&options, &known);
        let mut rig = Self::beginning(now, options, starts, &known);
        rig.office = Some(office);
        rig
    }

    fn begin(
        now: Duration,
        options: Options,
        starts: Vec<Start>,
        known: &[Handle],
        ahead: i64,
    ) -> Self {
        let wall = EPOCH + now.checked_sub(BEGIN).unwrap() + time::Duration::seconds(ahead);
        // Of the others the engine learns when it claims their machine.
        let (mut names, mut devices) = (Vec::new(), Vec::new());
        for start in &starts {
            match start {
                Start::Earlier(handle) | Start::Handle(handle) => {
                    names.push(handle.collection().to_owned());
                }
                Start::Device(device) => devices.push(device.clone()),
                _ => {}
            }
        }
        names.extend(Start::names(&options, &devices));
        let is_named = |handle: &&Handle| names.iter().any(|name| name == handle.collection());
        let told: Vec<_> = known.iter().filter(is_named).cloned().collect();
        Self {
            engine: Engine::new(options, starts, &told, Now::new(wall, now)).unwrap(),
            known: known.to_vec(),
            now,
            ahead,
            sent: VecDeque::new(),
            events: Vec::new(),
            records: Vec::new(),
            inspecting: VecDeque::new(),
            fetching: VecDeque::new(),
            sealing: VecDeque::new(),
            custody: Vec::new(),
            tokens: VecDeque::new(),
            gives_tokens: true,
            loses: Vec::new(),
            office: None,
            downloads: false,
            roles: vec!["Machine.ReadWrite.All", "Machine.CollectForensics"],
            quotas: Quotas::new(QuotaOptions::default()),
        }
    }

    pub(crate) fn with_roles(mut self, roles: Vec<&'static str>) -> Self {
        self.roles = roles;
        self
    }

    /// Lets this driver download, and find each package whole.
    pub(crate) fn downloading(mut self) -> Self {
        self.downloads = true;
        self
    }

    /// Closes the quota of collections for so long.
    pub(crate) fn close_quota(&mut self, seconds: u64) {
        let permit = self.quotas.permit(QuotaClass::Collect, self.now).unwrap();
        let closed = Settlement::Throttled(Duration::from_secs(seconds));
        self.quotas.settle(permit, closed, self.now);
    }

    /// Goes on until the engine waits or is done.
    pub(crate) fn go(&mut self) -> Next {
        for _ in 0..20_000 {
            let now = self.clock();
            match self.engine.poll(now) {
                Command::Claim { ticket, machine, wants_device, .. } if self.office.is_some() => {
                    let Some(collection) = self.engine.asker(ticket) else { continue };
                    let office = self.office.as_mut().unwrap();
                    let answer = match office.claim(&machine, wants_device, collection, now) {
                        Ok((known, elsewhere)) => {
                            self.engine.learn(ticket, &known, elsewhere.as_ref());
                            Answer::Claimed
                        }
                        Err(until) => Answer::ClaimHeld(until),
                    };
                    self.engine.answer(ticket, answer, now);
                }
                Command::Claim { ticket, machine, .. } => {
                    let asker = self.engine.asker(ticket).unwrap();
                    let is_there = |handle: &Handle| {
                        handle.collection() == asker
                            || handle.machine().is_some_and(|it| it.id.matches(machine.as_str()))
                    };
                    let known = self.known.iter().cloned().chain(self.handles());
                    let there: Vec<_> = known.filter(is_there).collect();
                    self.engine.learn(ticket, &there, None);
                    self.engine.answer(ticket, Answer::Claimed, now);
                }
                Command::Done(report) => return Next::Done(report),
                Command::Event(event) => self.events.push(event),
                Command::Fetch { ticket, .. } if self.downloads => {
                    let fetched = Fetched::Complete { size: 1, sha256: "00".to_owned() };
                    self.engine.answer(ticket, Answer::Fetched(fetched), now);
                }
                Command::Inspect { ticket, name } if self.office.is_some() => {
                    let Some(collection) = self.engine.asker(ticket) else { continue };
                    let office = self.office.as_mut().unwrap();
                    match office.take_package(&name, collection, now) {
                        Ok(()) => self.inspecting.push_back(ticket),
                        Err(until) => self.engine.answer(ticket, Answer::ClaimHeld(until), now),
                    }
                }
                Command::Inspect { ticket, .. } if self.downloads => {
                    self.engine.answer(ticket, Answer::Held(Held::Nothing), now);
                }
                Command::Seal { ticket, custody, .. } if self.downloads => {
                    self.custody.push(*custody);
                    let whole = Sealed::Whole { members: 1, findings: 0 };
                    self.engine.answer(ticket, Answer::Sealed(whole), now);
                }
                Command::Seal { ticket, .. } if self.office.is_some() => {
                    self.sealing.push_back(ticket);
                }
                Command::Fetch { ticket, .. } => self.fetching.push_back(ticket),
                Command::Inspect { ticket, .. } => self.inspecting.push_back(ticket),
                Command::Permit { ticket, quota } => {
                    let answer = match self.quotas.permit(quota, self.now) {
                        Ok(permit) => Answer::Granted(permit),
                        Err(until) => Answer::Until(until),
                    };
                    self.engine.answer(ticket, answer, now);
                }
                Command::Record { seq, record } if self.is_lost(&record) => {
                    if let Some(office) = &mut self.office {
                        office.append(&record, true, now);
                    }
                    let full = Error::new(Code::LedgerFailed, "No space left on device");
                    self.engine.record_failed(seq, full);
                }
                Command::Record { seq, record } => {
                    if let Some(office) = &mut self.office {
                        office.append(&record, false, now);
                    }
                    self.records.push(*record);
                    self.engine.recorded(seq);
                }
                Command::Send { ticket, request, .. } => self.sent.push_back((ticket, request)),
                Command::Settle { permit, settlement } => {
                    self.quotas.settle(permit, settlement, self.now);
                }
                Command::Token { ticket, .. } if !self.gives_tokens => {
                    self.tokens.push_back(ticket);
                }
                Command::Token { ticket, .. } => {
                    let token = Answer::Token(self.token(), Duration::from_secs(3_600));
                    self.engine.answer(ticket, token, now);
                }
                Command::Wait { until } => return Next::Wait(until),
                _ => {}
            }
        }
        panic!("the engine spins; last {:?}", self.events.last());
    }

    fn is_lost(&mut self, record: &Record) -> bool {
        let record = serde_json::to_value(record).unwrap();
        let lost = self.loses.iter().position(|fact| record["fact"] == *fact);
        lost.is_some_and(|at| !self.loses.remove(at).is_empty())
    }

    /// Lets time pass until something is sent, and gives it.
    pub(crate) fn next_sent(&mut self) -> (Ticket, http::Request<Vec<u8>>) {
        loop {
            let next = self.go();
            if let Some(sent) = self.sent.pop_front() {
                return sent;
            }
            match next {
                Next::Wait(Some(until)) => self.now = self.now.max(until),
                other => panic!("nothing is sent any more: {other:?}"),
            }
        }
    }

    /// Takes what was sent next, which must be for this path.
    pub(crate) fn sent_to(&mut self, path: &str) -> Ticket {
        let (ticket, request) = self.next_sent();
        let uri = request.uri();
        assert!(uri.path().ends_with(path), "sent to {uri}, not to {path}");
        ticket
    }

    /// Runs to the report; `reply` answers each request with a status and a body, or `None` where the answer is lost.
    pub(crate) fn run(
        &mut self,
        mut reply: impl FnMut(&http::Request<Vec<u8>>) -> Option<(u16, Value)>,
    ) -> Report {
        loop {
            let next = self.go();
            if let Some((ticket, request)) = self.sent.pop_front() {
                match reply(&request) {
                    Some((status, body)) => self.reply(ticket, status, &body),
                    None => self.lose(ticket),
                }
                continue;
            }
            match next {
                Next::Done(report) => return report,
                Next::Wait(Some(until)) => self.now = self.now.max(until),
                Next::Wait(None) => panic!("the engine waits for nothing"),
            }
        }
    }

    pub(crate) fn reply(&mut self, ticket: Ticket, status: u16, body: &Value) {
        self.reply_with(ticket, status, body, &[]);
    }

    pub(crate) fn reply_with(
        &mut self,
        ticket: Ticket,
        status: u16,
        body: &Value,
        headers: &[(&str, &str)],
    ) {
        let date = self.service().format(&Rfc2822).unwrap().replace("+0000", "GMT");
        let mut reply = http::Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .header("date", date);
        for (name, value) in headers {
            reply = reply.header(*name, *value);
        }
        let reply = reply.body(body.to_string().into_bytes()).unwrap();
        let now = self.clock();
        self.engine.answer(ticket, Answer::Exchange(Exchange::Reply(reply)), now);
    }

    /// The same by whoever's clock is so far ahead of the service's.
    pub(crate) fn reply_at(
        &mut self,
        ticket: Ticket,
        status: u16,
        body: &Value,
        kind: &str,
        ahead: time::Duration,
    ) {
        let date = (self.service() + ahead).format(&Rfc2822).unwrap().replace("+0000", "GMT");
        let reply = http::Response::builder().status(status).header("date", date);
        let reply = reply.header("content-type", kind).body(body.to_string().into_bytes());
        let exchange = Exchange::Reply(reply.unwrap());
        self.engine.answer(ticket, Answer::Exchange(exchange), self.clock());
    }

    /// Whether the request was done is not known.
    pub(crate) fn lose(&mut self, ticket: Ticket) {
        let error = Error::new(Code::TimedOut, "no answer");
        let now = self.clock();
        self.engine.answer(ticket, Answer::Exchange(Exchange::Unknown(error)), now);
    }

    /// The handles that a later run starts from.
    pub(crate) fn handles(&self) -> Vec<Handle> {
        Handle::fold(self.records.clone())
    }

    fn service(&self) -> OffsetDateTime {
        EPOCH + self.now.checked_sub(BEGIN).unwrap()
    }

    pub(crate) fn clock(&self) -> Now {
        Now::new(self.service() + time::Duration::seconds(self.ahead), self.now)
    }

    fn token(&self) -> AccessToken {
        let claims = json!({
            "aud": "https://api.securitycenter.microsoft.com",
            "appid": APP_ID,
            "roles": self.roles,
        });
        let claims = base64::Engine::encode(
            &base64::engine::general_purpose::URL_SAFE_NO_PAD,
            claims.to_string(),
        );
        AccessToken::new(format!("e30.{claims}.x"))
    }
}

/// The defaults, without the preflight call.
pub(crate) fn options() -> Options {
    let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
    let comment = Comment::parse("INC-42").unwrap();
    let mut options = Options::new("contoso.onmicrosoft.com", base, comment, [7; 16]);
    options.preflight = false;
    options
}

pub(crate) fn device(name: &str) -> Start {
    Start::Device(Device::parse(name).unwrap())
}

pub(crate) fn resumed(handle: &Handle) -> Start {
    Start::Handle(Box::new(handle.clone()))
}

/// A handle that these facts fold into, after the search for `ws-042`.
pub(crate) fn handle(facts: Vec<Value>) -> Handle {
    handle_of(MACHINE, facts)
}

/// The same for another device.
pub(crate) fn handle_of(machine: &str, facts: Vec<Value>) -> Handle {
    let collection: String = "mdef-".chars().chain(machine.chars().take(20)).collect();
    handle_named(&collection, machine, "2026-01-05T09:59:00Z", facts)
}

/// The same for another collection, which was begun at another time.
pub(crate) fn handle_named(collection: &str, machine: &str, at: &str, facts: Vec<Value>) -> Handle {
    let begun = json!({
        "fact": "begun",
        "tenant": "contoso.onmicrosoft.com",
        "base": "https://api.security.microsoft.com",
        "device": "ws-042",
        "comment": "INC-42",
    });
    let resolved = json!({ "fact": "resolved", "machine": machine, "name": "ws-042.contoso.com" });
    let records = [begun, resolved].into_iter().chain(facts).map(|mut record| {
        record["collection"] = json!(collection);
        record["at"] = json!(at);
        serde_json::from_value(record).unwrap()
    });
    Handle::fold(records).remove(0)
}

pub(crate) fn machines() -> Value {
    json!({ "value": [machine()] })
}

pub(crate) fn machine() -> Value {
    json!({
        "id": MACHINE,
        "computerDnsName": "ws-042.contoso.com",
        "onboardingStatus": "Onboarded",
        "healthStatus": "Active",
    })
}

pub(crate) fn action(id: &str, status: &str) -> Value {
    json!({
        "id": id,
        "type": "CollectInvestigationPackage",
        "status": status,
        "machineId": MACHINE,
        "creationDateTimeUtc": "2026-01-05T09:59:59Z",
    })
}

pub(crate) fn none() -> Value {
    list(&[])
}

pub(crate) fn list(items: &[Value]) -> Value {
    json!({ "value": items })
}

pub(crate) fn link() -> Value {
    json!({ "value": "https://download.invalid/p?token=x" })
}
