use std::fmt;

use serde::{Serialize, Serializer};

use crate::json::{Json, Read, Wrong, deserialize, plain::text};

/// An enum of the service that may get more members.
macro_rules! open_enum {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                #[cfg_attr(feature = "typescript", ts(rename = $text))]
                $variant,
            )+
            /// A member that this version does not know, as it was written.
            #[cfg_attr(feature = "typescript", ts(untagged))]
            Other(#[cfg_attr(feature = "typescript", ts(type = "string & {}"))] String),
        }

        impl $name {
            /// All known members.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// Parses a member, ignoring case; an unknown one is kept.
            #[must_use]
            pub fn parse(member: &str) -> Self {
                let is_meant = |known: &&Self| member.eq_ignore_ascii_case(known.as_str());
                let known = Self::KNOWN.iter().find(is_meant).cloned();
                known.unwrap_or_else(|| Self::Other(member.to_owned()))
            }

            /// The member as the service writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(member) => member,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl Read for $name {
            fn read(json: Json<'_>) -> Result<Self, Wrong> {
                Ok(Self::parse(&text(json)?))
            }
        }

        deserialize!($name);
    )+};
}

open_enum! {
    /// The status of an action (`actionStatus`).
    ActionStatus {
        Cancelled = "Cancelled",
        Failed = "Failed",
        InProgress = "InProgress",
        Pending = "Pending",
        Succeeded = "Succeeded",
        TimeOut = "TimeOut",
    }

    /// The type of an action (`actionType`).
    ActionType {
        Block = "Block",
        CollectInvestigationPackage = "CollectInvestigationPackage",
        DisableActiveDirectoryUser = "DisableActiveDirectoryUser",
        EnableActiveDirectoryUser = "EnableActiveDirectoryUser",
        EndpointConfigManagementCheckin = "EndpointConfigManagementCheckin",
        ImmuneActiveDirectoryCustomPlaybook = "ImmuneActiveDirectoryCustomPlaybook",
        Isolate = "Isolate",
        LiveResponse = "LiveResponse",
        LogsCollection = "LogsCollection",
        Offboard = "Offboard",
        RegenerateId = "RegenerateId",
        RequestSample = "RequestSample",
        ResetPasswordActiveDirectoryUser = "ResetPasswordActiveDirectoryUser",
        RestrictCodeExecution = "RestrictCodeExecution",
        RunAntiVirusScan = "RunAntiVirusScan",
        StopAndQuarantineFile = "StopAndQuarantineFile",
        TokenRefresh = "TokenRefresh",
        Troubleshoot = "Troubleshoot",
        Unisolate = "Unisolate",
        Unknown = "Unknown",
        UnrestrictCodeExecution = "UnrestrictCodeExecution",
    }

    /// The type of an action that a device may support (`FullActionType`).
    FullActionType {
        CollectInvestigationPackage = "CollectInvestigationPackage",
        DisableActiveDirectoryUser = "DisableActiveDirectoryUser",
        EnableActiveDirectoryUser = "EnableActiveDirectoryUser",
        FullIsolation = "FullIsolation",
        ImmuneActiveDirectoryCustomPlaybook = "ImmuneActiveDirectoryCustomPlaybook",
        InitiateInvestigation = "InitiateInvestigation",
        LiveResponse = "LiveResponse",
        LiveResponsePortal = "LiveResponsePortal",
        LogsCollection = "LogsCollection",
        OffBoard = "OffBoard",
        RegenerateId = "RegenerateId",
        ResetPasswordActiveDirectoryUser = "ResetPasswordActiveDirectoryUser",
        RestrictCodeExecution = "RestrictCodeExecution",
        RunAntiVirusScan = "RunAntiVirusScan",
        SelectiveIsolation = "SelectiveIsolation",
        StopAndQuarantineFile = "StopAndQuarantineFile",
        TokenRefresh = "TokenRefresh",
        Troubleshoot = "Troubleshoot",
        UnManagedDeviceIsolation = "UnManagedDeviceIsolation",
        UnManagedDeviceUnisolation = "UnManagedDeviceUnisolation",
        Unisolation = "Unisolation",
        Unknown = "Unknown",
        UnrestrictCodeExecution = "UnrestrictCodeExecution",
    }

    /// The cloud of a virtual machine (`vmCloudProvider`).
    VmCloudProvider {
        Azure = "Azure",
        Unknown = "Unknown",
    }

    /// The name of a live-response parameter (`CustomPlaybookParams`).
    CustomPlaybookParams {
        Args = "Args",
        FileName = "FileName",
        FileUri = "FileUri",
        IsExternalSource = "IsExternalSource",
        Path = "Path",
        ScriptHash = "ScriptHash",
        ScriptName = "ScriptName",
        ScriptSource = "ScriptSource",
    }

    /// The status of a live-response command (`CustomPlaybookCommandStatus`).
    CustomPlaybookCommandStatus {
        Completed = "Completed",
        Created = "Created",
        Executing = "Executing",
        Failed = "Failed",
        PendingResource = "PendingResource",
        Submitted = "Submitted",
    }

    /// The type of a live-response command (`CustomPlaybookActionTypes`).
    CustomPlaybookActionTypes {
        GetFile = "GetFile",
        PutFile = "PutFile",
        RunPowerShell = "RunPowerShell",
        RunScript = "RunScript",
    }

    /// A device's value to its owner (`DeviceValue`).
    DeviceValue {
        High = "High",
        Low = "Low",
        Normal = "Normal",
    }

    /// Why a device is excluded (`ExclusionReason`).
    ExclusionReason {
        DeviceDoesNotExist = "DeviceDoesNotExist",
        DeviceOutOfScope = "DeviceOutOfScope",
        DuplicateDevice = "DuplicateDevice",
        InactiveDevice = "InactiveDevice",
        OtherReason = "Other",
    }

    /// A device's exposure level (`ExposureLevel`).
    ExposureLevel {
        High = "High",
        Low = "Low",
        Medium = "Medium",
        None = "None",
    }

    /// The kind of a file identifier (`fileIdentifierType`).
    FileIdentifierType {
        Md5 = "Md5",
        Sha1 = "Sha1",
        Sha256 = "Sha256",
    }

    /// The health of a device's sensor (`MachineHealthStatus`).
    MachineHealthStatus {
        Active = "Active",
        ImpairedCommunication = "ImpairedCommunication",
        Inactive = "Inactive",
        NoSensorData = "NoSensorData",
        NoSensorDataImpairedCommunication = "NoSensorDataImpairedCommunication",
        Unknown = "Unknown",
    }

    /// The status of a network interface (`IpInterfaceOperationalStatus`).
    IpInterfaceOperationalStatus {
        Dormant = "Dormant",
        Down = "Down",
        LowerLayerDown = "LowerLayerDown",
        Present = "Present",
        Testing = "Testing",
        Unknown = "Unknown",
        Up = "Up",
    }

    /// The type of a network interface (`InterfaceType`).
    InterfaceType {
        Atm = "ATM",
        Ethernet = "Ethernet",
        Ieee1394 = "IEEE1394",
        Ieee80211 = "IEEE80211",
        OtherInterface = "Other",
        Ppp = "PPP",
        SoftwareLoopback = "SoftwareLoopback",
        TokenRing = "TokenRing",
        Tunnel = "Tunnel",
        Unknown = "Unknown",
    }

    /// What manages a device (`DeviceManagedBy`).
    DeviceManagedBy {
        Intune = "Intune",
        MicrosoftDefenderForEndpoint = "MicrosoftDefenderForEndpoint",
        SystemCenterConfigurationManager = "SystemCenterConfigurationManager",
        Unknown = "Unknown",
    }

    /// The status of a device's management (`DeviceManagedByStatus`).
    DeviceManagedByStatus {
        Error = "Error",
        Success = "Success",
        Unknown = "Unknown",
    }

    /// Whether a device is onboarded (`OnboardingStatus`).
    OnboardingStatus {
        CanBeOnboarded = "CanBeOnboarded",
        InsufficientInfo = "InsufficientInfo",
        Onboarded = "Onboarded",
        Unsupported = "Unsupported",
    }

    /// The origin of an action (`KnownRequestSource`).
    KnownRequestSource {
        ActiveScan = "ActiveScan",
        BulkAction = "BulkAction",
        CustomDetection = "CustomDetection",
        EndpointConfigManagement = "EndpointConfigManagement",
        IncidentTasks = "IncidentTasks",
        Isg = "ISG",
        Mcas = "MCAS",
        Mdi = "MDI",
        Ndr = "NDR",
        Portal = "Portal",
        PublicApi = "PublicApi",
        Tvm = "TVM",
        Unspecified = "Unspecified",
    }

    /// A device's risk score (`RiskScore`).
    RiskScore {
        High = "High",
        Informational = "Informational",
        Low = "Low",
        Medium = "Medium",
        None = "None",
    }
}

impl ActionStatus {
    /// Whether the action has ended: `Succeeded`, `Failed`, `TimeOut` or `Cancelled`. An unknown
    /// status does not count as ended.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Cancelled | Self::Failed | Self::Succeeded | Self::TimeOut)
    }
}
