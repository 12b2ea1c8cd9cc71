//! From a device's name to a verified Microsoft Defender for Endpoint investigation package.

pub use clock::{Clock, JumpClock, ScaledClock, SystemClock};
pub use download::{
    Difference, Manifest, MemberEntry, PackageEntry, Tool, Verdict, Verification, verify,
};
pub use transport::{Proxy, ProxyUrl, TransportOptions};

#[cfg(test)]
mod canned;
mod clock;
mod download;
mod transport;
