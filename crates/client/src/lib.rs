//! From a device's name to a verified Microsoft Defender for Endpoint investigation package.

pub use client::{Client, ClientBuilder, STEP_BUDGET, Step};
pub use clock::{Clock, ScaledClock, SystemClock};
pub use collection::Collection;
pub use credential::{
    AppProof, CallbackCredential, Certificate, CertificateCredential, ClientSecretCredential,
    Credential, DeviceCodeCredential, FederatedCredential, ManagedIdentityCredential,
    OnBehalfOfCredential, SigningForm, TokenContext,
};
pub use download::{
    Difference, Manifest, MemberEntry, PackageEntry, Tool, Verification, manifest_beside,
    manifest_path, verify,
};
pub use environment::Environment;
pub use ledger::{Account, Book, FileLedger, Ledger, MemoryLedger, Wanted};
/// The endpoints and the engine, without I/O.
pub use mde_forensics_core as core;
pub use mde_forensics_core::engine::Verdict;
pub use run::Run;
pub use stop::Stop;
pub use transport::{Http, HttpFailure, HttpReply, Proxy, ProxyUrl, TransportOptions, decoded};
pub use workspace::Workspace;

#[cfg(test)]
mod again;
mod call;
#[cfg(test)]
mod canned;
mod client;
mod clock;
mod collection;
mod credential;
mod download;
mod driver;
mod environment;
pub mod evidence;
mod ledger;
mod place;
mod random;
mod run;
mod stop;
mod tokens;
mod transport;
mod workspace;

// Compiles the Rust code in the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
