use serde_json::{Value, json};

use super::*;

fn action(fields: &Value) -> MachineAction {
    let mut whole = json!({"id": "a", "type": "CollectInvestigationPackage", "status": "Pending"});
    whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

#[test]
fn an_unknown_member_is_kept_and_a_known_one_is_read_in_any_case() {
    assert_eq!(ActionStatus::parse("succeeded"), ActionStatus::Succeeded);
    let other = ActionStatus::parse("Paused");
    assert_eq!(other, ActionStatus::Other("Paused".to_owned()));
    assert_eq!(other.as_str(), "Paused");
    assert!(!other.is_terminal());
    let terminal: Vec<_> =
        ActionStatus::KNOWN.iter().filter(|status| status.is_terminal()).collect();
    assert_eq!(terminal.len(), 4);
    assert_eq!(InterfaceType::parse("Other"), InterfaceType::OtherInterface);
}

#[test]
fn both_spellings_of_a_field_are_read_even_together() {
    let early = "2026-01-05T10:00:00.1234567Z";
    let late = "2026-01-05T11:00:00.1234567Z";
    let both = action(&json!({
        "lastUpdateDateTimeUtc": early, "lastUpdateTimeUtc": late,
        "externalId": "wire", "externalID": "page", "errorHResult": 1, "errorResult": 2,
    }));
    assert_eq!(both.updated.unwrap().hour(), 10);
    assert_eq!(both.external_id.as_deref(), Some("wire"));
    assert_eq!(both.error_hresult, Some(1));
    let page = action(
        &json!({"lastUpdateTimeUtc": late, "externalID": "page", "errorResult": -2_147_024_894}),
    );
    assert_eq!(page.updated.unwrap().hour(), 11);
    assert_eq!(page.external_id.as_deref(), Some("page"));
    assert_eq!(page.error_hresult, Some(-2_147_024_894));
}

#[test]
fn only_id_type_and_status_must_be_there() {
    let bare = action(&json!({}));
    assert_eq!(bare.commands, []);
    assert_eq!(action(&json!({"commands": null, "somethingNew": {"a": [1]}})), bare);
    for field in ["id", "type", "status"] {
        let mut whole = json!({"id": "a", "type": "Isolate", "status": "Pending"});
        whole.as_object_mut().unwrap().remove(field);
        assert!(serde_json::from_value::<MachineAction>(whole).is_err(), "{field}");
    }
    assert!(serde_json::from_value::<MachineAction>(json!(["a", "Isolate", "Pending"])).is_err());
}

#[test]
fn troubleshooting_is_kept_as_it_is() {
    for raw in [json!("text"), json!({"expirationUtc": "2026-01-05T10:00:00Z", "state": 1})] {
        assert_eq!(action(&json!({"troubleshootInfo": raw})).troubleshoot_info, Some(raw));
    }
}

#[test]
fn what_is_serialised_reads_back_as_the_same() {
    let action = action(&json!({
        "machineId": "m", "creationDateTimeUtc": "2026-01-05T12:00:00.1234567+02:00",
        "relatedFileInfo": {"fileIdentifier": "abc", "fileIdentifierType": "Sha1"},
        "commands": [{"index": 0, "startTime": "2026-01-05T10:00:00Z", "endTime": null, "commandStatus": "Created", "errors": [],
            "command": {"type": "RunScript", "params": [{"key": "ScriptName", "value": "a.ps1"}]}}],
        "troubleshootInfo": {"state": 1},
    }));
    let json = serde_json::to_value(&action).unwrap();
    assert_eq!(json["creationDateTimeUtc"], "2026-01-05T10:00:00.1234567Z");
    assert_eq!(serde_json::from_value::<MachineAction>(json).unwrap(), action);

    let machine: Machine = serde_json::from_value(json!({
        "id": "m", "mergedIntoMachineId": "", "rbacGroupId": 0, "osBuild": "19044", "exposureLevel": null,
        "ipAddresses": [{"ipAddress": "10.0.0.1", "macAddress": null, "type": "Ethernet", "operationalStatus": "Up"}],
        "vmMetadata": {"vmId": "v", "cloudProvider": "Azure", "resourceId": null, "subscriptionId": "s"},
    }))
    .unwrap();
    assert_eq!(machine.merged_into_machine_id, None);
    assert_eq!(machine.os_build, Some(19_044));
    let json = serde_json::to_value(&machine).unwrap();
    assert_eq!(serde_json::from_value::<Machine>(json).unwrap(), machine);
}
