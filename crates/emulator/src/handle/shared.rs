//! The state shared by all connections and handles.

use std::path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::Error;
use crate::clock::Clock;
use crate::config::{ClockMode, Config, Limits};
use crate::packages::Packages;
use crate::world::World;

/// The state shared by all connections and handles.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    origins: Origins,
    ca_pem: Option<String>,
    clock: Clock,
    world: Mutex<World>,
    packages: Packages,
}

/// The origins of the three listeners.
#[derive(Debug)]
pub(crate) struct Origins {
    pub(crate) login: String,
    pub(crate) api: String,
    pub(crate) download: String,
}

impl Shared {
    pub(crate) fn new(
        config: Config,
        origins: Origins,
        ca_pem: Option<String>,
    ) -> Result<Self, Error> {
        let clock = Clock::new(config.clock, config.start)?;
        let world = Mutex::new(World::new(&config, clock.now())?);
        Ok(Self { config, origins, ca_pem, clock, world, packages: Packages::default() })
    }

    pub(crate) fn has_cors(&self) -> bool {
        self.config.cors
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.config.limits
    }

    pub(crate) fn origins(&self) -> &Origins {
        &self.origins
    }

    pub(crate) fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A panic elsewhere leaves the world as it was between two steps, which is good enough.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn packages(&self) -> &Packages {
        &self.packages
    }

    pub(super) fn reset(&self, seed: Option<u64>) -> Result<(), Error> {
        let mut config = self.config.clone();
        config.seed = seed.unwrap_or(config.seed);
        // All that can fail comes first: a reset that fails changes nothing.
        let clock = Clock::new(config.clock, config.start)?;
        let anew = World::new(&config, clock.now())?;
        let mut world = self.world();
        self.clock.follow(&clock);
        *world = anew;
        Ok(())
    }

    pub(crate) fn ready(&self) -> Value {
        let Origins { login, api, download } = &self.origins;
        let app = self.config.tenant.apps.first();
        json!({
            "event": "ready",
            "login": login,
            "api": api,
            "download": download,
            "control": format!("{api}/_emulator/"),
            "tenant": self.config.tenant.id,
            "client_id": app.map(|app| &app.client_id),
            "client_secret": app.and_then(|app| app.secrets.first()),
            "identity_header": self.config.tenant.managed_identity.identity_header,
            "scope": "https://api.securitycenter.microsoft.com/.default",
            "seed": self.config.seed,
            "clock": self.config.clock,
            "ca_file": self.config.ca_file,
            "ca_pem": self.ca_pem,
            "env": self.env(),
        })
    }

    /// The environment variables with which a client finds the emulator. A variable that does not
    /// apply is null, because an earlier emulator may have set it.
    fn env(&self) -> Value {
        let app = self.config.tenant.apps.first();
        let scale = match self.config.clock {
            ClockMode::Scaled(scale) => Some(scale.to_string()),
            _ => None,
        };
        let ca_file = self.config.ca_file.as_ref().and_then(|file| path::absolute(file).ok());
        json!({
            "AZURE_TENANT_ID": self.config.tenant.id,
            "AZURE_CLIENT_ID": app.map(|app| &app.client_id),
            "AZURE_CLIENT_SECRET": app.and_then(|app| app.secrets.first()),
            "MDE_API_URL": self.origins.api,
            "MDE_LOGIN_URL": self.origins.login,
            "MDE_TIME_SCALE": scale,
            "SSL_CERT_FILE": ca_file.as_ref().and_then(|file| file.to_str()),
        })
    }
}
