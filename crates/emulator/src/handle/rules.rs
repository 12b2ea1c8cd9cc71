//! Control of faults, options and recorded calls.

use super::Handle;
use crate::config::{Options, Rule};
use crate::world::CallRecord;

pub use crate::faults::Standing as FaultState;

impl Handle {
    /// The rules, and how often each one matched and fired.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultState> {
        self.shared.world().faults.standings().to_vec()
    }

    /// Adds a rule after the existing ones.
    pub fn add_fault(&self, rule: Rule) {
        self.shared.world().faults.add(rule);
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// The current options.
    #[must_use]
    pub fn options(&self) -> Options {
        self.shared.world().options.clone()
    }

    /// Changes the options. They apply to the next call.
    pub fn change_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut self.shared.world().options);
    }

    /// The recorded calls, oldest first, without those to the control plane.
    #[must_use]
    pub fn calls(&self) -> Vec<CallRecord> {
        self.shared.world().calls.iter().cloned().collect()
    }

    /// How many calls there were, including those no longer recorded.
    #[must_use]
    pub fn calls_seen(&self) -> u64 {
        self.shared.world().calls.seen()
    }

    /// Forgets the recorded calls.
    pub fn clear_calls(&self) {
        self.shared.world().calls.clear();
    }
}
