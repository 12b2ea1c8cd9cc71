use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::json::{Json, Read, Wrong, deserialize, plain::text};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The limits on the pages of nearly every call.
const COMMON: &[(u32, Duration)] = &[(100, MINUTE), (1_500, HOUR)];
/// The limits on Microsoft's page "Get package SAS URI API".
const LINKS: &[(u32, Duration)] = &[(2, MINUTE), (120, HOUR)];

/// The quota that a call uses: each endpoint has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuotaClass {
    /// The actions that a device supports; its limits are not documented and assumed to be the
    /// common ones.
    AvailableActions,
    /// Cancelling an action.
    CancelMachineAction,
    /// Collecting a package.
    Collect,
    /// Finding devices by address.
    FindMachinesByIp,
    /// Finding devices by tag.
    FindMachinesByTag,
    /// Getting one device.
    GetMachine,
    /// Getting one action.
    GetMachineAction,
    /// Listing actions.
    ListMachineActions,
    /// Listing devices.
    ListMachines,
    /// Getting the link to a package.
    PackageUri,
}

impl QuotaClass {
    /// Every class.
    pub const ALL: &'static [Self] = &[
        Self::AvailableActions,
        Self::CancelMachineAction,
        Self::Collect,
        Self::FindMachinesByIp,
        Self::FindMachinesByTag,
        Self::GetMachine,
        Self::GetMachineAction,
        Self::ListMachineActions,
        Self::ListMachines,
        Self::PackageUri,
    ];

    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AvailableActions => "available_actions",
            Self::CancelMachineAction => "cancel_machine_action",
            Self::Collect => "collect",
            Self::FindMachinesByIp => "find_machines_by_ip",
            Self::FindMachinesByTag => "find_machines_by_tag",
            Self::GetMachine => "get_machine",
            Self::GetMachineAction => "get_machine_action",
            Self::ListMachineActions => "list_machine_actions",
            Self::ListMachines => "list_machines",
            Self::PackageUri => "package_uri",
        }
    }

    /// The class's index in a permit's number. Ledgers store it, so it must never change.
    pub(super) fn index(self) -> u64 {
        match self {
            Self::AvailableActions => 0,
            Self::CancelMachineAction => 1,
            Self::Collect => 2,
            Self::FindMachinesByIp => 3,
            Self::FindMachinesByTag => 4,
            Self::GetMachine => 5,
            Self::GetMachineAction => 6,
            Self::ListMachineActions => 7,
            Self::ListMachines => 8,
            Self::PackageUri => 9,
        }
    }

    /// The limits as pairs of calls and window; all of them apply.
    #[must_use]
    pub fn limits(self) -> &'static [(u32, Duration)] {
        match self {
            Self::PackageUri => LINKS,
            _ => COMMON,
        }
    }
}

impl fmt::Display for QuotaClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Read for QuotaClass {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        let name = text(json)?;
        let class = Self::ALL.iter().copied().find(|class| class.as_str() == name);
        class.ok_or_else(|| Wrong::unknown(&name))
    }
}

deserialize!(QuotaClass);
