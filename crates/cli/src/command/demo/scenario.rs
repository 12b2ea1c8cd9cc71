//! The scenario of the demo: what happens to each device, and the expected outcome.

use mde_forensics_emulator::Config;
use mde_forensics_emulator::config::{
    ClockMode, Device, End, Endpoint, Fault, Life, On, RetryAfter, Rule, Running,
};

use crate::core::engine::{Adoption, EventKind};
use crate::core::{Code, Error, quota::QuotaClass};

/// The devices, each with its story.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) stories: Vec<Story>,
    seed: u64,
}

/// What happens to one device.
#[derive(Debug)]
pub(super) struct Story {
    /// The device as passed to `collect`.
    pub(super) device: String,
    /// What happens, in words.
    pub(super) about: &'static str,
    pub(super) expected: Expected,
    /// An event that proves that it happened.
    pub(super) proof: Option<fn(&EventKind) -> bool>,
    fleet: Vec<Device>,
    faults: Vec<Rule>,
}

/// The expected outcome.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) outcome: &'static str,
    pub(super) adoption: Option<Adoption>,
    pub(super) code: Option<Code>,
}

impl Scenario {
    /// The scenario with this number of ordinary devices.
    pub(super) fn new(ordinary: usize, seed: u64) -> Self {
        let mut ordinary =
            (1..=ordinary).map(|nth| Story::new(format!("ws-{nth:03}"), "an ordinary device"));
        let mut stories: Vec<_> = ordinary.by_ref().take(FIRST).collect();
        stories.extend([
            busy(),
            slow(),
            fails(),
            asleep(),
            Story::unknown("ws-gone", "no device has this name"),
            twins(),
            throttled(),
            cut(),
            lost(),
        ]);
        stories.extend(ordinary);
        Self { stories, seed }
    }

    /// The configuration of the emulator.
    pub(super) fn config(&self, clock: ClockMode) -> Config {
        let mut config = Config::default();
        config.seed = self.seed;
        config.clock = clock;
        // On a busy machine a download may not start within a minute of this clock.
        config.options.link_lifetime = 600.0;
        for story in &self.stories {
            config.fleet.devices.extend(story.fleet.iter().cloned());
            config.faults.extend(story.faults.iter().cloned());
        }
        config
    }

    /// The devices as passed to `collect`.
    pub(super) fn devices(&self) -> Result<Vec<crate::core::Device>, Error> {
        self.stories.iter().map(|story| crate::core::Device::parse(&story.device)).collect()
    }
}

impl Story {
    /// A device whose package is collected.
    fn new(device: impl Into<String>, about: &'static str) -> Self {
        let device = device.into();
        let fleet = vec![Device::new(format!("{device}.{DOMAIN}"))];
        let expected = Expected { outcome: "collected", adoption: Some(Adoption::Own), code: None };
        Self { device, about, expected, proof: None, fleet, faults: Vec::new() }
    }

    /// A name that no device has.
    fn unknown(device: &str, about: &'static str) -> Self {
        let expected =
            Expected { outcome: "not_found", adoption: None, code: Some(Code::DeviceNotFound) };
        Self { fleet: Vec::new(), expected, ..Self::new(device, about) }
    }

    fn living(mut self, live: impl Fn(&mut Life)) -> Self {
        self.fleet.iter_mut().for_each(|device| live(&mut device.life));
        self
    }

    fn ending(mut self, outcome: &'static str, code: Option<Code>) -> Self {
        self.expected.outcome = outcome;
        self.expected.code = code;
        self
    }

    /// Injects a fault into the calls of an endpoint for this device.
    fn suffering(mut self, endpoint: Endpoint, nth: u64, fault: Fault) -> Self {
        let on = On::next(endpoint).device(format!("{}.{DOMAIN}", self.device)).nth(nth);
        self.faults.push(Rule::new(on, fault));
        self
    }

    fn proven_by(mut self, proof: fn(&EventKind) -> bool) -> Self {
        self.proof = Some(proof);
        self
    }
}

fn busy() -> Story {
    let mut story =
        Story::new("ws-busy", "an analyst's action is already running; it is taken over")
            .living(|life| {
                life.already_running = Some(Running::default());
                // Long enough for a busy machine to still find it running.
                life.running = 480.0;
            })
            .proven_by(|kind| matches!(kind, EventKind::Adopted { .. }));
    story.expected.adoption = Some(Adoption::Foreign);
    story
}

fn slow() -> Story {
    Story::new("srv-slow", "takes ten minutes").living(|life| {
        life.pending = 240.0;
        life.running = 360.0;
    })
}

fn fails() -> Story {
    Story::new("ws-fails", "the collection fails on the device")
        .living(|life| life.end = End::Failed)
        .ending("failed", Some(Code::CollectionFailed))
}

fn asleep() -> Story {
    Story::new("ws-asleep", "does not answer; the service gives up")
        .living(|life| {
            life.running = 300.0;
            life.end = End::TimeOut;
        })
        .ending("service_timed_out", None)
}

fn twins() -> Story {
    let mut story = Story::new("ws-twin", "two devices have this name; neither is chosen")
        .ending("ambiguous", None);
    story.expected.adoption = None;
    story.fleet = ["1", "2"]
        .map(|digit| {
            let mut device = Device::new(format!("ws-twin.{DOMAIN}"));
            device.id = Some(digit.repeat(40));
            device
        })
        .into();
    story
}

fn throttled() -> Story {
    let throttle = Fault::Throttle { retry_after: RetryAfter::Seconds, seconds: 60 };
    Story::new("ws-limit", "the service throttles for a minute (429)")
        .suffering(Endpoint::Collect, 1, throttle)
        .proven_by(|kind| matches!(kind, EventKind::Throttled { quota: QuotaClass::Collect, .. }))
}

fn cut() -> Story {
    Story::new("ws-cut", "the link dies during the download")
        .suffering(Endpoint::Download, 1, Fault::Truncate { at: 40_000 })
        .suffering(Endpoint::Download, 2, Fault::DeadLink)
        .proven_by(|kind| matches!(kind, EventKind::LinkIssued { count: 2.. }))
}

fn lost() -> Story {
    Story::new("ws-lost", "the answer to the request is lost; it is not sent twice")
        .suffering(Endpoint::Collect, 1, Fault::LostAnswer)
        .proven_by(|kind| matches!(kind, EventKind::Doubtful { .. }))
}

const DOMAIN: &str = "contoso.com";
/// Number of ordinary devices before the others; with more, the others would wait too long for their turn.
const FIRST: usize = 3;
