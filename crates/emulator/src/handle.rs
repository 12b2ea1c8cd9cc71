//! Controls an emulator from within its process.

mod actions;
mod clock;
mod codes;
mod devices;
mod rules;
mod shared;
mod tokens;

use std::sync::Arc;

use crate::Error;

pub use actions::{ActionState, NewCollection, PackageDigest, Transition};
pub use codes::DeviceCodeState;
pub use devices::DeviceState;
pub use rules::FaultState;
pub(crate) use shared::{Origins, Shared};
pub use tokens::TokenRequest;

/// Controls an emulator from within its process: the calls of the control plane as methods.
///
/// All clones control the same emulator.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Resets the emulator to its configuration: devices, options, faults and clock are as at the
    /// start, and actions, links, tokens and calls are forgotten. `seed` replaces the configured
    /// seed, from which everything that looks random follows.
    ///
    /// Fails with [`Error::Invalid`] if the device file can no longer be read; then nothing
    /// changes.
    pub fn reset(&self, seed: Option<u64>) -> Result<(), Error> {
        self.shared.reset(seed)
    }

    /// The content of the ready line.
    #[must_use]
    pub fn ready(&self) -> serde_json::Value {
        self.shared.ready()
    }
}
