//! Control of devices.

use serde::Serialize;
use time::OffsetDateTime;

use super::Handle;
use crate::Error;
use crate::config::{Device, Life};
use crate::world::Machine;

/// The state of a device.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DeviceState {
    /// Its id.
    pub id: String,
    /// Its full name, in lower case.
    pub name: String,
    /// Its internal IP address.
    pub ip: std::net::IpAddr,
    /// Its `osPlatform`.
    pub os: String,
    /// Its `healthStatus`.
    pub health: String,
    /// Its `onboardingStatus`.
    pub onboarding: String,
    /// Its `machineTags`.
    pub tags: Vec<String>,
    /// The id of the device it was merged into.
    pub merged_into: Option<String>,
    /// When it last sent a full report.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
    /// What happens to its collections.
    pub life: Life,
}

impl Handle {
    /// All devices.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceState> {
        self.shared.world().devices.iter().map(DeviceState::of).collect()
    }

    /// The device with this id or name. Fails with [`Error::Missing`] if there is none.
    pub fn device(&self, device: &str) -> Result<DeviceState, Error> {
        let world = self.shared.world();
        world.devices.find(device).map(DeviceState::of).ok_or_else(|| no_device(device))
    }

    /// Adds a device with its history, or replaces the one with its id. Returns its id.
    ///
    /// Fails with [`Error::Invalid`] for a name or an id that cannot be used in a URL, for an
    /// unknown state, and for a package size or an age beyond the limits.
    pub fn add_device(&self, device: &Device) -> Result<String, Error> {
        let (now, mut world) = (self.now(), self.shared.world());
        let machine = Machine::new(device, world.seed, now)?;
        Ok(world.admit(machine, now))
    }

    /// Adds several devices and returns their ids. Fails like [`add_device`](Self::add_device);
    /// then none is added.
    pub fn add_devices(&self, devices: &[Device]) -> Result<Vec<String>, Error> {
        let (now, mut world) = (self.now(), self.shared.world());
        let machines = devices.iter().map(|device| Machine::new(device, world.seed, now));
        let machines = machines.collect::<Result<Vec<_>, _>>()?;
        Ok(machines.into_iter().map(|machine| world.admit(machine, now)).collect())
    }

    /// Changes what happens to a device's future collections. Those that have started are not
    /// affected.
    ///
    /// Fails with [`Error::Missing`] if there is no such device, or with [`Error::Invalid`] for a
    /// package size or an age beyond the limits.
    pub fn set_life(&self, device: &str, life: Life) -> Result<(), Error> {
        life.check()?;
        let mut world = self.shared.world();
        let id = world.devices.find(device).map(|machine| machine.id.clone());
        let machine = id.and_then(|id| world.devices.by_id_mut(&id));
        machine.ok_or_else(|| no_device(device))?.life = life;
        Ok(())
    }
}

impl DeviceState {
    fn of(machine: &Machine) -> Self {
        Self {
            id: machine.id.clone(),
            name: machine.name.clone(),
            ip: machine.ip,
            os: machine.os.clone(),
            health: machine.health.to_owned(),
            onboarding: machine.onboarding.to_owned(),
            tags: machine.tags.clone(),
            merged_into: machine.merged_into.clone(),
            last_seen: machine.last_seen,
            life: machine.life.clone(),
        }
    }
}

pub(super) fn no_device(device: &str) -> Error {
    Error::Missing(format!("there is no device `{device}`; add it first"))
}
