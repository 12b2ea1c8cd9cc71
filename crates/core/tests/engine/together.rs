//! Several runs of one client that want the same device at the same time.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod by_hand;
#[cfg(test)]
mod requests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use http::{Method, Request};
use mde_forensics_core::engine::{
    Answer, Engine, Fetched, Handle, Held, Options, Outcome, Report, Sealed, Start, StopHow,
    Ticket, Until, Verdict,
};
use mde_forensics_core::{Code, Device, Now};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::office::Shared;
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
    /// How many of its collect requests never reach the service.
    drops: usize,
    /// Milliseconds after the first at which it is stopped.
    stops: Option<u64>,
    /// Whether it is then cancelled at the service too.
    cancels: bool,
    /// Facts that its ledger does not take, each once.
    lost: Vec<&'static str>,
    devices: Vec<&'static str>,
    /// A handle that it begins with in place of these.
    kept: Option<Handle>,
    /// How far it goes.
    until: Until,
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
    is_cancelled: bool,
}

/// Something that is about to happen to a run.
enum Due {
    Request(Ticket, Box<Request<Vec<u8>>>),
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
        action.is_cancelled || now >= action.created + Duration::from_millis(self.takes)
    }

    fn show(&self, action: &Action, now: Duration) -> Value {
        let at = self.actions.iter().position(|other| other.id == action.id).unwrap();
        let end = self.ends.get(at).copied().unwrap_or("Succeeded");
        let status = match action.is_cancelled {
            true => "Cancelled",
            false if self.is_over(action, now) => end,
            false => "Pending",
        };
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
        if path.ends_with("/cancel") {
            let id = path.split('/').find(|part| part.starts_with("action-")).unwrap();
            let at = self.actions.iter().position(|action| action.id == id).unwrap();
            let is_over = self.is_over(&self.actions[at], now);
            self.actions[at].is_cancelled |= !is_over;
            return (200, self.show(&self.actions[at], now));
        }
        if request.method() == Method::POST {
            let running = self.actions.iter().find(|action| !self.is_over(action, now));
            assert!(running.is_none(), "asked while {running:?} runs");
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            let marker = body["ExternalId"].as_str().map(str::to_owned);
            let id = format!("action-{}", self.actions.len());
            self.actions.push(Action { id, created: now, marker, is_cancelled: false });
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
        // The same handle, which somebody has prepared, or the same key.
        let is_prepared = plan.key == Some(PREPARED);
        options.key = plan.key.filter(|_| !is_prepared).map(str::to_owned);
        options.entropy = [u8::try_from(self.runs.len()).unwrap(); 16];
        options.until = plan.until;
        let devices: Vec<_> =
            plan.devices.iter().map(|device| Device::parse(device).unwrap()).collect();
        let prepared = plan.kept.clone().or_else(|| is_prepared.then(|| prepared(&options)));
        let mut names = Start::names(&options, &devices);
        names.extend(prepared.iter().map(|it| it.collection().to_owned()));
        let starts = |options: &Options, known: &[Handle]| match prepared {
            Some(handle) => vec![Start::Handle(Box::new(handle))],
            None => Start::plan(options, devices, known),
        };
        let mut rig = Rig::sharing(shared, plan.folder, self.now, options, &names, starts);
        rig.loses.clone_from(&plan.lost);
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
        let mut due: Vec<Due> = run
            .rig
            .sent
            .drain(..)
            .map(|(ticket, request)| Due::Request(ticket, Box::new(request)))
            .collect();
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
                let is_asked = request.uri().path().ends_with("/collectInvestigationPackage");
                if is_asked && run.plan.drops > 0 {
                    run.plan.drops -= 1;
                    return self.later(index, Due::Lost(ticket));
                }
                let (status, body) = self.service.answer(&request, self.now);
                let is_lost = is_asked && std::mem::take(&mut run.plan.loses);
                let due =
                    if is_lost { Due::Lost(ticket) } else { Due::Reply(ticket, status, body) };
                self.later(index, due);
            }
            Due::Reply(ticket, status, body) => run.rig.reply(ticket, status, &body),
            Due::Lost(ticket) => run.rig.lose(ticket),
            Due::Stop => {
                if run.report.is_none() {
                    let at_service = StopHow::AtService { comment: "over".to_owned() };
                    let how = if run.plan.cancels { at_service } else { StopHow::Here };
                    run.rig.engine.cancel(None, &how, now);
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
        let handles =
            (0..self.plan.devices.len()).filter_map(|index| self.rig.engine.handle(index));
        let handle = handles.rev().find(|it| it.action().is_some()).unwrap();
        (self.plan.folder, handle.action().unwrap().id.to_string())
    }
}

/// A handle of which nothing was asked yet, the same each time.
fn prepared(options: &Options) -> Handle {
    let mut options = options.clone();
    options.entropy = [99; 16];
    let start = Start::Device(Device::parse("ws-042").unwrap());
    let engine = Engine::new(options, vec![start], &[], Now::new(EPOCH, BEGIN)).unwrap();
    engine.handle(0).unwrap().clone()
}

/// A run of which nothing goes wrong.
fn calm(begins: u64, key: Option<&'static str>, folder: &'static str) -> Plan {
    Plan {
        begins,
        key,
        folder,
        latencies: vec![100],
        loses: false,
        drops: 0,
        stops: None,
        cancels: false,
        lost: Vec::new(),
        devices: vec!["ws-042"],
        kept: None,
        until: Until::Collected,
    }
}

/// A run that begins within so many milliseconds after the first.
fn plan(within: u64) -> impl Strategy<Value = Plan> {
    let key = prop::sample::select(vec![None, Some("INC-42"), Some("INC-43"), Some(PREPARED)]);
    let folder = prop::sample::select(vec!["here", "there"]);
    let latencies = prop::collection::vec(1u64..3_000, 1..12);
    (0..within, key, folder, latencies, prop::bool::weighted(0.3)).prop_map(
        |(begins, key, folder, latencies, loses)| Plan {
            latencies,
            loses,
            ..calm(begins, key, folder)
        },
    )
}

/// The same, and much goes wrong with it.
fn troubled_plan() -> impl Strategy<Value = Plan> {
    let fact = prop::sample::select(vec![
        "accepted", "begun", "doubted", "ended", "intended", "observed", "refused", "resolved",
    ]);
    let stops = prop::option::of((0u64..600_000, any::<bool>()));
    (plan(400_000), 0usize..3, stops, prop::collection::vec(fact, 0..2)).prop_map(
        |(plan, drops, stops, lost)| Plan {
            drops,
            stops: stops.map(|(at, _)| at),
            cancels: stops.is_some_and(|(_, cancels)| cancels),
            lost,
            ..plan
        },
    )
}

const PREPARED: &str = "prepared";

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_that_want_a_device_at_once_ask_it_once(
        plans in prop::collection::vec(plan(20_000), 2..5),
        lag in 0u64..170_000,
        // Longer than it takes for all of them to have looked.
        takes in 40_000u64..600_000,
    ) {
        let folders: BTreeSet<_> = plans.iter().map(|plan| plan.folder).collect();
        // Where an answer is lost, longer than it takes for the action to show.
        let takes = takes + if plans.iter().any(|plan| plan.loses) { 300_000 } else { 0 };
        let service = service(lag, takes, Vec::new());
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
        let service = service(lag, takes, ends);
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
    #[test]
    fn whatever_goes_wrong_a_device_that_is_being_collected_is_not_asked(
        plans in prop::collection::vec(troubled_plan(), 2..6),
        ends in prop::collection::vec(prop::sample::select(vec!["Succeeded", "Failed"]), 0..6),
        lag in 0u64..150_000,
        takes in 5_000u64..600_000,
    ) {
        World::new(service(lag, takes, ends), plans);
    }
}

/// Plays each case; whatever fails is told by how many did, and the first of them.
fn play(cases: impl Iterator<Item = (Service, Vec<Plan>)>) {
    let (mut wrong, mut all) = (Vec::new(), 0);
    for (service, plans) in cases {
        all += 1;
        let begins: Vec<_> = plans.iter().map(|plan| plan.begins).collect();
        if let Err(why) = catch_unwind(AssertUnwindSafe(|| World::new(service, plans))) {
            let why = why.downcast_ref::<String>().cloned().unwrap_or_default();
            wrong.push(format!("runs that begin at {begins:?}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {all}: {}", wrong.len(), wrong[0]);
}

fn service(lag: u64, takes: u64, ends: Vec<&'static str>) -> Service {
    Service { lag, takes, ends, actions: Vec::new() }
}

/// A failed attempt, a round after it that came to nothing, another name of the device; and a slow run of two names.
fn rounds() -> Vec<Plan> {
    let (short, long) = ("ws-042", "ws-042.contoso.com");
    let p = |begins, latencies: Vec<u64>, devices: Vec<&'static str>, until| Plan {
        latencies,
        devices,
        until,
        ..calm(begins, KEY, "here")
    };
    vec![
        p(16_212, vec![50, 50, 50], vec![short, "WS-042"], Until::Requested),
        p(16_513, vec![50], vec![short], Until::Ready),
        Plan {
            lost: vec!["intended"],
            ..p(26_072, vec![11_508, 316], vec![short], Until::Requested)
        },
        p(37_097, vec![221, 14_192, 93, 263], vec![short, long], Until::Ready),
        p(47_310, vec![124], vec![long], Until::Requested),
    ]
}

const KEY: Option<&str> = Some("INC-42");

/// The world of runs whose collections take so many milliseconds and are not listed for a while.
fn world(lag: u64, takes: u64, ends: &[&'static str], plans: Vec<Plan>) -> World {
    World::new(service(lag, takes, ends.to_vec()), plans)
}

#[test]
fn who_comes_back_in_doubt_goes_on_with_what_others_have_asked_since() {
    for key in [None, Some("INC-43"), Some(PREPARED)] {
        let mut lost = calm(0, Some("INC-42"), "here");
        (lost.drops, lost.stops) = (1, Some(20_000));
        let other = calm(25_000, key, "here");
        let back = calm(30_000, Some("INC-42"), "here");
        let world = world(100_000, 600_000, &[], vec![lost, other, back]);
        assert_eq!(world.service.actions.len(), 1);
    }
}

#[test]
fn a_late_word_on_an_attempt_is_not_taken_for_one_on_the_next() {
    let key = Some("INC-42");
    for third in (36..60).step_by(3) {
        for fourth in (third + 3..80).step_by(3) {
            let begins = [0, 500, third * 1_000, fourth * 1_000];
            let plans = begins.map(|begins| calm(begins, key, "here")).to_vec();
            let world = world(100_000, 35_000, &["Failed"], plans);
            assert!(world.service.actions.len() <= 2, "{third} {fourth}");
        }
    }
}

#[test]
fn what_ended_before_a_call_began_is_not_its_evidence() {
    for folder in ["here", "there"] {
        for end in ["Succeeded", "Failed"] {
            let plans = vec![calm(0, None, "here"), calm(60_000, None, folder)];
            let world = world(150_000, 30_000, &[end], plans);
            assert_eq!(world.service.actions.len(), 2, "{folder} {end}");
            let outcome = &world.runs[1].report.as_ref().unwrap().devices[0].outcome;
            assert!(matches!(outcome, Outcome::Collected(_)), "{outcome:?}");
        }
    }
}

#[test]
fn what_nobody_saw_end_is_looked_at_before_it_is_gone_on_with() {
    for end in ["Succeeded", "Failed"] {
        let mut first = calm(0, None, "here");
        first.stops = Some(10_000);
        let plans = vec![first, calm(60_000, None, "here")];
        let world = world(150_000, 30_000, &[end], plans);
        assert_eq!(world.service.actions.len(), 2, "{end}");
        let outcome = &world.runs[1].report.as_ref().unwrap().devices[0].outcome;
        assert!(matches!(outcome, Outcome::Collected(_)), "{outcome:?}");
    }
}
