//! Devices, and what happens to their collections.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The devices: generated ones, those in a file and those in a list.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Fleet {
    /// How many devices to generate.
    pub generated: usize,
    /// The life of the generated devices.
    pub life: Life,
    /// A list of devices.
    pub devices: Vec<Device>,
    /// A JSON file with a list of devices.
    pub file: Option<PathBuf>,
}

/// A device. Only the name is required.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Device {
    /// Its full or short DNS name.
    pub name: String,
    /// Its id; absent means 40 hex digits derived from the seed and the name.
    #[serde(default)]
    pub id: Option<String>,
    /// Its internal IP address; absent means a generated one.
    #[serde(default)]
    pub ip: Option<IpAddr>,
    /// Its `osPlatform`.
    #[serde(default = "windows")]
    pub os: String,
    /// Its `version`, such as `22H2`.
    #[serde(default)]
    pub version: Option<String>,
    /// Its `osBuild`, such as 19045.
    #[serde(default)]
    pub os_build: Option<i64>,
    /// Its `healthStatus`.
    #[serde(default = "active")]
    pub health: String,
    /// Its `onboardingStatus`.
    #[serde(default = "onboarded")]
    pub onboarding: String,
    /// Its `machineTags`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The id of the device it was merged into.
    #[serde(default)]
    pub merged_into: Option<String>,
    /// How many seconds before the start it last sent a full report.
    #[serde(default)]
    pub last_seen_age: Option<f64>,
    /// What happens to its collections.
    #[serde(default)]
    pub life: Life,
}

impl Device {
    /// An ordinary Windows device with this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            id: None,
            ip: None,
            os: windows(),
            version: None,
            os_build: None,
            health: active(),
            onboarding: onboarded(),
            tags: Vec::new(),
            merged_into: None,
            last_seen_age: None,
            life: Life::default(),
        }
    }
}

/// What happens to a device's collections.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Life {
    /// Seconds in `Pending`.
    pub pending: f64,
    /// Seconds in `InProgress`.
    pub running: f64,
    /// How it ends.
    pub end: End,
    /// The package of a successful collection.
    pub package: PackageLife,
    /// Refuse every collection with this response.
    pub refuse: Option<Refusal>,
    /// A collection that was started before the emulator.
    pub already_running: Option<Running>,
    /// Actions that have already ended.
    pub past_actions: Vec<PastAction>,
}

impl Life {
    /// Fails for an age before there were such devices, and for a package that nobody could be sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(size) = self.package.size.filter(|size| *size > LARGEST) {
            let text = format!("a package of {size} bytes is too large; give at most {LARGEST}");
            return Err(Error::Invalid(text));
        }
        let running = self.already_running.iter().map(|running| running.age);
        running.chain(self.past_actions.iter().map(|past| past.age)).try_for_each(check_age)
    }
}

/// Fails for an age in seconds that is beyond all calendars.
pub(crate) fn check_age(age: f64) -> Result<(), Error> {
    if age.abs() <= OLDEST {
        return Ok(());
    }
    let text = format!("an age of {age} s is too great; give at most {OLDEST} s, a hundred years");
    Err(Error::Invalid(text))
}

impl Default for Life {
    fn default() -> Self {
        Self {
            pending: 20.0,
            running: 100.0,
            end: End::default(),
            package: PackageLife::default(),
            refuse: None,
            already_running: None,
            past_actions: Vec::new(),
        }
    }
}

/// How a collection ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum End {
    /// `Cancelled`
    Cancelled,
    /// `Failed`
    Failed,
    /// It stays `InProgress` forever.
    Never,
    /// `Succeeded`
    #[default]
    Succeeded,
    /// `TimeOut`
    TimeOut,
}

/// The package of a successful collection.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PackageLife {
    /// Its minimum size in bytes; absent means an ordinary small package.
    pub size: Option<u64>,
    /// What is wrong with it.
    pub damage: Option<crate::package::Damage>,
}

/// The response with which a collection is refused.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The service's error code, such as `OsPlatformNotSupported`.
    pub code: String,
    /// The error message.
    pub message: String,
}

impl Refusal {
    /// A refusal with this status, code and message.
    #[must_use]
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }
}

/// A collection that was started before the emulator. It is in progress and ends after the life's
/// `running` seconds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Running {
    /// The requestor.
    pub by: String,
    /// How many seconds ago it was started.
    pub age: f64,
    /// The `ExternalId`.
    pub external_id: Option<String>,
    /// The comment.
    pub comment: String,
}

impl Default for Running {
    fn default() -> Self {
        Self {
            by: "analyst@contoso.com".to_owned(),
            age: 60.0,
            external_id: None,
            comment: "started from the portal".to_owned(),
        }
    }
}

/// An action that has already ended.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PastAction {
    /// The action's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How it ended.
    pub end: End,
    /// The requestor.
    pub by: String,
    /// How many seconds ago it was started; it ended after half of that time.
    pub age: f64,
    /// The `ExternalId`.
    pub external_id: Option<String>,
    /// The comment.
    pub comment: String,
}

impl Default for PastAction {
    fn default() -> Self {
        Self {
            kind: "CollectInvestigationPackage".to_owned(),
            end: End::Succeeded,
            by: "analyst@contoso.com".to_owned(),
            age: 86_400.0,
            external_id: None,
            comment: "an earlier case".to_owned(),
        }
    }
}

fn windows() -> String {
    "Windows11".to_owned()
}

fn active() -> String {
    "Active".to_owned()
}

fn onboarded() -> String {
    "Onboarded".to_owned()
}

/// A tebibyte.
const LARGEST: u64 = 1 << 40;
const OLDEST: f64 = 3_155_760_000.0;
