//! Faults, options and the calls that were seen, from outside.

use super::Handle;
use crate::config::{Options, Rule};
use crate::world::CallRecord;

pub use crate::faults::Standing as FaultState;

impl Handle {
    /// The rules, and how often each has had its way.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultState> {
        self.shared.world().faults.standings().to_vec()
    }

    /// Adds a rule after those that are there.
    pub fn add_fault(&self, rule: Rule) {
        self.shared.world().faults.add(rule);
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// The options as they are.
    #[must_use]
    pub fn options(&self) -> Options {
        self.shared.world().options.clone()
    }

    /// Changes options, from the next call on.
    pub fn change_options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut self.shared.world().options);
    }

    /// The calls that were seen, the oldest first; not those of the control plane.
    #[must_use]
    pub fn calls(&self) -> Vec<CallRecord> {
        self.shared.world().calls.iter().cloned().collect()
    }

    /// How many calls there were, forgotten ones too.
    #[must_use]
    pub fn calls_seen(&self) -> u64 {
        self.shared.world().calls.seen()
    }

    /// Forgets the calls that were seen.
    pub fn clear_calls(&self) {
        self.shared.world().calls.clear();
    }
}
