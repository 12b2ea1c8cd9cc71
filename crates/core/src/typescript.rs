//! The serialised types as TypeScript, from which the npm package's types are generated.

use ts_rs::{Config, TS};

use crate::engine::{self, Adoption, Candidate, Event, Limit, Stored, Verdict};
use crate::operation::{Needs, Properties};
use crate::wire::{self, ActionAvailability, Machine, MachineAction};
use crate::work::{Effect, EffectResult, Failure};
use crate::{ActionId, Code, Error, Fault, MachineId, QuotaClass};

/// The declaration of a type, with its documentation.
#[must_use]
pub fn declaration<T: TS>() -> String {
    // All counts stay below 2^53.
    let config = Config::new().with_large_int("number");
    format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&config))
}

/// The declarations of this crate's types.
#[must_use]
pub fn declarations() -> Vec<String> {
    vec![
        declaration::<ActionAvailability>(),
        declaration::<ActionId>(),
        declaration::<Adoption>(),
        declaration::<Candidate>(),
        declaration::<Code>(),
        declaration::<Error>(),
        declaration::<Event>(),
        declaration::<Failure>(),
        declaration::<Fault>(),
        declaration::<EffectResult>(),
        declaration::<Limit>(),
        declaration::<Machine>(),
        declaration::<MachineAction>(),
        declaration::<MachineId>(),
        declaration::<Needs<'_>>(),
        declaration::<Properties<'_>>(),
        declaration::<QuotaClass>(),
        declaration::<Stored>(),
        declaration::<Verdict>(),
        declaration::<Effect>(),
        declaration::<engine::Action>(),
        declaration::<engine::Machine>(),
        declaration::<wire::ActionStatus>(),
        declaration::<wire::ActionType>(),
        declaration::<wire::Command>(),
        declaration::<wire::CommandParameter>(),
        declaration::<wire::CommandResult>(),
        declaration::<wire::CustomPlaybookActionTypes>(),
        declaration::<wire::CustomPlaybookCommandStatus>(),
        declaration::<wire::CustomPlaybookParams>(),
        declaration::<wire::DeviceManagedBy>(),
        declaration::<wire::DeviceManagedByStatus>(),
        declaration::<wire::DeviceValue>(),
        declaration::<wire::ExclusionReason>(),
        declaration::<wire::ExposureLevel>(),
        declaration::<wire::FileIdentifierType>(),
        declaration::<wire::FullActionType>(),
        declaration::<wire::InterfaceType>(),
        declaration::<wire::IpInterfaceOperationalStatus>(),
        declaration::<wire::KnownRequestSource>(),
        declaration::<wire::MachineHealthStatus>(),
        declaration::<wire::MachineIpAddress>(),
        declaration::<wire::OnboardingStatus>(),
        declaration::<wire::RelatedFileInfo>(),
        declaration::<wire::RiskScore>(),
        declaration::<wire::VmCloudProvider>(),
        declaration::<wire::VmMetadata>(),
    ]
}
