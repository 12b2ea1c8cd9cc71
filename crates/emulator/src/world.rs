//! The state of the emulator: everything that requests can read or change.

mod action;
mod actions;
mod calls;
mod codes;
mod counters;
mod device;
mod devices;
mod fleet;
mod kept;
mod links;
mod tokens;

use std::collections::BTreeSet;

use time::OffsetDateTime;

use crate::Error;
use crate::config::{Config, LinkEscapes, Options, Tenant};
use crate::faults::Book;
use crate::random::Random;

pub use action::Status;
pub(crate) use action::{Action, Actor, Cancellation};
pub(crate) use actions::Actions;
pub use calls::CallRecord;
pub(crate) use calls::Calls;
pub(crate) use codes::{Code, CodeState, Codes};
pub(crate) use counters::Counters;
pub(crate) use device::{EXPOSURE, HEALTH, Machine, ONBOARDING};
pub(crate) use devices::Devices;
pub(crate) use links::{Link, Links};
pub(crate) use tokens::{Grant, Principal, Tokens};

/// Everything that requests can read or change. Its times are on the emulator's clock.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) random: Random,
    pub(crate) tenant: Tenant,
    pub(crate) options: Options,
    pub(crate) devices: Devices,
    pub(crate) actions: Actions,
    pub(crate) links: Links,
    pub(crate) tokens: Tokens,
    pub(crate) codes: Codes,
    pub(crate) counters: Counters,
    pub(crate) faults: Book,
    pub(crate) calls: Calls,
}

impl World {
    /// A link's query as it was issued: with escapes in lower case, if the options allow them to
    /// come back in either case.
    pub(crate) fn as_issued(&self, query: &str) -> String {
        if self.options.link_escapes == LinkEscapes::Exact {
            return query.to_owned();
        }
        let mut escaped = 0;
        let lower = |letter: char| {
            escaped = if letter == '%' { 2 } else { escaped };
            let is_escape = escaped > 0 && letter != '%';
            escaped -= usize::from(is_escape);
            if is_escape { letter.to_ascii_lowercase() } else { letter }
        };
        query.chars().map(lower).collect()
    }

    /// The state at the start. Fails with [`Error::Invalid`] if the device file cannot be read or a
    /// device is not valid.
    pub(crate) fn new(config: &Config, now: OffsetDateTime) -> Result<Self, Error> {
        let mut world = Self {
            seed: config.seed,
            random: Random::named(config.seed, "ids"),
            tenant: config.tenant.clone(),
            options: config.options.clone(),
            devices: Devices::default(),
            actions: Actions::default(),
            links: Links::new(config.seed),
            tokens: Tokens::new(config.seed),
            codes: Codes::new(config.seed),
            counters: Counters::default(),
            faults: Book::new(config.seed, &config.faults),
            calls: Calls::new(config.limits.calls),
        };
        let mut listed = BTreeSet::new();
        for (place, device) in fleet::devices(&config.fleet, config.seed)?.iter().enumerate() {
            let id = world.admit(Machine::new(device, config.seed, now)?, now);
            // One that is listed may take the place of one that was made up, but of no other.
            if place >= config.fleet.generated && !listed.insert(id.to_ascii_lowercase()) {
                let text = format!(
                    "`{}` is listed twice, and would be one device; of two that have one name, give one an `id` of its own",
                    device.name
                );
                return Err(Error::Invalid(text));
            }
        }
        Ok(world)
    }

    /// Adds a device with its history, or replaces the one with its id. Returns the id.
    pub(crate) fn admit(&mut self, machine: Machine, now: OffsetDateTime) -> String {
        let id = machine.id.clone();
        for past in &machine.life.past_actions {
            self.actions.add(Action::past(&mut self.random, &machine, past, now));
        }
        if let Some(running) = &machine.life.already_running {
            self.actions.add(Action::running(&mut self.random, &machine, running, now));
        }
        self.devices.put(machine);
        id
    }
}
