//! The machine resource (Microsoft Learn, "Machine resource type").

use serde::Serialize;
use serde_json::Value;

use crate::text::odata_time;
use crate::world::Machine;

/// The machine resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MachineView<'a> {
    id: &'a str,
    merged_into_machine_id: Option<&'a str>,
    is_potential_duplication: bool,
    is_excluded: bool,
    exclusion_reason: Option<&'a str>,
    computer_dns_name: &'a str,
    first_seen: String,
    last_seen: String,
    os_platform: &'a str,
    os_version: Option<&'a str>,
    os_processor: &'a str,
    version: Option<&'a str>,
    last_ip_address: String,
    last_external_ip_address: String,
    agent_version: &'a str,
    os_build: Option<i64>,
    health_status: &'a str,
    device_value: &'a str,
    rbac_group_id: i32,
    rbac_group_name: Option<&'a str>,
    risk_score: &'a str,
    exposure_level: &'a str,
    is_aad_joined: bool,
    aad_device_id: &'a str,
    machine_tags: &'a [String],
    defender_av_status: &'a str,
    onboarding_status: &'a str,
    os_architecture: &'a str,
    managed_by: &'a str,
    managed_by_status: &'a str,
    ip_addresses: Vec<IpAddressView<'a>>,
    vm_metadata: Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct IpAddressView<'a> {
    ip_address: String,
    mac_address: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    operational_status: &'a str,
}

impl<'a> MachineView<'a> {
    pub(crate) fn new(machine: &'a Machine) -> Self {
        Self {
            id: &machine.id,
            merged_into_machine_id: machine.merged_into.as_deref(),
            is_potential_duplication: machine.merged_into.is_some(),
            is_excluded: false,
            exclusion_reason: None,
            computer_dns_name: &machine.name,
            first_seen: odata_time(machine.first_seen),
            last_seen: odata_time(machine.last_seen),
            os_platform: &machine.os,
            os_version: None,
            os_processor: "x64",
            version: machine.version.as_deref(),
            last_ip_address: machine.ip.to_string(),
            last_external_ip_address: machine.external_ip.to_string(),
            agent_version: &machine.agent_version,
            os_build: machine.os_build,
            health_status: machine.health,
            device_value: "Normal",
            rbac_group_id: 0,
            rbac_group_name: None,
            risk_score: "None",
            exposure_level: machine.exposure,
            is_aad_joined: true,
            aad_device_id: &machine.aad_device_id,
            machine_tags: &machine.tags,
            defender_av_status: "Updated",
            onboarding_status: machine.onboarding,
            os_architecture: "64-bit",
            managed_by: "Intune",
            managed_by_status: "Success",
            ip_addresses: vec![
                IpAddressView {
                    ip_address: machine.ip.to_string(),
                    mac_address: Some(&machine.mac),
                    kind: "Ethernet",
                    operational_status: "Up",
                },
                IpAddressView {
                    ip_address: "127.0.0.1".to_owned(),
                    mac_address: None,
                    kind: "SoftwareLoopback",
                    operational_status: "Up",
                },
            ],
            vm_metadata: None,
        }
    }
}
