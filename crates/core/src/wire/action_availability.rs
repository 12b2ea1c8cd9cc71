use serde::Serialize;

use super::enums::FullActionType;
use crate::json::{Fields, Json, Read, Wrong, deserialize};

/// Whether an action can be run on a device now (`ActionAvailabilityStatus`; not documented, seen
/// in `$metadata`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ActionAvailability {
    /// The action.
    pub action: FullActionType,
    /// Whether the service would accept it.
    pub is_available: bool,
    /// The reason, if it would not.
    pub not_supported_reason: Option<String>,
}

impl Read for ActionAvailability {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                action: fields.take("action")?,
                is_available: fields.take("isAvailable")?,
                not_supported_reason: fields.optional("notSupportedReason"),
            })
        })
    }
}

deserialize!(ActionAvailability);
