//! What to generate.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::damage::Damage;
use super::rng::{Rng, hash};

/// Everything that determines a package: the same spec gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PackageSpec {
    /// Determines what is invented about the device: users, programs, the time zone, numbers.
    pub seed: u64,
    /// With the time, determines what is invented about this collection: connections, events,
    /// identifiers.
    pub collection_seed: u64,
    /// The device's DNS name or host name. The first label, in upper case and cut to 15 characters,
    /// is the name that Windows tools print; the rest is its domain.
    pub device_name: String,
    /// The machine id of the API, which appears inside the Defender support cabinet.
    pub machine_id: String,
    /// When the first command of the collection ran.
    #[serde(with = "time::serde::rfc3339")]
    pub collected: OffsetDateTime,
    /// Extend `Security.evtx` until the package has at least this many bytes.
    pub size: Option<u64>,
    /// What is wrong with the package.
    pub damage: Option<Damage>,
}

impl PackageSpec {
    /// A small, undamaged package of this device, collected at this time, with an invented machine
    /// id.
    #[must_use]
    pub fn new(seed: u64, device_name: impl Into<String>, collected: OffsetDateTime) -> Self {
        let device_name = device_name.into();
        let machine_id = Rng::new(seed).fork(&device_name).fork("machine id").hex(40);
        Self {
            seed,
            collection_seed: 0,
            device_name,
            machine_id,
            collected,
            size: None,
            damage: None,
        }
    }

    /// What stays the same between two collections from one device.
    pub(super) fn identity(&self) -> Rng {
        let of_seed = hash(self.seed, self.device_name.to_ascii_lowercase().as_bytes());
        Rng::new(hash(of_seed, self.machine_id.as_bytes()))
    }

    /// What differs from one collection to the next.
    pub(super) fn moment(&self) -> Rng {
        let second = self.collected.unix_timestamp();
        self.identity().fork(&format!("{second} {}", self.collection_seed))
    }
}
