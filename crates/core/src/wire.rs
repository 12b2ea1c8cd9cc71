//! What the service sends, kept as it is: unknown enum members become `Other`, unknown fields are ignored, and every
//! field but those that make a thing what it is may be missing. Both spellings of a field are read.
//!
//! Names, types and members are those of the service's own OData `$metadata` and of Microsoft's pages "Machine
//! resource type" and "`MachineAction` resource type". What is serialised is the service's own JSON again, so that it
//! reads back.

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
