//! Control of an emulator from within its process.

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

/// Control of an emulator from within its process: what the control plane does, as methods.
///
/// Clones are for the same emulator.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Everything is again as it was at the start: devices, options, faults and the clock; actions,
    /// links, tokens and calls are forgotten. With another `seed` everything that looks random is
    /// different.
    ///
    /// Fails where the device file cannot be read again.
    pub fn reset(&self, seed: Option<u64>) -> Result<(), Error> {
        self.shared.reset(seed)
    }

    /// What the ready line says.
    #[must_use]
    pub fn ready(&self) -> serde_json::Value {
        self.shared.ready()
    }
}
