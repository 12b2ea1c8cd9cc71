//! An emulator, and clients of it whose time jumps.

use crate::jump::JumpClock;
use mde_forensics::{Client, ClientBuilder, ClientSecretCredential, Credential};
use mde_forensics_core::{BaseUrl, ClientSecret, Cloud, CustomCloud};
use mde_forensics_emulator::config::{ClockMode, Device};
use mde_forensics_emulator::{Config, Emulator};
use time::macros::datetime;

pub(crate) const APP: &str = "00000000-0000-4000-8000-00000000aaaa";
pub(crate) const SECRET: &str = "emulator-secret";
pub(crate) const DEVICE: &str = "ws-042.contoso.com";

pub(crate) struct Bench {
    pub(crate) emulator: Emulator,
}

impl Bench {
    pub(crate) async fn new(shape: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.clock = ClockMode::Manual;
        config.start = Some(datetime!(2026-01-05 10:00 UTC));
        config.fleet.devices = vec![Device::new(DEVICE)];
        shape(&mut config);
        Self { emulator: Emulator::start(config).await.unwrap() }
    }

    pub(crate) fn login(&self) -> BaseUrl {
        BaseUrl::parse(self.emulator.login_url()).unwrap()
    }

    /// A client of this emulator whose waiting moves the emulator's time.
    pub(crate) fn builder(&self, credential: impl Credential + 'static) -> ClientBuilder {
        let handle = self.emulator.handle();
        let clock = JumpClock::new(handle.now(), move |jump| handle.advance(jump));
        let api = BaseUrl::parse(self.emulator.api_url()).unwrap();
        let cloud = CustomCloud::of(&Cloud::Commercial).with_api(api).with_login(self.login());
        Client::builder("contoso.onmicrosoft.com", credential)
            .cloud(cloud.into())
            .clock(std::sync::Arc::new(clock))
    }
}

pub(crate) fn app() -> ClientSecretCredential {
    ClientSecretCredential::new(APP, ClientSecret::new(SECRET))
}
