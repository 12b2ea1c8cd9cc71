//! What a flow must come to.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What one run must come to. What is left out is not looked at, but for devices: there it must be absent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ending {
    /// One for each device, in the order of the call.
    pub(crate) devices: Vec<Device>,
    /// For every device, in place of a list.
    pub(crate) each: Option<Device>,
    /// The run cannot begin: the code of the error.
    pub(crate) error: Option<String>,
    /// The program died.
    pub(crate) crashed: bool,
    /// Events that must come, in this order; others may come between.
    pub(crate) events: Vec<Value>,
    /// Events that must not come.
    pub(crate) never: Vec<Value>,
    /// Virtual seconds that it took.
    pub(crate) elapsed: Option<Range>,
    /// Calls that the emulator saw, by endpoint.
    pub(crate) calls: BTreeMap<String, Range>,
    /// The statuses that the emulator gave, by endpoint, one after the other; null where it dropped the connection.
    pub(crate) answers: BTreeMap<String, Vec<Option<u16>>>,
}

/// How one device must end.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Device {
    /// The outcome's name.
    pub(crate) outcome: String,
    /// What verifying a collected package gave; `whole` where it is left out.
    pub(crate) verdict: Option<String>,
    /// The error's code.
    pub(crate) code: Option<String>,
    /// The error's HTTP status; not looked at where it is left out.
    pub(crate) status: Option<u16>,
    /// A part of the error's hint; not looked at where it is left out.
    pub(crate) hint: Option<String>,
    /// Whether something may yet come of going on with it; not looked at where it is left out.
    pub(crate) resumable: Option<bool>,
    /// Whose action it is.
    pub(crate) adoption: Option<String>,
    /// The limit that was reached.
    pub(crate) limit: Option<String>,
    /// The ids of those that answer to the name, the one that was seen last first.
    pub(crate) candidates: Vec<String>,
    /// The device's id; not looked at where it is left out.
    pub(crate) machine: Option<String>,
}

/// What the whole flow must come to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Whole {
    /// Collections that we started, by the device's first label; of the others there is none.
    pub(crate) collections: BTreeMap<String, usize>,
    /// Collections that we started, for every device of the fleet.
    pub(crate) collections_each: Option<usize>,
    /// Damaged packages that are kept.
    pub(crate) damaged: usize,
    /// Downloads that were begun and not finished.
    pub(crate) parts: usize,
    /// Whether the service may say 429 of itself: only where it counts otherwise than is documented, or where others
    /// use the quota as well.
    pub(crate) over_quota: bool,
}

/// Exactly so much, or a range.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Range {
    Exactly(f64),
    Between(Between),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Between {
    #[serde(default)]
    pub(crate) at_least: Option<f64>,
    #[serde(default)]
    pub(crate) at_most: Option<f64>,
}

impl Range {
    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            Self::Exactly(exactly) => (value - exactly).abs() < TOLERANCE,
            Self::Between(Between { at_least, at_most }) => {
                at_least.is_none_or(|least| value >= least - TOLERANCE)
                    && at_most.is_none_or(|most| value <= most + TOLERANCE)
            }
        }
    }
}

/// Far below any time that matters, far above what adding seconds loses.
const TOLERANCE: f64 = 1e-6;
