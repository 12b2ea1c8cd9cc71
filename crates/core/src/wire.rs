//! The service's data, kept unchanged: unknown enum members become `Other`, unknown fields are
//! ignored, and only essential fields are required. Both spellings of a field are read.
//!
//! Names, types and members follow the service's own OData `$metadata` and Microsoft's pages
//! "Machine resource type" and "`MachineAction` resource type". Values are serialised as the
//! service's own JSON, so that they can be read back.

mod action_availability;
mod enums;
mod instant;
mod machine;
mod machine_action;

pub use self::action_availability::ActionAvailability;
pub use self::enums::{
    ActionStatus, ActionType, CustomPlaybookActionTypes, CustomPlaybookCommandStatus,
    CustomPlaybookParams, DeviceManagedBy, DeviceManagedByStatus, DeviceValue, ExclusionReason,
    ExposureLevel, FileIdentifierType, FullActionType, InterfaceType, IpInterfaceOperationalStatus,
    KnownRequestSource, MachineHealthStatus, OnboardingStatus, RiskScore, VmCloudProvider,
};
pub use self::machine::{Machine, MachineIpAddress, VmMetadata};
pub use self::machine_action::{
    Command, CommandParameter, CommandResult, MachineAction, RelatedFileInfo,
};

#[cfg(test)]
mod tests;
