//! What an emulator is like: ports, clock, tenant, devices, options and faults.

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

/// What an emulator is like when it starts, and again after a reset.
///
/// As JSON every field may be left out. Times are in seconds of the emulator's own clock.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The ports of the three listeners; 0 lets the operating system choose.
    pub ports: Ports,
    /// Everything that looks random follows from this number.
    pub seed: u64,
    /// Serve https with a certificate of a CA made at the start.
    pub tls: bool,
    /// Where to write the CA certificate (PEM), if anywhere.
    pub ca_file: Option<PathBuf>,
    /// How time passes.
    pub clock: ClockMode,
    /// When the emulator's clock starts; absent means now.
    #[serde(with = "time::serde::rfc3339::option")]
    pub start: Option<OffsetDateTime>,
    /// The tenant, its apps and its users.
    pub tenant: Tenant,
    /// The devices.
    pub fleet: Fleet,
    /// Where the service's behaviour is unknown or may differ.
    pub options: Options,
    /// What goes wrong.
    pub faults: Vec<Rule>,
    /// What a caller may send and keep open.
    pub limits: Limits,
    /// Let pages of any origin read every answer, which the service is not known to do (CORS).
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
    /// The host of the package links.
    pub download: u16,
}

/// How the emulator's clock moves.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockMode {
    /// It stands still until it is advanced.
    Manual,
    /// As fast as the machine's.
    #[default]
    Real,
    /// So many seconds pass in one second of the machine's.
    Scaled(f64),
}

/// What a caller may send and keep open.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The largest body of a request, in bytes; the control plane takes 16 MiB.
    pub body: usize,
    /// The largest head of a request, in bytes; at least 8,192.
    pub head: usize,
    /// Connections open at once, per listener; a further one waits.
    pub connections: usize,
    /// Calls that are remembered; the oldest are forgotten first.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 256 * 1024, head: 64 * 1024, connections: 1_024, calls: 100_000 }
    }
}
