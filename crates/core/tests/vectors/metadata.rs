//! Every property and every enum member of the service's own metadata.

use std::fmt::Debug;

use mde_forensics_core::wire::{
    ActionAvailability, ActionStatus, ActionType, Command, CommandParameter, CommandResult,
    CustomPlaybookActionTypes, CustomPlaybookCommandStatus, CustomPlaybookParams, DeviceManagedBy,
    DeviceManagedByStatus, DeviceValue, ExclusionReason, ExposureLevel, FileIdentifierType,
    FullActionType, InterfaceType, IpInterfaceOperationalStatus, KnownRequestSource, Machine,
    MachineAction, MachineHealthStatus, MachineIpAddress, OnboardingStatus, RelatedFileInfo,
    RiskScore, VmCloudProvider, VmMetadata,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::files::{named, read, root, tests};

const GUID: &str = "7b8c0e6e-1111-4d2b-9a55-0c0c0c0c0c0c";
const INSTANT: &str = "2026-01-05T10:00:00.1234567Z";

#[test]
fn every_member_is_known_and_no_other() {
    for test in of_kind(&["enum"]) {
        let name = test["name"].as_str().unwrap();
        let members: Vec<_> = test["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member.as_str().unwrap())
            .collect();
        let known = members_of(name);
        let unknown: Vec<_> =
            members.iter().filter(|member| !known.iter().any(|known| known == *member)).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        assert_eq!(members.len(), known.len(), "{name}: {known:?}");
    }
}

/// Puts each property alone into an object, reads it, and looks for it in what is written.
#[test]
fn every_property_is_read_and_written_under_its_own_name() {
    let mut properties = 0;
    for test in of_kind(&["entity", "complex"]) {
        let name = test["name"].as_str().unwrap();
        for (property, form) in test["properties"].as_object().unwrap() {
            let mut object = Map::new();
            for required in test["required"].as_array().unwrap() {
                let required = required.as_str().unwrap();
                object.insert(
                    required.to_owned(),
                    sample(test["properties"][required]["type"].as_str().unwrap()),
                );
            }
            let value = sample(form["type"].as_str().unwrap());
            object.insert(property.clone(), value.clone());
            let (written, printed) = pass(name, &Value::Object(object.clone()));
            assert_eq!(written[property], value, "{name}.{property}");
            // What is kept as raw JSON has no names of our own.
            let own = form["field"].as_str().map(|field| format!("{field}: "));
            let field = own.unwrap_or_else(|| format!("{property:?}: "));
            assert!(printed.contains(&field), "{name} has no field {field}in {printed}");
            if form["nullable"] == true {
                object.insert(property.clone(), Value::Null);
                pass(name, &Value::Object(object));
            }
            properties += 1;
        }
    }
    assert!(properties > 70, "{properties}");
}

#[test]
fn the_vector_is_the_services_own_metadata() {
    let path = root().join("../shared/schema/metadata.json");
    if !path.exists() {
        eprintln!(
            "SKIPPED: {} is not here, so the vector was not compared with it",
            path.display()
        );
        return;
    }
    let schema = read(&path);
    let file = named("metadata");
    let mut compared = 0;
    for (group, what) in [("entities", "entity"), ("definitions", "complex"), ("enums", "enum")] {
        for (name, wanted) in schema[group].as_object().unwrap() {
            let test =
                tests(&file).iter().find(|test| test["what"] == what && test["name"] == *name);
            let mut found = test.unwrap_or_else(|| panic!("{name} is missing")).clone();
            if what == "enum" {
                assert_eq!(found["members"], *wanted, "{name}");
            } else {
                for form in found["properties"].as_object_mut().unwrap().values_mut() {
                    form.as_object_mut().unwrap().remove("field");
                }
                assert_eq!(found["properties"], *wanted, "{name}");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, tests(&file).len());
}

fn of_kind(kinds: &[&str]) -> Vec<Value> {
    let file = named("metadata");
    let tests = tests(&file).iter().filter(|test| kinds.contains(&test["what"].as_str().unwrap()));
    tests.cloned().collect()
}

/// A value of an Edm type.
fn sample(kind: &str) -> Value {
    if let Some(inner) = kind.strip_prefix("Collection(") {
        return json!([sample(inner.strip_suffix(')').unwrap())]);
    }
    match kind {
        "Edm.Boolean" => json!(true),
        "Edm.DateTimeOffset" => json!(INSTANT),
        "Edm.Guid" | "Edm.String" => json!(GUID),
        "Edm.Int32" => json!(-7),
        "Edm.Int64" => json!(5_000_000_000_i64),
        other => {
            let file = named("metadata");
            let test = tests(&file).iter().find(|test| test["name"] == other);
            let test = test.unwrap_or_else(|| panic!("the type {other} is not known"));
            if test["what"] == "enum" {
                return test["members"][0].clone();
            }
            let properties = test["properties"].as_object().unwrap();
            properties
                .iter()
                .map(|(name, form)| (name.clone(), sample(form["type"].as_str().unwrap())))
                .collect()
        }
    }
}

/// Reads an object as the type of that name; gives it as it is written and as it is printed.
fn pass(name: &str, object: &Value) -> (Value, String) {
    fn through<T: DeserializeOwned + Serialize + Debug>(object: &Value) -> (Value, String) {
        let read: T = serde_json::from_value(object.clone())
            .unwrap_or_else(|error| panic!("{object}: {error}"));
        (serde_json::to_value(&read).unwrap(), format!("{read:?}"))
    }
    match name {
        "ActionAvailabilityStatus" => through::<ActionAvailability>(object),
        "CustomPlaybookCommand" => through::<Command>(object),
        "CustomPlaybookCommandResult" => through::<CommandResult>(object),
        "CustomPlaybookParameter" => through::<CommandParameter>(object),
        "Machine" => through::<Machine>(object),
        "MachineAction" => through::<MachineAction>(object),
        "MachineIpAddress" => through::<MachineIpAddress>(object),
        "RelatedFileInfo" => through::<RelatedFileInfo>(object),
        "TroubleshootInfo" => {
            let mut action = json!({"id": GUID, "type": "LogsCollection", "status": "Pending"});
            action["troubleshootInfo"] = object.clone();
            let (written, printed) = through::<MachineAction>(&action);
            (written["troubleshootInfo"].clone(), printed)
        }
        "VmMetadata" => through::<VmMetadata>(object),
        other => panic!("there is no type for {other}"),
    }
}

fn members_of(name: &str) -> Vec<String> {
    macro_rules! members {
        ($($name:literal => $kind:ty,)+) => {
            match name {
                $($name => <$kind>::KNOWN.iter().map(|member| {
                    assert_eq!(<$kind>::parse(&member.as_str().to_uppercase()), *member);
                    member.as_str().to_owned()
                }).collect(),)+
                other => panic!("there is no type for {other}"),
            }
        };
    }
    members! {
        "CustomPlaybookActionTypes" => CustomPlaybookActionTypes,
        "CustomPlaybookCommandStatus" => CustomPlaybookCommandStatus,
        "CustomPlaybookParams" => CustomPlaybookParams,
        "DeviceManagedBy" => DeviceManagedBy,
        "DeviceManagedByStatus" => DeviceManagedByStatus,
        "DeviceValue" => DeviceValue,
        "ExclusionReason" => ExclusionReason,
        "ExposureLevel" => ExposureLevel,
        "FullActionType" => FullActionType,
        "InterfaceType" => InterfaceType,
        "IpInterfaceOperationalStatus" => IpInterfaceOperationalStatus,
        "KnownRequestSource" => KnownRequestSource,
        "MachineHealthStatus" => MachineHealthStatus,
        "OnboardingStatus" => OnboardingStatus,
        "RiskScore" => RiskScore,
        "actionStatus" => ActionStatus,
        "actionType" => ActionType,
        "fileIdentifierType" => FileIdentifierType,
        "vmCloudProvider" => VmCloudProvider,
    }
}
