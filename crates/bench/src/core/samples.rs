//! Answers as the service's pages show them ("Get machine by ID API", "Get machineAction API"), with every property.

use serde_json::{Value, json};

pub(super) const MACHINE_ID: &str = "1e5bc9d7e413ddd7902c2932e418702b84d0cc07";
pub(super) const ACTION_ID: &str = "2e9da30d-27f6-4208-81f2-9cd3d67893ba";

/// A list of so many rows.
pub(super) fn list(rows: u32, row: fn(u32) -> Value) -> Value {
    let rows: Vec<_> = (0..rows).map(row).collect();
    json!({ "@odata.context": "https://api.security.microsoft.com/api/$metadata#x", "value": rows })
}

pub(super) fn machine(index: u32) -> Value {
    let id = if index == 0 { MACHINE_ID.to_owned() } else { format!("{index:040x}") };
    json!({
        "id": id,
        "mergedIntoMachineId": null,
        "isPotentialDuplication": false,
        "isExcluded": false,
        "exclusionReason": null,
        "computerDnsName": format!("ws-{index}.contoso.com"),
        "firstSeen": "2018-08-02T14:55:03.7791856Z",
        "lastSeen": "2018-08-02T14:55:03.7791856Z",
        "osPlatform": "Windows10",
        "osVersion": null,
        "osProcessor": "x64",
        "version": "1709",
        "lastIpAddress": "172.17.230.209",
        "lastExternalIpAddress": "167.220.196.71",
        "agentVersion": "10.8040.19041.1",
        "osBuild": 18_209,
        "healthStatus": "Active",
        "deviceValue": "Normal",
        "rbacGroupId": 140,
        "rbacGroupName": "The-A-Team",
        "riskScore": "Low",
        "exposureLevel": "Medium",
        "isAadJoined": true,
        "aadDeviceId": "80fe8ff8-2624-418e-9591-41f0491218f9",
        "machineTags": ["test tag 1", "test tag 2"],
        "defenderAvStatus": "Updated",
        "onboardingStatus": "Onboarded",
        "osArchitecture": "64-bit",
        "managedBy": "Intune",
        "managedByStatus": "Success",
        "ipAddresses": [
            { "ipAddress": "172.17.230.209", "macAddress": "A1B2C3D4E5F6", "type": "Ethernet", "operationalStatus": "Up" },
            { "ipAddress": "fe80::1", "macAddress": "A1B2C3D4E5F6", "type": "Ethernet", "operationalStatus": "Up" },
        ],
        "vmMetadata": null,
    })
}

pub(super) fn action(index: u32) -> Value {
    let id = if index == 0 {
        ACTION_ID.to_owned()
    } else {
        format!("2e9da30d-27f6-4208-81f2-{index:012x}")
    };
    json!({
        "id": id,
        "type": "CollectInvestigationPackage",
        "title": null,
        "requestor": "Analyst@contoso.com",
        "requestorComment": "case 42: collected for the investigation [mdef-00000000000000000000]",
        "status": "Succeeded",
        "machineId": MACHINE_ID,
        "computerDnsName": "ws-0.contoso.com",
        "creationDateTimeUtc": "2018-12-04T12:43:57.2011911Z",
        "lastUpdateDateTimeUtc": "2018-12-04T12:45:25.4049122Z",
        "cancellationRequestor": null,
        "cancellationComment": null,
        "cancellationDateTimeUtc": null,
        "errorHResult": 0,
        "scope": null,
        "externalId": "mdef-00000000000000000000",
        "requestSource": "PublicApi",
        "relatedFileInfo": null,
        "commands": [],
        "troubleshootInfo": null,
    })
}

pub(super) fn link() -> Value {
    let token = "gbDyj7y%2fbWGA%3d%3d%3b".repeat(20);
    let link = format!(
        "https://userrequests-us.securitycenter.windows.com:443/safedownload/WDATP_Investigation_Package.zip?token={token}"
    );
    json!({
        "@odata.context": "https://api.security.microsoft.com/api/$metadata#Edm.String",
        "value": format!("\"{link}\""),
    })
}

/// What can be done to a device, as in a recorded answer of the undocumented call.
pub(super) fn available() -> Value {
    let kinds = [
        "CollectInvestigationPackage",
        "Isolate",
        "Unisolate",
        "LiveResponse",
        "RestrictCodeExecution",
        "RunAntiVirusScan",
        "Offboard",
        "StopAndQuarantineFile",
    ];
    let rows = kinds
        .map(|kind| json!({ "action": kind, "isAvailable": true, "notSupportedReason": null }));
    json!({ "@odata.context": "https://api.security.microsoft.com/api/$metadata#x", "value": rows })
}

/// A token as the login service and a managed identity give it; the latter writes its numbers as texts.
pub(super) fn token() -> Value {
    json!({
        "token_type": "Bearer",
        "expires_in": "3599",
        "ext_expires_in": "3599",
        "access_token": "e".repeat(1_500),
    })
}

pub(super) fn prompt() -> Value {
    json!({
        "user_code": "RK987NX4",
        "device_code": "G".repeat(200),
        "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": 900,
        "interval": 5,
        "message": "To sign in, use a web browser to open the page https://microsoft.com/devicelogin.",
    })
}
