//! Several runs of one client that want the same device at the same time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use http::{Method, Request};
use mde_forensics_core::engine::{
    Answer, Fetched, Held, Options, Outcome, Report, Sealed, Start, StopHow, Ticket, Verdict,
};
use mde_forensics_core::{Code, Device};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::office::{Office, Shared};
use crate::rig::{self, BEGIN, EPOCH, Next, Rig};

/// How a run begins, and what becomes of its requests.
#[derive(Clone, Debug)]
struct Plan {
    /// Milliseconds after the first.
    begins: u64,
    key: Option<&'static str>,
    folder: &'static str,
    /// Milliseconds that each answer takes, one after the other and over again.
    latencies: Vec<u64>,
    /// Whether the answer to its first collect request is lost.
    loses: bool,
    /// Milliseconds after the first at which it is stopped.
    stops: Option<u64>,
}

#[derive(Clone, Debug)]
struct Service {
    /// Milliseconds before a new action is in lists.
    lag: u64,
    /// Milliseconds that a collection takes.
    takes: u64,
    /// How collections end, one after the other; the rest succeeds.
    ends: Vec<&'static str>,
    actions: Vec<Action>,
}

#[derive(Clone, Debug)]
struct Action {
    id: String,
    created: Duration,
    marker: Option<String>,
}

/// Something that is about to happen to a run.
enum Due {
    Request(Ticket, Request<Vec<u8>>),
    Reply(Ticket, u16, Value),
    Lost(Ticket),
    Inspected(Ticket),
    Fetched(Ticket),
    Sealed(Ticket),
    Stop,
}

struct Run {
    plan: Plan,
    rig: Rig,
    answers: usize,
    /// Packages that it is sealing, which nothing stops.
    seals: usize,
    report: Option<Report>,
}

struct World {
    now: Duration,
    service: Service,
    runs: Vec<Run>,
    due: BTreeMap<(Duration, u64), (usize, Due)>,
    count: u64,
    /// Packages by folder and name, and those that somebody is working on.
    disk: BTreeSet<(&'static str, String)>,
    at_work: BTreeMap<(&'static str, String), usize>,
    downloads: usize,
}

impl Service {
    fn is_over(&self, action: &Action, now: Duration) -> bool {
        now >= action.created + Duration::from_millis(self.takes)
    }

    fn show(&self, action: &Action, now: Duration) -> Value {
        let at = self.actions.iter().position(|other| other.id == action.id).unwrap();
        let end = self.ends.get(at).copied().unwrap_or("Succeeded");
        let status = if self.is_over(action, now) { end } else { "Pending" };
        let mut shown = rig::action(&action.id, status);
        let created = EPOCH + action.created.checked_sub(BEGIN).unwrap();
        shown["creationDateTimeUtc"] = json!(created.format(&Rfc3339).unwrap());
        shown["externalId"] = json!(action.marker);
        shown
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: Duration) -> (u16, Value) {
        let path = request.uri().path();
        if path.ends_with("/machines") {
            return (200, rig::machines());
        }
        if path.ends_with("/machineactions") {
            let lag = Duration::from_millis(self.lag);
            let listed = self.actions.iter().filter(|action| now >= action.created + lag);
            let listed: Vec<Value> = listed.map(|action| self.show(action, now)).collect();
            return (200, rig::list(&listed));
        }
        if request.method() == Method::POST {
            let running = self.actions.iter().find(|action| !self.is_over(action, now));
            assert!(running.is_none(), "asked while {running:?} runs");
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            let marker = body["ExternalId"].as_str().map(str::to_owned);
            let id = format!("action-{}", self.actions.len());
            self.actions.push(Action { id, created: now, marker });
            return (201, self.show(self.actions.last().unwrap(), now));
        }
        let id = path.split('/').find(|part| part.starts_with("action-")).unwrap();
        let action = self.actions.iter().find(|action| action.id == id).unwrap();
        if path.to_ascii_lowercase().ends_with("/getpackageuri") {
            (200, rig::link())
        } else {
            (200, self.show(action, now))
        }
    }
}

impl World {
    fn new(service: Service, plans: Vec<Plan>) -> Self {
        let shared = Rc::new(RefCell::new(Shared::default()));
        let mut world = Self {
            now: BEGIN,
            service,
            runs: Vec::new(),
            due: BTreeMap::new(),
            count: 0,
            disk: BTreeSet::new(),
            at_work: BTreeMap::new(),
            downloads: 0,
        };
        world.go(&shared, plans);
        world
    }

    /// Lets everything happen until each run has its report.
    fn go(&mut self, shared: &Rc<RefCell<Shared>>, mut plans: Vec<Plan>) {
        plans.sort_by_key(|plan| plan.begins);
        let mut plans = plans.into_iter().peekable();
        loop {
            let begins = |plan: &Plan| BEGIN + Duration::from_millis(plan.begins);
            while let Some(plan) = plans.next_if(|plan| begins(plan) <= self.now) {
                self.begin(shared, plan);
            }
            let waits = (0..self.runs.len()).filter_map(|index| self.let_go_on(index)).min();
            let first = self.due.keys().next().map(|(at, _)| *at);
            let next = plans.peek().map(begins);
            let Some(next) = [waits, first, next].into_iter().flatten().min() else { break };
            self.now = self.now.max(next);
            assert!(self.now < BEGIN + Duration::from_secs(7_200), "it does not end");
            while let Some(entry) = self.due.first_entry() {
                if entry.key().0 > self.now {
                    break;
                }
                let (index, due) = entry.remove();
                self.happens(index, due);
            }
        }
    }

    fn begin(&mut self, shared: &Rc<RefCell<Shared>>, plan: Plan) {
        let mut options: Options = rig::options();
        options.key = plan.key.map(str::to_owned);
        options.entropy = [u8::try_from(self.runs.len()).unwrap(); 16];
        let office = Office::begin(shared, plan.folder);
        let device = Device::parse("ws-042").unwrap();
        let known = office.free(&Start::names(&options, std::slice::from_ref(&device)));
        let starts = Start::plan(&options, vec![device], &known);
        let mut rig = Rig::beginning(self.now, options, starts, &known);
        rig.office = Some(office);
        if let Some(stops) = plan.stops {
            let at = self.now.max(BEGIN + Duration::from_millis(stops));
            self.count += 1;
            self.due.insert((at, self.count), (self.runs.len(), Due::Stop));
        }
        self.runs.push(Run { plan, rig, answers: 0, seals: 0, report: None });
    }

    /// Until when the run waits, if it does.
    fn let_go_on(&mut self, index: usize) -> Option<Duration> {
        let run = self.runs.get_mut(index).filter(|run| run.report.is_none())?;
        run.rig.now = self.now;
        let until = match run.rig.go() {
            Next::Wait(until) => until,
            Next::Done(report) => {
                run.report = Some(report);
                if run.seals == 0 {
                    self.end(index);
                }
                return None;
            }
        };
        run.seals += run.rig.sealing.len();
        let mut due: Vec<Due> =
            run.rig.sent.drain(..).map(|(ticket, request)| Due::Request(ticket, request)).collect();
        due.extend(run.rig.inspecting.drain(..).map(Due::Inspected));
        due.extend(run.rig.fetching.drain(..).map(Due::Fetched));
        due.extend(run.rig.sealing.drain(..).map(Due::Sealed));
        for due in due {
            self.later(index, due);
        }
        until
    }

    /// It comes back, and what it was at is free.
    fn end(&mut self, index: usize) {
        let run = &mut self.runs[index];
        run.rig.office.as_mut().unwrap().end();
        self.at_work.retain(|_, who| *who != index);
    }

    fn later(&mut self, index: usize, due: Due) {
        let Run { plan, answers, .. } = &mut self.runs[index];
        let wait = Duration::from_millis(plan.latencies[*answers % plan.latencies.len()]);
        *answers += 1;
        self.count += 1;
        self.due.insert((self.now + wait, self.count), (index, due));
    }

    fn happens(&mut self, index: usize, due: Due) {
        let run = &mut self.runs[index];
        run.rig.now = self.now;
        let now = run.rig.clock();
        match due {
            Due::Request(ticket, request) => {
                let (status, body) = self.service.answer(&request, self.now);
                let is_lost = request.method() == Method::POST
                    && std::mem::take(&mut self.runs[index].plan.loses);
                let due =
                    if is_lost { Due::Lost(ticket) } else { Due::Reply(ticket, status, body) };
                self.later(index, due);
            }
            Due::Reply(ticket, status, body) => run.rig.reply(ticket, status, &body),
            Due::Lost(ticket) => run.rig.lose(ticket),
            Due::Stop => {
                if run.report.is_none() {
                    run.rig.engine.cancel(None, &StopHow::Here, now);
                }
            }
            Due::Inspected(_) | Due::Fetched(_) if run.report.is_some() => {}
            Due::Inspected(ticket) => {
                let package = run.package();
                let other = self.at_work.insert(package.clone(), index);
                assert!(other.is_none(), "two at {package:?}");
                let held = if self.disk.contains(&package) {
                    self.at_work.remove(&package);
                    Held::Sealed { size: 1, sha256: "00".to_owned(), verdict: Verdict::Whole }
                } else {
                    Held::Nothing
                };
                run.rig.engine.answer(ticket, Answer::Held(held), now);
            }
            Due::Fetched(ticket) => {
                let fetched = Fetched::Complete { size: 1, sha256: "00".to_owned() };
                run.rig.engine.answer(ticket, Answer::Fetched(fetched), now);
            }
            Due::Sealed(ticket) => {
                let package = run.package();
                assert_eq!(self.at_work.remove(&package), Some(index));
                assert!(self.disk.insert(package));
                (self.downloads, run.seals) = (self.downloads + 1, run.seals - 1);
                if run.report.is_some() {
                    return self.end(index);
                }
                let whole = Sealed::Whole { members: 1, findings: 0 };
                run.rig.engine.answer(ticket, Answer::Sealed(whole), now);
            }
        }
    }
}

impl Run {
    /// Where its package lies.
    fn package(&self) -> (&'static str, String) {
        let handle = self.rig.engine.handle(0).unwrap();
        (self.plan.folder, handle.action().unwrap().id.to_string())
    }
}

/// A run that begins within so many milliseconds after the first.
fn plan(within: u64) -> impl Strategy<Value = Plan> {
    let key = prop::sample::select(vec![None, Some("INC-42"), Some("INC-43")]);
    let folder = prop::sample::select(vec!["here", "there"]);
    let latencies = prop::collection::vec(1u64..3_000, 1..12);
    (0..within, key, folder, latencies, prop::bool::weighted(0.3)).prop_map(
        |(begins, key, folder, latencies, loses)| Plan {
            begins,
            key,
            folder,
            latencies,
            loses,
            stops: None,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_that_want_a_device_at_once_ask_it_once(
        plans in prop::collection::vec(plan(20_000), 2..5),
        lag in 0u64..170_000,
        // Longer than it takes for all of them to have looked.
        takes in 40_000u64..600_000,
    ) {
        let folders: BTreeSet<_> = plans.iter().map(|plan| plan.folder).collect();
        let service = Service { lag, takes, ends: Vec::new(), actions: Vec::new() };
        let world = World::new(service, plans);
        prop_assert_eq!(world.service.actions.len(), 1, "{:#?}", world.service);
        for run in &world.runs {
            let report = run.report.as_ref().unwrap();
            let outcome = &report.devices[0].outcome;
            prop_assert!(matches!(outcome, Outcome::Collected(_)), "{:?}", outcome);
        }
        prop_assert_eq!(world.downloads, folders.len());
    }

    #[test]
    fn runs_that_come_and_go_never_ask_a_device_that_is_being_collected(
        mut plans in prop::collection::vec(plan(900_000), 2..6),
        stops in prop::collection::vec(prop::option::of(0u64..1_200_000), 6),
        ends in prop::collection::vec(prop::sample::select(vec!["Succeeded", "Failed"]), 0..6),
        lag in 0u64..170_000,
        takes in 1_000u64..600_000,
    ) {
        for (plan, stops) in plans.iter_mut().zip(stops) {
            plan.stops = stops;
        }
        let service = Service { lag, takes, ends, actions: Vec::new() };
        let world = World::new(service, plans);
        for run in &world.runs {
            let outcome = &run.report.as_ref().unwrap().devices[0].outcome;
            match outcome {
                Outcome::Collected(_) => {}
                Outcome::Stopped => prop_assert!(run.plan.stops.is_some()),
                Outcome::Failed(error) => prop_assert_eq!(error.code(), Code::CollectionFailed),
                outcome => prop_assert!(false, "{:?}", outcome),
            }
        }
    }
}
