use serde::{Deserialize, Deserializer, Serialize, de};
use time::OffsetDateTime;

use super::enums::{
    DeviceManagedBy, DeviceManagedByStatus, DeviceValue, ExclusionReason, ExposureLevel,
    InterfaceType, IpInterfaceOperationalStatus, MachineHealthStatus, OnboardingStatus, RiskScore,
    VmCloudProvider,
};
use super::instant;
use super::object::read_as;
use crate::machine_id::MachineId;

/// A device (Microsoft's page "Machine resource type", 2025-12).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Machine {
    /// The device's id.
    pub id: MachineId,
    /// The device that this one has become part of; undocumented.
    pub merged_into_machine_id: Option<MachineId>,
    /// Whether it may be the same as another; undocumented.
    pub is_potential_duplication: Option<bool>,
    /// Whether it is excluded from reports; undocumented.
    pub is_excluded: Option<bool>,
    /// Why it is excluded; undocumented.
    pub exclusion_reason: Option<ExclusionReason>,
    /// Its name, with or without domain.
    pub computer_dns_name: Option<String>,
    /// When it was first seen.
    #[serde(with = "instant")]
    pub first_seen: Option<OffsetDateTime>,
    /// Its last full report, which comes about once a day: yesterday is not offline.
    #[serde(with = "instant")]
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
    /// How its antivirus does; undocumented.
    pub defender_av_status: Option<String>,
    /// How its sensor does.
    pub health_status: Option<MachineHealthStatus>,
    /// Whether it is onboarded; `onboardingstatus` is read too.
    pub onboarding_status: Option<OnboardingStatus>,
    /// How much it is worth to its owner.
    pub device_value: Option<DeviceValue>,
    /// The id of its device group, 0 for none; a text on Microsoft's page, a number on the wire: both are read.
    pub rbac_group_id: Option<i64>,
    /// The name of its device group.
    pub rbac_group_name: Option<String>,
    /// How much it is at risk.
    pub risk_score: Option<RiskScore>,
    /// How exposed it is.
    pub exposure_level: Option<ExposureLevel>,
    /// Whether it has joined Entra.
    pub is_aad_joined: Option<bool>,
    /// Its id in Entra.
    pub aad_device_id: Option<String>,
    /// Its tags.
    pub machine_tags: Vec<String>,
    /// What the cloud says of it, for a virtual machine.
    pub vm_metadata: Option<VmMetadata>,
    /// What manages it; undocumented.
    pub managed_by: Option<DeviceManagedBy>,
    /// How its management does; undocumented.
    pub managed_by_status: Option<DeviceManagedByStatus>,
}

/// An address of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MachineIpAddress {
    /// The address.
    pub ip_address: Option<String>,
    /// The address of the interface.
    pub mac_address: Option<String>,
    /// What the interface is; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: Option<InterfaceType>,
    /// Whether it works.
    pub operational_status: Option<IpInterfaceOperationalStatus>,
}

/// What the cloud says of a virtual machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMachine {
    id: MachineId,
    #[serde(default, deserialize_with = "filled")]
    merged_into_machine_id: Option<MachineId>,
    is_potential_duplication: Option<bool>,
    is_excluded: Option<bool>,
    exclusion_reason: Option<ExclusionReason>,
    computer_dns_name: Option<String>,
    #[serde(default, with = "instant")]
    first_seen: Option<OffsetDateTime>,
    #[serde(default, with = "instant")]
    last_seen: Option<OffsetDateTime>,
    os_platform: Option<String>,
    os_version: Option<String>,
    os_processor: Option<String>,
    os_architecture: Option<String>,
    version: Option<String>,
    #[serde(default, deserialize_with = "number")]
    os_build: Option<i64>,
    last_ip_address: Option<String>,
    last_external_ip_address: Option<String>,
    ip_addresses: Option<Vec<MachineIpAddress>>,
    agent_version: Option<String>,
    defender_av_status: Option<String>,
    health_status: Option<MachineHealthStatus>,
    onboarding_status: Option<OnboardingStatus>,
    #[serde(rename = "onboardingstatus")]
    onboarding_status_documented: Option<OnboardingStatus>,
    device_value: Option<DeviceValue>,
    #[serde(default, deserialize_with = "number")]
    rbac_group_id: Option<i64>,
    rbac_group_name: Option<String>,
    risk_score: Option<RiskScore>,
    exposure_level: Option<ExposureLevel>,
    is_aad_joined: Option<bool>,
    aad_device_id: Option<String>,
    machine_tags: Option<Vec<String>>,
    vm_metadata: Option<VmMetadata>,
    managed_by: Option<DeviceManagedBy>,
    managed_by_status: Option<DeviceManagedByStatus>,
}

read_as!(Machine, WireMachine);

impl From<WireMachine> for Machine {
    fn from(wire: WireMachine) -> Self {
        Self {
            id: wire.id,
            merged_into_machine_id: wire.merged_into_machine_id,
            is_potential_duplication: wire.is_potential_duplication,
            is_excluded: wire.is_excluded,
            exclusion_reason: wire.exclusion_reason,
            computer_dns_name: wire.computer_dns_name,
            first_seen: wire.first_seen,
            last_seen: wire.last_seen,
            os_platform: wire.os_platform,
            os_version: wire.os_version,
            os_processor: wire.os_processor,
            os_architecture: wire.os_architecture,
            version: wire.version,
            os_build: wire.os_build,
            last_ip_address: wire.last_ip_address,
            last_external_ip_address: wire.last_external_ip_address,
            ip_addresses: wire.ip_addresses.unwrap_or_default(),
            agent_version: wire.agent_version,
            defender_av_status: wire.defender_av_status,
            health_status: wire.health_status,
            onboarding_status: wire.onboarding_status.or(wire.onboarding_status_documented),
            device_value: wire.device_value,
            rbac_group_id: wire.rbac_group_id,
            rbac_group_name: wire.rbac_group_name,
            risk_score: wire.risk_score,
            exposure_level: wire.exposure_level,
            is_aad_joined: wire.is_aad_joined,
            aad_device_id: wire.aad_device_id,
            machine_tags: wire.machine_tags.unwrap_or_default(),
            vm_metadata: wire.vm_metadata,
            managed_by: wire.managed_by,
            managed_by_status: wire.managed_by_status,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAddress {
    ip_address: Option<String>,
    mac_address: Option<String>,
    r#type: Option<InterfaceType>,
    operational_status: Option<IpInterfaceOperationalStatus>,
}

read_as!(MachineIpAddress, WireAddress);

impl From<WireAddress> for MachineIpAddress {
    fn from(wire: WireAddress) -> Self {
        let WireAddress { ip_address, mac_address, r#type: kind, operational_status } = wire;
        Self { ip_address, mac_address, kind, operational_status }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireVm {
    vm_id: Option<String>,
    cloud_provider: Option<VmCloudProvider>,
    resource_id: Option<String>,
    subscription_id: Option<String>,
}

read_as!(VmMetadata, WireVm);

impl From<WireVm> for VmMetadata {
    fn from(wire: WireVm) -> Self {
        let WireVm { vm_id, cloud_provider, resource_id, subscription_id } = wire;
        Self { vm_id, cloud_provider, resource_id, subscription_id }
    }
}

/// A number, also where it is written as a text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Text(String),
    }
    match Option::<Written>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Written::Number(number)) => Ok(Some(number)),
        Some(Written::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Written::Text(text)) => {
            text.trim().parse().map(Some).map_err(|_| de::Error::custom("it is no whole number"))
        }
    }
}

/// An id, or nothing where it is empty.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<MachineId>, D::Error> {
    match Option::<String>::deserialize(deserializer)?.as_deref() {
        None | Some("") => Ok(None),
        Some(id) => MachineId::parse(id).map(Some).map_err(de::Error::custom),
    }
}
