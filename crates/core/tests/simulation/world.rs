//! One seed: what is drawn, and what happens.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mde_forensics_core::Now;
use mde_forensics_core::engine::{Engine, Handle, Options, Record, Report, StopHow};
use time::macros::datetime;

use crate::again::is_resumable;
use crate::draw::{self, Troubles};
use crate::driver::{Disk, Step};
use crate::network::Faults;
use crate::places::Places;
use crate::queue::Queue;
use crate::random::Random;
use crate::seconds;
use crate::service::Service;
use crate::totals::Totals;
use crate::unknowns::unknowns;

#[expect(clippy::struct_excessive_bools, reason = "each is something that has happened")]
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) now: Duration,
    /// How far the local wall clock is off, in seconds; it may jump.
    wall_error: i64,
    /// When it jumped forward.
    pub(crate) leaps: Vec<Duration>,
    /// When a program began that knew what those before it had written.
    pub(crate) restarts: Vec<Duration>,
    pub(crate) service: Service,
    pub(crate) faults: Faults,
    pub(crate) troubles: Troubles,
    pub(crate) queue: Queue,
    pub(crate) places: Places,
    pub(crate) disk: BTreeMap<String, Disk>,
    /// What would survive a crash.
    pub(crate) durable: Vec<Record>,
    pub(crate) unacknowledged: Vec<(u64, Record)>,
    /// All that was ever durable, on whatever host.
    pub(crate) all: Vec<Record>,
    pub(crate) token: u64,
    /// The application that runs us.
    pub(crate) person: &'static str,
    pub(crate) fetching: usize,
    pub(crate) options: Options,
    pub(crate) crashes: u32,
    pub(crate) is_traced: bool,
    /// What the caller calls each device, and its machine's id.
    pub(crate) devices: Vec<(String, String)>,
    /// How devices ended, in all runs.
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    pub(crate) lost_records: u64,
    pub(crate) lost_tokens: u64,
    /// Calls that were refused for want of a permission.
    pub(crate) turned_away: u64,
    /// Actions that somebody else cancelled.
    pub(crate) meddled: u64,
    /// How often the package of each action was put in its place.
    pub(crate) sealed: BTreeMap<String, u64>,
    pub(crate) was_cancelled: bool,
    /// All that could go wrong has, and somebody goes on with what is left.
    pub(crate) is_healed: bool,
    /// When each device of the run came to its end, by its place.
    pub(crate) ended_at: BTreeMap<usize, Duration>,
    /// The quota was used up for long, so that nothing can be said of when things come.
    pub(crate) was_kept_waiting: bool,
    /// Calls that were answered with a 429 that never ends.
    pub(crate) closed_to: u64,
    /// The longest that one run took.
    pub(crate) longest: Duration,
    /// How many runs there were, and for how long in all.
    pub(crate) runs: u64,
    pub(crate) alive: Duration,
    /// Actions that a record has named.
    pub(crate) accepted: BTreeSet<String>,
    /// How often somebody asked anew for a machine.
    pub(crate) renewed: BTreeMap<String, usize>,
    pub(crate) hosts: u64,
    pub(crate) begun: Duration,
    /// Handles that somebody kept, as text, of each device.
    pub(crate) kept: BTreeMap<String, Vec<String>>,
    pub(crate) commands: u64,
    /// The program dies after so many commands, or at this time.
    dies_after: Option<u64>,
    dies_at: Option<Duration>,
    is_killed: bool,
    /// The first run dies after so many commands, and nothing else goes wrong with us.
    first_death: Option<u64>,
}

enum Obeyed {
    Died,
    Done(Report),
    Waits,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = crate::draw(seed);
        let epoch = datetime!(2026-01-05 10:00:00 UTC);
        let machines = draw::machines(&mut random);
        let devices = draw::devices(&machines, &mut random);
        let mut service = Service::new(epoch, unknowns(&mut random), machines);
        let faults = Faults::draw(&mut random, &service.unknowns);
        draw::others(&mut service, &mut random);
        let options = draw::options(&mut random);
        let mut options = options;
        let troubles = Troubles::draw(&mut random, devices.len(), service.machines.len());
        if troubles.closed.is_some() {
            // Else it would be half a day.
            options.deadline = Some(random.millis(300_000, 1_500_000));
        }
        Self {
            now: BEGIN,
            wall_error: i64::try_from(random.below(7_200)).unwrap() - 3_600,
            leaps: Vec::new(),
            restarts: Vec::new(),
            service,
            faults,
            troubles,
            queue: Queue::default(),
            places: Places::new(),
            disk: BTreeMap::new(),
            durable: Vec::new(),
            unacknowledged: Vec::new(),
            all: Vec::new(),
            token: 0,
            person: crate::APP_ID,
            fetching: 0,
            options,
            crashes: 0,
            is_traced: std::env::var_os("SIMULATION_TRACE").is_some(),
            devices,
            outcomes: BTreeMap::new(),
            lost_records: 0,
            lost_tokens: 0,
            turned_away: 0,
            meddled: 0,
            sealed: BTreeMap::new(),
            was_cancelled: false,
            is_healed: false,
            ended_at: BTreeMap::new(),
            was_kept_waiting: false,
            closed_to: 0,
            longest: Duration::ZERO,
            runs: 0,
            alive: Duration::ZERO,
            accepted: BTreeSet::new(),
            renewed: BTreeMap::new(),
            hosts: 1,
            begun: BEGIN,
            kept: BTreeMap::new(),
            commands: 0,
            dies_after: None,
            dies_at: None,
            is_killed: false,
            first_death: None,
            random,
        }
    }

    /// The same world, in which nothing goes wrong with our own program but that it dies after so many commands.
    pub(crate) fn dying_after(mut self, commands: u64) -> Self {
        self.troubles = Troubles::none();
        self.first_death = Some(commands);
        self
    }

    /// Runs to the last report, through crashes and restarts, and checks all promises.
    pub(crate) fn run(mut self) -> Totals {
        let mut engine = self.start();
        let report = loop {
            match self.obey(&mut engine) {
                Obeyed::Done(report) => {
                    self.check_end(&report);
                    for ended in &report.devices {
                        *self.outcomes.entry(ended.outcome.name()).or_default() += 1;
                    }
                    let goes_on = self.goes_on(&report);
                    if !goes_on && (self.is_healed || !is_resumable(&report)) {
                        break report;
                    }
                    if !goes_on {
                        self.heal();
                    }
                    self.keep(&report);
                    engine = self.restart(engine);
                    continue;
                }
                Obeyed::Died => {
                    engine = self.crash(engine);
                    continue;
                }
                Obeyed::Waits => {}
            }
            if self.dies_at.is_some_and(|at| self.now >= at) {
                engine = self.crash(engine);
                continue;
            }
            self.meanwhile(&mut engine);
            self.deliver_next(&mut engine);
        };
        self.alive += self.now.checked_sub(self.begun).unwrap();
        self.check_whole(&report);
        Totals::of(&self, &report)
    }

    pub(crate) fn clock(&self) -> Now {
        let wall = self.service.epoch + self.now + time::Duration::seconds(self.wall_error);
        Now { wall, monotonic: self.now }
    }

    /// Sets the local wall clock by up to so many seconds, forward or back.
    fn set_clock(&mut self, most: i64) {
        let by = i64::try_from(self.random.below(2 * most.unsigned_abs())).unwrap() - most;
        self.wall_error += by;
        if by > 0 {
            self.leaps.push(self.now);
        }
    }

    /// Carries out all that the engine asks for now.
    fn obey(&mut self, engine: &mut Engine) -> Obeyed {
        loop {
            self.commands += 1;
            assert!(self.commands < 1_000_000, "the engine spins");
            let command = engine.poll(self.clock());
            let dies = self.dies_after.is_some_and(|last| self.commands >= last);
            if dies && self.random.chance(300) {
                // It was given, and nobody carried it out.
                self.is_killed = true;
                return Obeyed::Died;
            }
            match self.carry_out(command) {
                Step::Go if dies => return Obeyed::Died,
                Step::Go => {}
                Step::Waits => return Obeyed::Waits,
                Step::Done(report) => return Obeyed::Done(report),
            }
        }
    }

    fn deliver_next(&mut self, engine: &mut Engine) {
        let Some((at, delivery)) = self.queue.pop() else {
            panic!("the engine waits for nothing, and is not done");
        };
        self.now = self.now.max(at);
        self.deliver(engine, delivery);
    }

    /// What people do, and clocks, while the engine waits.
    fn meanwhile(&mut self, engine: &mut Engine) {
        if self.random.chance(self.troubles.jumps) {
            self.set_clock(7_200);
        }
        if let Some((_, which)) = self.troubles.meddling.take_if(|(at, _)| self.now >= *at) {
            let machine = self.service.machines[which].id.clone();
            self.meddled += u64::from(self.service.cancel_running(&machine, self.now));
        }
        if let Some((_, who)) = self.troubles.cancel.take_if(|(at, _)| self.now >= *at) {
            self.was_cancelled = true;
            let how = StopHow::AtService { comment: "over".to_owned() };
            engine.cancel(who, &how, self.clock());
        }
    }

    fn start(&mut self) -> Engine {
        self.options.entropy = self.random.bytes();
        self.runs += 1;
        self.begun = self.now;
        self.ended_at.clear();
        (self.dies_after, self.dies_at) = (None, None);
        if let Some(commands) = self.first_death.take() {
            self.dies_after = Some(self.commands + commands);
        } else if self.troubles.crashes > 0 {
            self.troubles.crashes -= 1;
            if self.random.chance(500) {
                self.dies_after =
                    Some(self.commands + self.random.below(60 * self.devices.len() as u64));
            } else {
                self.dies_at = Some(self.now + self.random.millis(0, 400_000));
            }
        }
        let known = Handle::fold(self.durable.clone());
        let names: Vec<String> = self.devices.iter().map(|(name, _)| name.clone()).collect();
        let starts = names.iter().map(|name| self.start_of(name, &known)).collect();
        Engine::new(self.options.clone(), starts, &known, self.clock()).unwrap()
    }

    /// Kills the engine, or stops it in good order; what was on its way may still arrive.
    fn crash(&mut self, mut engine: Engine) -> Engine {
        self.crashes += 1;
        let in_order = self.random.chance(if self.troubles.steps { 700 } else { 300 });
        if in_order && !std::mem::take(&mut self.is_killed) {
            self.dies_after = None;
            while self.troubles.steps && !engine.is_interruptible() {
                match self.obey(&mut engine) {
                    Obeyed::Done(_) => break,
                    _ => self.deliver_next(&mut engine),
                }
            }
            engine.cancel(None, &StopHow::Here, self.clock());
            let report = loop {
                if let Obeyed::Done(report) = self.obey(&mut engine) {
                    break report;
                }
                self.deliver_next(&mut engine);
            };
            self.keep(&report);
            if self.random.chance(150) {
                // Another host, another folder, and nothing but the handles.
                self.hosts += 1;
                self.durable.clear();
                self.disk.clear();
            }
        } else {
            let kept =
                usize::try_from(self.random.below(self.unacknowledged.len() as u64 + 1)).unwrap();
            let kept: Vec<_> =
                self.unacknowledged.drain(..kept).map(|(_, record)| record).collect();
            self.all.extend(kept.iter().cloned());
            self.durable.extend(kept);
            let lost = self.random.below(self.places.unsynced() + 1);
            self.places.lose(lost);
        }
        self.restart(engine)
    }

    fn restart(&mut self, engine: Engine) -> Engine {
        self.unacknowledged.clear();
        drop(engine);
        self.fetching = 0;
        let run = self.now.checked_sub(self.begun).unwrap();
        self.alive += run;
        self.longest = self.longest.max(run);
        self.queue.forget_answers();
        let back = self.now + self.random.millis(100, 400_000);
        // What was on its way arrives while nobody is there.
        while let Some((at, delivery)) = self.queue.pop_until(back) {
            self.now = self.now.max(at);
            self.arrive(delivery);
        }
        self.now = back;
        if self.random.chance(200) {
            // Somebody else goes on.
            self.person = if self.person == crate::APP_ID { OTHER_APP_ID } else { crate::APP_ID };
        }
        if self.random.chance(300) {
            self.set_clock(3_600);
        }
        self.places.restart(self.clock());
        self.restarts.push(self.now);
        self.start()
    }
}

const OTHER_APP_ID: &str = "99999999-8888-7777-6666-555555555555";
pub(crate) const BEGIN: Duration = seconds(86_400);
