use serde::{Deserialize, Serialize};

use super::enums::FullActionType;
use super::object::read_as;

/// Whether an action can be run on a device now (`ActionAvailabilityStatus`; not documented, seen in `$metadata`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ActionAvailability {
    /// The action.
    pub action: FullActionType,
    /// Whether the service would take it.
    pub is_available: bool,
    /// Why not; absent when it would.
    pub not_supported_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    action: FullActionType,
    is_available: bool,
    not_supported_reason: Option<String>,
}

read_as!(ActionAvailability, Wire);

impl From<Wire> for ActionAvailability {
    fn from(wire: Wire) -> Self {
        let Wire { action, is_available, not_supported_reason } = wire;
        Self { action, is_available, not_supported_reason }
    }
}
