//! The configuration of an emulator: ports, clock, tenant, devices, options and faults.

mod device;
mod fault;
mod identity;
mod options;
mod quotas;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(crate) use device::check_age;
pub use device::{Device, End, Fleet, Life, PackageLife, PastAction, Refusal, Running};
pub use fault::{Endpoint, Fault, Group, On, RetryAfter, Rule, Target};
pub use identity::{App, FederatedCredential, ManagedIdentity, Tenant, User};
pub use options::{
    ActionsPermission, DeadLink, ExternalId, LinkEscapes, LinkQuoting, Options, RepeatPost,
    Requestor,
};
pub use quotas::{QuotaScope, QuotaWindow, Quotas};

/// The configuration of an emulator, which applies at the start and after a reset.
///
/// In JSON every field is optional. Times are in seconds of the emulator's clock.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The ports of the three listeners; 0 lets the operating system choose.
    pub ports: Ports,
    /// Determines everything that looks random.
    pub seed: u64,
    /// Serve https with a certificate from a newly created CA.
    pub tls: bool,
    /// Where to write the CA certificate (PEM), if anywhere.
    pub ca_file: Option<PathBuf>,
    /// How time passes.
    pub clock: ClockMode,
    /// The time at which the emulator's clock starts; absent means now.
    #[serde(with = "time::serde::rfc3339::option")]
    pub start: Option<OffsetDateTime>,
    /// The tenant with its apps and users.
    pub tenant: Tenant,
    /// The devices.
    pub fleet: Fleet,
    /// Behaviour of the service that is unknown or may differ.
    pub options: Options,
    /// The faults to inject.
    pub faults: Vec<Rule>,
    /// What a caller may send and keep open.
    pub limits: Limits,
    /// Let pages of any origin read every response (CORS). The service is not known to do so.
    pub cors: bool,
}

/// The ports of the three listeners, all on the loopback interface.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Ports {
    /// Tokens, discovery and managed identity.
    pub login: u16,
    /// The API, and the control plane under `/_emulator/`.
    pub api: u16,
    /// The host of the download links.
    pub download: u16,
}

/// How the emulator's clock moves.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockMode {
    /// It stands still until it is advanced.
    Manual,
    /// As fast as real time.
    #[default]
    Real,
    /// This many seconds pass per real second.
    Scaled(f64),
}

/// What a caller may send and keep open.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The largest request body in bytes; the control plane accepts 16 MiB.
    pub body: usize,
    /// The largest request head in bytes; at least 8,192.
    pub head: usize,
    /// Open connections per listener; further ones wait.
    pub connections: usize,
    /// How many calls to record; the oldest are forgotten first.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 256 * 1024, head: 64 * 1024, connections: 1_024, calls: 100_000 }
    }
}
