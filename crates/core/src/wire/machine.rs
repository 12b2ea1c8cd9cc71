use serde::Serialize;
use time::OffsetDateTime;

use super::enums::{
    DeviceManagedBy, DeviceManagedByStatus, DeviceValue, ExclusionReason, ExposureLevel,
    InterfaceType, IpInterfaceOperationalStatus, MachineHealthStatus, OnboardingStatus, RiskScore,
    VmCloudProvider,
};
use super::instant;
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::machine_id::MachineId;

/// A device. Source: Microsoft's page "Machine resource type", 2025-12.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Machine {
    /// The device's id.
    pub id: MachineId,
    /// The device that this one was merged into; undocumented.
    pub merged_into_machine_id: Option<MachineId>,
    /// Whether it may be a duplicate of another; undocumented.
    pub is_potential_duplication: Option<bool>,
    /// Whether it is excluded from reports; undocumented.
    pub is_excluded: Option<bool>,
    /// Why it is excluded; undocumented.
    pub exclusion_reason: Option<ExclusionReason>,
    /// Its name, with or without domain.
    pub computer_dns_name: Option<String>,
    /// When it was first seen.
    #[serde(with = "instant")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub first_seen: Option<OffsetDateTime>,
    /// The time of its last full report, which is sent about once a day: yesterday does not mean
    /// offline.
    #[serde(with = "instant")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub last_seen: Option<OffsetDateTime>,
    /// Its operating system, such as `Windows11`, `WindowsServer2022`, `Linux` or `macOS`.
    pub os_platform: Option<String>,
    /// Undocumented, and often absent.
    pub os_version: Option<String>,
    /// Deprecated in favour of `os_architecture`.
    pub os_processor: Option<String>,
    /// `32-bit` or `64-bit`.
    pub os_architecture: Option<String>,
    /// The version of the operating system, such as `1709` or `21H2`.
    pub version: Option<String>,
    /// The build of the operating system, such as 19044.
    pub os_build: Option<i64>,
    /// The internal address that it was last seen with.
    pub last_ip_address: Option<String>,
    /// The external address that it was last seen with.
    pub last_external_ip_address: Option<String>,
    /// All its addresses.
    pub ip_addresses: Vec<MachineIpAddress>,
    /// The version of the sensor; undocumented.
    pub agent_version: Option<String>,
    /// The status of its antivirus; undocumented.
    pub defender_av_status: Option<String>,
    /// The health of its sensor.
    pub health_status: Option<MachineHealthStatus>,
    /// Whether it is onboarded; `onboardingstatus` is read too.
    pub onboarding_status: Option<OnboardingStatus>,
    /// Its value to its owner.
    pub device_value: Option<DeviceValue>,
    /// The id of its device group, 0 for none. It is a string on Microsoft's page and a number on
    /// the wire; both are read.
    pub rbac_group_id: Option<i64>,
    /// The name of its device group.
    pub rbac_group_name: Option<String>,
    /// Its risk score.
    pub risk_score: Option<RiskScore>,
    /// Its exposure level.
    pub exposure_level: Option<ExposureLevel>,
    /// Whether it is joined to Entra.
    pub is_aad_joined: Option<bool>,
    /// Its id in Entra.
    pub aad_device_id: Option<String>,
    /// Its tags.
    pub machine_tags: Vec<String>,
    /// The cloud's data on a virtual machine.
    pub vm_metadata: Option<VmMetadata>,
    /// What manages it; undocumented.
    pub managed_by: Option<DeviceManagedBy>,
    /// The status of its management; undocumented.
    pub managed_by_status: Option<DeviceManagedByStatus>,
}

/// An address of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MachineIpAddress {
    /// The address.
    pub ip_address: Option<String>,
    /// The address of the interface.
    pub mac_address: Option<String>,
    /// The type of the interface; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: Option<InterfaceType>,
    /// The status of the interface.
    pub operational_status: Option<IpInterfaceOperationalStatus>,
}

/// The cloud's data on a virtual machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VmMetadata {
    /// The machine's id in its cloud.
    pub vm_id: Option<String>,
    /// The cloud.
    pub cloud_provider: Option<VmCloudProvider>,
    /// The resource's id.
    pub resource_id: Option<String>,
    /// The subscription's id.
    pub subscription_id: Option<String>,
}

impl Read for Machine {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                id: fields.take("id")?,
                merged_into_machine_id: filled(fields, "mergedIntoMachineId")?,
                is_potential_duplication: fields.optional("isPotentialDuplication"),
                is_excluded: fields.optional("isExcluded"),
                exclusion_reason: fields.optional("exclusionReason"),
                computer_dns_name: fields.optional("computerDnsName"),
                first_seen: instant::take(fields, "firstSeen"),
                last_seen: instant::take(fields, "lastSeen"),
                os_platform: fields.optional("osPlatform"),
                os_version: fields.optional("osVersion"),
                os_processor: fields.optional("osProcessor"),
                os_architecture: fields.optional("osArchitecture"),
                version: fields.optional("version"),
                os_build: number(fields, "osBuild")?,
                last_ip_address: fields.optional("lastIpAddress"),
                last_external_ip_address: fields.optional("lastExternalIpAddress"),
                ip_addresses: fields.optional("ipAddresses").unwrap_or_default(),
                agent_version: fields.optional("agentVersion"),
                defender_av_status: fields.optional("defenderAvStatus"),
                health_status: fields.optional("healthStatus"),
                onboarding_status: fields.either("onboardingStatus", "onboardingstatus"),
                device_value: fields.optional("deviceValue"),
                rbac_group_id: number(fields, "rbacGroupId")?,
                rbac_group_name: fields.optional("rbacGroupName"),
                risk_score: fields.optional("riskScore"),
                exposure_level: fields.optional("exposureLevel"),
                is_aad_joined: fields.optional("isAadJoined"),
                aad_device_id: fields.optional("aadDeviceId"),
                machine_tags: fields.optional("machineTags").unwrap_or_default(),
                vm_metadata: fields.optional("vmMetadata"),
                managed_by: fields.optional("managedBy"),
                managed_by_status: fields.optional("managedByStatus"),
            })
        })
    }
}

impl Read for MachineIpAddress {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                ip_address: fields.optional("ipAddress"),
                mac_address: fields.optional("macAddress"),
                kind: fields.optional("type"),
                operational_status: fields.optional("operationalStatus"),
            })
        })
    }
}

impl Read for VmMetadata {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                vm_id: fields.optional("vmId"),
                cloud_provider: fields.optional("cloudProvider"),
                resource_id: fields.optional("resourceId"),
                subscription_id: fields.optional("subscriptionId"),
            })
        })
    }
}

deserialize!(Machine, MachineIpAddress, VmMetadata);

/// A number, which may be written as a string.
fn number(fields: &mut Fields<'_>, name: &str) -> Result<Option<i64>, Wrong> {
    match fields.value(name)? {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Json::Text(text)) => {
            text.trim().parse().map(Some).map_err(|_| Wrong::new("it is no whole number").at(name))
        }
        Some(number) => i64::read(number).map(Some).map_err(|wrong| wrong.at(name)),
    }
}

/// An id; `None` if it is empty.
fn filled(fields: &mut Fields<'_>, name: &str) -> Result<Option<MachineId>, Wrong> {
    match fields.value(name)? {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) if text.is_empty() => Ok(None),
        Some(id) => MachineId::read(id).map(Some).map_err(|wrong| wrong.at(name)),
    }
}
