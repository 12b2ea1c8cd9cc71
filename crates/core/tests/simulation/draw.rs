//! What a seed draws: the devices and their names, what others do to them, and how the run is set up.

use std::collections::BTreeMap;
use std::time::Duration;

use mde_forensics_core::engine::Options;
use mde_forensics_core::{BaseUrl, Comment};

use crate::random::Random;
use crate::seconds;
use crate::service::{Life, Machine, Service};
use crate::world::BEGIN;

/// What happens to our own program besides the faults of the network.
#[derive(Debug)]
pub(crate) struct Troubles {
    /// Records per thousand that the ledger does not take.
    pub(crate) lost_records: u64,
    /// Tokens per thousand that are not to be had.
    pub(crate) lost_tokens: u64,
    /// Jumps of the local wall clock per thousand deliveries.
    pub(crate) jumps: u64,
    /// Claims per thousand for which another process has the device.
    pub(crate) held_claims: u64,
    /// From when until when the service turns every call away, and with which status.
    pub(crate) forbidden: Option<(Duration, Duration, u16)>,
    /// From when on the service answers every call of a kind with 429.
    pub(crate) closed: Option<(Duration, &'static str)>,
    /// When an analyst cancels what runs on a machine, and on which.
    pub(crate) meddling: Option<(Duration, usize)>,
    /// When somebody wants all or one to be cancelled at the service.
    pub(crate) cancel: Option<(Duration, Option<usize>)>,
    pub(crate) crashes: u64,
    /// How often somebody goes on with what has ended and can be resumed.
    pub(crate) reruns: u64,
    /// It is worked on step by step, as by a playbook.
    pub(crate) steps: bool,
}

impl Troubles {
    pub(crate) fn draw(random: &mut Random, devices: usize, machines: usize) -> Self {
        let mut seldom = |seeds: u64, most: u64| {
            if random.chance(seeds) { 1 + random.below(most) } else { 0 }
        };
        let (lost_records, lost_tokens, jumps) =
            (seldom(150, 60), seldom(150, 100), seldom(300, 30));
        let held_claims = seldom(150, 300);
        let forbidden = random.chance(120).then(|| {
            let from = BEGIN + random.millis(0, 400_000);
            (from, from + random.millis(1_000, 400_000), *random.pick(&[401, 403]))
        });
        let closed = random.chance(40).then(|| {
            let from = BEGIN + random.millis(0, 300_000);
            (
                from,
                *random.pick(&["list_machines", "collect", "list_actions", "get_action", "link"]),
            )
        });
        let meddling = random.chance(100).then(|| {
            let which = usize::try_from(random.below(machines as u64)).unwrap();
            (BEGIN + random.millis(0, 600_000), which)
        });
        let cancel = random.chance(150).then(|| {
            let at = BEGIN + random.millis(0, 600_000);
            let one = usize::try_from(random.below(devices as u64)).unwrap();
            (at, random.chance(500).then_some(one))
        });
        Self {
            lost_records,
            lost_tokens,
            jumps,
            held_claims,
            forbidden,
            closed,
            meddling,
            cancel,
            crashes: random.below(4),
            reruns: random.below(3),
            steps: random.chance(200),
        }
    }

    /// Nothing of the kind any more.
    pub(crate) fn none() -> Self {
        Self {
            lost_records: 0,
            lost_tokens: 0,
            jumps: 0,
            held_claims: 0,
            forbidden: None,
            closed: None,
            meddling: None,
            cancel: None,
            crashes: 0,
            reruns: 0,
            steps: false,
        }
    }
}

pub(crate) fn machines(random: &mut Random) -> Vec<Machine> {
    let count = if random.chance(50) { 40 } else { 1 + random.below(6) };
    (0..count).map(|n| machine(n, random)).collect()
}

/// What the caller calls the devices, and which machine each is; some are called by two names.
pub(crate) fn devices(machines: &[Machine], random: &mut Random) -> Vec<(String, String)> {
    let mut devices = Vec::new();
    for machine in machines {
        let mut names = BTreeMap::from([(0, machine.name.clone())]);
        if random.chance(200) {
            let other = match random.below(3) {
                0 => machine.id.clone(),
                1 => machine.ip.clone(),
                _ => machine.name.split('.').next().unwrap().to_owned(),
            };
            if random.chance(500) {
                names.insert(1, other);
            } else {
                names.insert(0, other);
            }
        }
        devices.extend(names.into_values().map(|name| (name, machine.id.clone())));
    }
    // Fisher and Yates: which of two names comes first is chance.
    for at in (1..devices.len()).rev() {
        devices.swap(at, usize::try_from(random.below(at as u64 + 1)).unwrap());
    }
    devices
}

/// What other people have done, or will do, to the same devices.
pub(crate) fn others(service: &mut Service, random: &mut Random) {
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

pub(crate) fn options(random: &mut Random) -> Options {
    let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
    let comment = Comment::parse("INC-42").unwrap();
    let mut options = Options::new("contoso.onmicrosoft.com", base, comment, [0; 16]);
    options.mark_comment = !random.chance(300);
    options.send_external_id = !random.chance(100);
    options.preflight = random.chance(500);
    options.key = random.chance(300).then(|| "INC-42".to_owned());
    options.downloads = 1 + usize::try_from(random.below(3)).unwrap();
    if random.chance(100) {
        options.deadline = Some(random.millis(10_000, 1_500_000));
    }
    options
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
    let (pending, running) = match random.below(1_000) {
        // What has ended before it shows in a list is what a careless program asks for again.
        0..200 => (random.millis(0, 3_000), random.millis(0, 10_000)),
        200..240 => (random.millis(0, 60_000), seconds(10_000)),
        _ => (random.millis(0, 60_000), random.millis(1_000, 600_000)),
    };
    Machine {
        id: format!("{n:040x}"),
        name: format!("ws-{n}.contoso.com"),
        ip: format!("10.0.0.{}", n + 1),
        life: Life { pending, running, end },
    }
}
