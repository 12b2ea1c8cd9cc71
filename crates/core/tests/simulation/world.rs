//! One seed: what is drawn, what happens, and what must hold at every step and at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use mde_forensics_core::engine::{
    Adoption, Engine, Fact, Handle, Options, Outcome, Record, Report, Start,
};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{BaseUrl, Code, Comment, Device, Now};
use time::macros::datetime;

use crate::driver::{Disk, Faults, Queue};
use crate::random::Random;
use crate::service::{Life, Machine, Service, unknowns};
use crate::{draw, seconds};

pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) now: Duration,
    /// How far the local wall clock is off, in seconds; it may jump.
    pub(crate) wall_error: i64,
    pub(crate) service: Service,
    pub(crate) faults: Faults,
    pub(crate) queue: Queue,
    pub(crate) quotas: Quotas,
    pub(crate) disk: BTreeMap<String, Disk>,
    /// What would survive a crash.
    pub(crate) durable: Vec<Record>,
    pub(crate) unacknowledged: Vec<(u64, Record)>,
    pub(crate) token: u64,
    pub(crate) fetching: usize,
    pub(crate) options: Options,
    pub(crate) crashes: u32,
    pub(crate) is_traced: bool,
    devices: Vec<String>,
    commands: u64,
}

/// What happened over all seeds, so that a simulation in which nothing happens fails.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    outcomes: BTreeMap<&'static str, u64>,
    crashes: u64,
    doubts: u64,
    adopted: u64,
    second_requests: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = draw(seed);
        let epoch = datetime!(2026-01-05 10:00:00 UTC);
        let count = if random.chance(50) { 40 } else { 1 + random.below(6) };
        let machines: Vec<Machine> = (0..count).map(|n| machine(n, &mut random)).collect();
        let devices = machines.iter().map(|machine| machine.name.clone()).collect();
        let mut service = Service::new(epoch, unknowns(&mut random), machines);
        let faults = Faults::draw(&mut random, &service.unknowns);
        others(&mut service, &mut random);
        let options = options(&mut random);
        Self {
            now: seconds(86_400),
            wall_error: i64::try_from(random.below(7_200)).unwrap() - 3_600,
            service,
            faults,
            queue: Queue::default(),
            quotas: Quotas::new(QuotaOptions::default()),
            disk: BTreeMap::new(),
            durable: Vec::new(),
            unacknowledged: Vec::new(),
            token: 0,
            fetching: 0,
            options,
            crashes: 0,
            is_traced: std::env::var_os("SIMULATION_TRACE").is_some(),
            devices,
            commands: 0,
            random,
        }
    }

    /// Runs to the report, through crashes and restarts, and checks all promises.
    pub(crate) fn run(mut self) -> Totals {
        let mut engine = self.start();
        let crashes = self.random.below(4);
        let mut next_crash = (self.crashes_at(crashes), crashes);
        let report = loop {
            if let Some(report) = self.obey(&mut engine) {
                break report;
            }
            if next_crash.1 > 0 && self.now >= next_crash.0 {
                next_crash = (self.now + self.random.millis(1_000, 600_000), next_crash.1 - 1);
                if let Some(restarted) = self.crash(engine) {
                    engine = restarted;
                    continue;
                }
                engine = self.start();
                continue;
            }
            let Some((at, delivery)) = self.queue.pop() else {
                panic!("the engine waits for nothing, and is not done");
            };
            self.now = self.now.max(at);
            self.deliver(&mut engine, delivery);
        };
        self.check_end(&report)
    }

    pub(crate) fn clock(&self) -> Now {
        let wall = self.service.epoch + self.now + time::Duration::seconds(self.wall_error);
        Now { wall, monotonic: self.now }
    }

    /// Carries out all that the engine asks for now; the report if it is done.
    fn obey(&mut self, engine: &mut Engine) -> Option<Report> {
        loop {
            self.commands += 1;
            assert!(self.commands < 400_000, "the engine spins");
            let command = engine.poll(self.clock());
            match self.carry_out(command, engine) {
                crate::driver::Step::Go => {}
                crate::driver::Step::Waits => return None,
                crate::driver::Step::Done(report) => return Some(report),
            }
        }
    }

    fn start(&mut self) -> Engine {
        self.options.entropy = self.random.bytes();
        let handles = Handle::fold(self.durable.clone());
        let known = |name: &String| handles.iter().find(|handle| handle.device() == name).cloned();
        let start = |name: &String| match known(name) {
            // What travels through a playbook is JSON, so every restart goes through it.
            Some(handle) => Start::Handle(Box::new(
                Handle::parse(&handle.to_json(), &self.options.tenant, &self.options.base)
                    .expect("our own handle"),
            )),
            None => Start::Device(Device::parse(name).unwrap()),
        };
        let starts = self.devices.iter().map(start).collect();
        Engine::new(self.options.clone(), starts, &handles, self.clock()).unwrap()
    }

    /// Kills the engine; only what was durable is left, and what was on its way may still arrive.
    fn crash(&mut self, mut engine: Engine) -> Option<Engine> {
        self.crashes += 1;
        if self.random.chance(300) {
            engine.cancel(None, &mde_forensics_core::engine::StopHow::Here, self.clock());
            while self.obey(&mut engine).is_none() {
                let Some((at, delivery)) = self.queue.pop() else {
                    panic!("a stopped engine waits")
                };
                self.now = self.now.max(at);
                self.deliver(&mut engine, delivery);
            }
        } else {
            let kept =
                usize::try_from(self.random.below(self.unacknowledged.len() as u64 + 1)).unwrap();
            let kept: Vec<_> =
                self.unacknowledged.drain(..kept).map(|(_, record)| record).collect();
            self.durable.extend(kept);
        }
        self.unacknowledged.clear();
        drop(engine);
        self.fetching = 0;
        self.queue.forget_answers();
        self.now += self.random.millis(100, 400_000);
        self.quotas.abandon_open(self.now);
        if self.random.chance(300) {
            self.wall_error += i64::try_from(self.random.below(7_200)).unwrap() - 3_600;
        }
        None
    }

    fn crashes_at(&mut self, crashes: u64) -> Duration {
        let until = if crashes == 0 { 0 } else { 400_000 };
        self.now + self.random.millis(0, until)
    }

    /// The intent is durable before the request leaves, and carries the request's own marker.
    pub(crate) fn check_request(&self, machine: &str, external_id: Option<&str>, comment: &str) {
        let handles = Handle::fold(self.durable.clone());
        let intent = handles
            .iter()
            .filter(|handle| handle.machine().is_some_and(|found| found.id.as_str() == machine))
            .filter_map(Handle::intent)
            .next_back()
            .expect("the request left before its intent was durable");
        if let Some(external_id) = external_id {
            assert_eq!(external_id, intent.marker.as_str());
        }
        if self.options.mark_comment {
            assert!(intent.marker.is_in(comment));
        }
        assert!(
            external_id.is_some()
                || self.options.mark_comment
                || !self.options.send_external_id
                || self.service.unknowns.external_id == crate::service::ExternalId::Refused
        );
    }

    /// What is adopted at its end is neither older than the request nor known to be another's.
    pub(crate) fn check_accepted(&self, record: &Record) {
        let Fact::Accepted { action, adoption, status, .. } = &record.fact else { return };
        let again = |known: &Record| {
            known.collection == record.collection
                && matches!(&known.fact, Fact::Accepted { action: known, .. } if known == action)
        };
        if self.durable.iter().any(again) {
            return;
        }
        let action = self
            .service
            .actions
            .iter()
            .find(|known| known.id == action.as_str())
            .expect("an action of the service");
        match adoption {
            Adoption::Own => assert!(
                action.is_engines || action.comment.is_none() && action.external_id.is_none(),
                "{action:?}"
            ),
            _ if status.is_terminal() && !action.is_engines => {
                let handles = Handle::fold(
                    self.durable.iter().chain(self.unacknowledged.iter().map(|(_, r)| r)).cloned(),
                );
                let handle =
                    handles.iter().find(|handle| handle.collection() == record.collection).unwrap();
                if let Some(intent) = handle.intent() {
                    let t0 = intent.t0 - time::Duration::seconds(5);
                    assert!(
                        self.service.epoch + action.created >= t0,
                        "older than the request: {action:?}, T0 {}",
                        intent.t0
                    );
                    assert!(
                        !intent.before.iter().any(|id| id.as_str() == action.id),
                        "in B: {action:?}"
                    );
                }
            }
            _ => {}
        }
    }

    fn check_end(self, report: &Report) -> Totals {
        assert_eq!(report.devices.len(), self.devices.len(), "one outcome for each device");
        self.check_quota();
        let mut totals = Totals { crashes: u64::from(self.crashes), ..Totals::default() };
        for (device, ended) in self.devices.iter().zip(&report.devices) {
            assert_eq!(device, &ended.device);
            let machine =
                self.service.machines.iter().find(|machine| machine.name == *device).unwrap();
            let ours = self
                .service
                .actions
                .iter()
                .filter(|action| action.machine == machine.id && action.is_engines);
            let ours: Vec<_> = ours.collect();
            assert!(ours.len() <= 1, "asked twice: {ours:#?}");
            self.check_outcome(&ended.outcome, &ended.handle);
            *totals.outcomes.entry(ended.outcome.name()).or_default() += 1;
            totals.adopted +=
                u64::from(ended.adoption().is_some_and(|adoption| adoption != Adoption::Own));
        }
        totals.doubts = count(&self.durable, |fact| matches!(fact, Fact::Doubted { .. }));
        totals.second_requests =
            count(&self.durable, |fact| matches!(fact, Fact::Intended { post: 2, .. }));
        self.check_secrets(report);
        totals
    }

    fn check_outcome(&self, outcome: &Outcome, handle: &Handle) {
        let action = handle.action().map(|action| {
            self.service
                .actions
                .iter()
                .find(|known| known.id == action.id.as_str())
                .expect("an action of the service")
        });
        let ended_as =
            action.filter(|action| action.status(self.now) == action.end).map(|action| action.end);
        match outcome {
            Outcome::Collected(stored) => {
                assert_eq!(ended_as, Some("Succeeded"));
                match self.disk.get(&stored.name) {
                    Some(Disk::Sealed { action: of }) => {
                        assert_eq!(of, &action.unwrap().id, "the package of another action");
                    }
                    other => panic!("collected, but on disk lies {other:?}"),
                }
            }
            Outcome::Cancelled => assert_eq!(ended_as, Some("Cancelled")),
            Outcome::ServiceTimedOut => assert_eq!(ended_as, Some("TimeOut")),
            Outcome::DeadlineReached(_) => {
                assert!(
                    action
                        .is_some_and(|action| action.ends.checked_sub(action.created).unwrap()
                            > seconds(1_800)),
                    "{action:?}"
                );
            }
            Outcome::Failed(error) => match error.code() {
                Code::CollectionFailed => assert_eq!(ended_as, Some("Failed")),
                // Two requests were lost, or the faults, which end after a while, outlasted its patience.
                Code::AlreadyRunning
                | Code::CollectionUncertain
                | Code::ConnectFailed
                | Code::ConnectionLost
                | Code::InvalidJson
                | Code::LinkDead
                | Code::NotFound
                | Code::PackageDamaged
                | Code::ServiceError
                | Code::TimedOut => {}
                other => panic!("no reason for {other:?}: {error}"),
            },
            other => panic!("no reason for {other:?}"),
        }
    }

    /// Counts in the service's stead: no window, fixed or sliding, ever saw too many.
    fn check_quota(&self) {
        for (endpoint, arrivals) in &self.service.arrivals {
            let limits: &[(usize, u64)] = if *endpoint == "link" {
                &[(2, 60), (120, 3_600)]
            } else {
                &[(100, 60), (1_500, 3_600)]
            };
            for (limit, window) in limits {
                let mut arrivals = arrivals.clone();
                arrivals.sort();
                for (at, first) in arrivals.iter().enumerate() {
                    if let Some(beyond) = arrivals.get(at + limit) {
                        assert!(
                            (*beyond).checked_sub(*first).unwrap() >= seconds(*window),
                            "more than {limit} calls of {endpoint} in {window} s"
                        );
                    }
                }
            }
        }
    }

    fn check_secrets(&self, report: &Report) {
        let ledger = serde_json::to_string(&self.durable).unwrap();
        let said = format!("{ledger}{report:?}{}{:?}", self.queue.said, self.options);
        for secret in [crate::service::SECRET_LINK, crate::driver::SECRET_TOKEN] {
            assert!(!said.contains(secret), "a secret was written down");
        }
    }
}

impl Totals {
    pub(crate) fn add(&mut self, one: &Self) {
        for (outcome, count) in &one.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.crashes += one.crashes;
        self.doubts += one.doubts;
        self.adopted += one.adopted;
        self.second_requests += one.second_requests;
    }

    /// A simulation in which nothing goes wrong proves nothing.
    pub(crate) fn assert_varied(&self, seeds: u64) {
        if seeds >= 1_000 {
            for outcome in
                ["collected", "failed", "cancelled", "service_timed_out", "deadline_reached"]
            {
                assert!(
                    self.outcomes.get(outcome).is_some_and(|count| *count > 10),
                    "too few `{outcome}`: {self:?}"
                );
            }
            assert!(
                self.crashes > 300
                    && self.doubts > 300
                    && self.adopted > 100
                    && self.second_requests > 30,
                "{self:?}"
            );
            let all: u64 = self.outcomes.values().sum();
            assert!(self.outcomes["collected"] * 2 > all, "most are collected: {self:?}");
        }
    }
}

fn count(records: &[Record], which: impl Fn(&Fact) -> bool) -> u64 {
    records.iter().filter(|record| which(&record.fact)).count() as u64
}

fn machine(n: u64, random: &mut Random) -> Machine {
    let end = *random.pick(&[
        "Succeeded",
        "Succeeded",
        "Succeeded",
        "Succeeded",
        "Succeeded",
        "Succeeded",
        "Failed",
        "TimeOut",
        "Cancelled",
    ]);
    let running = if random.chance(40) { seconds(10_000) } else { random.millis(1_000, 600_000) };
    Machine {
        id: format!("{n:040x}"),
        name: format!("ws-{n}.contoso.com"),
        life: Life { pending: random.millis(0, 60_000), running, end },
    }
}

/// What other people have done, or will do, to the same devices.
fn others(service: &mut Service, random: &mut Random) {
    for machine in service.machines.clone() {
        let at = |offset: u64| seconds(86_400 - 1_000) + seconds(offset);
        if random.chance(200) {
            let life = Life { pending: seconds(1), running: seconds(5), ..machine.life.clone() };
            service.start_foreign(&machine.id, at(random.below(990)), &life);
        }
        if random.chance(200) {
            let life =
                Life { pending: seconds(10), running: seconds(1_000), ..machine.life.clone() };
            service.start_foreign(&machine.id, at(995), &life);
        }
    }
}

fn options(random: &mut Random) -> Options {
    let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
    let comment = Comment::parse("INC-42").unwrap();
    let mut options = Options::new("contoso.onmicrosoft.com", base, comment, [0; 16]);
    options.mark_comment = !random.chance(300);
    options.send_external_id = !random.chance(100);
    options.preflight = random.chance(500);
    options.key = random.chance(300).then(|| "INC-42".to_owned());
    options.downloads = 1 + usize::try_from(random.below(3)).unwrap();
    options
}
