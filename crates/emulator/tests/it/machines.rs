//! Finding devices.

use mde_forensics_emulator::config::{Device, Refusal};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Service, code};

fn names(list: &Value) -> Vec<&str> {
    let list = list["value"].as_array().unwrap();
    list.iter().map(|machine| machine["computerDnsName"].as_str().unwrap()).collect()
}

async fn fleet() -> Service {
    Service::start(|config| {
        let mut other = Device::new("ws-0421.contoso.com");
        other.ip = Some("10.1.2.3".parse().unwrap());
        other.tags = vec!["tier-0".to_owned(), "case".to_owned()];
        let mut asleep = Device::new("asleep");
        asleep.ip = other.ip;
        asleep.health = "Inactive".to_owned();
        asleep.last_seen_age = Some(86_400.0);
        config.fleet.devices.extend([other, asleep]);
    })
    .await
}

#[tokio::test]
async fn a_device_is_found_by_id_by_name_and_by_first_label() {
    let service = fleet().await;
    let id = service.machine();
    for name in [id.as_str(), "ws-042.contoso.com", "WS-042", "WS-042.CONTOSO.COM"] {
        let (status, machine) = service.get(&format!("/api/machines/{name}")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(machine["id"], json!(id), "{name}");
    }
    let (status, body) = service.get("/api/machines/ws-04").await;
    assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "ResourceNotFound"));
}

#[tokio::test]
async fn a_machine_has_every_property_of_the_metadata() {
    let service = fleet().await;
    let (_, machine) = service.get("/api/v1.0/machines/ws-042").await;
    let context = format!("{}/api/v1.0/$metadata#Machines/$entity", service.emulator.api_url());
    assert_eq!(machine["@odata.context"], context);
    for property in [
        "id",
        "mergedIntoMachineId",
        "isPotentialDuplication",
        "isExcluded",
        "exclusionReason",
        "computerDnsName",
        "firstSeen",
        "lastSeen",
        "osPlatform",
        "osProcessor",
        "version",
        "lastIpAddress",
        "lastExternalIpAddress",
        "agentVersion",
        "osBuild",
        "healthStatus",
        "deviceValue",
        "rbacGroupId",
        "rbacGroupName",
        "ipAddresses",
        "riskScore",
        "exposureLevel",
        "isAadJoined",
        "aadDeviceId",
        "machineTags",
        "vmMetadata",
        "onboardingStatus",
        "osArchitecture",
        "managedBy",
        "managedByStatus",
    ] {
        assert!(machine.get(property).is_some(), "{property}");
    }
    assert_eq!(machine["id"].as_str().unwrap().len(), 40);
    assert_eq!(machine["lastSeen"].as_str().unwrap().len(), "2026-01-05T10:00:00.1234567Z".len());
}

#[tokio::test]
async fn an_address_is_found_within_a_quarter_of_an_hour_of_a_time() {
    let service = fleet().await;
    for (time, expected) in [
        ("2026-01-05T09:59:00Z", vec!["ws-0421.contoso.com"]),
        ("2026-01-04T10:14:00Z", vec!["ws-0421.contoso.com", "asleep"]),
        ("2026-01-04T10:16:00Z", vec!["ws-0421.contoso.com"]),
    ] {
        let path = format!("/api/machines/findbyip(ip='10.1.2.3',timestamp={time})");
        let (status, list) = service.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        assert_eq!(names(&list), expected, "{time}");
    }
    for (arguments, expected) in [
        ("ip='10.1.2.3',timestamp=2025-12-05T09:59:59Z", "InvalidInput"),
        ("ip='10.1.2.3',timestamp=2026-02-05T10:00:00Z", "InvalidInput"),
        ("ip='10.1.2.3',timestamp=yesterday", "InvalidInput"),
        ("ip='10.1.2.3'", "MissingRequiredParameter"),
        ("timestamp=2026-01-05T10:00:00Z", "MissingRequiredParameter"),
        ("ip=10.1.2.3,timestamp=2026-01-05T10:00:00Z", "InvalidIpAddress"),
        ("ip='10.1.2',timestamp=2026-01-05T10:00:00Z", "InvalidIpAddress"),
    ] {
        let (status, body) = service.get(&format!("/api/machines/findbyip({arguments})")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(code(&body), expected, "{arguments}");
    }
}

#[tokio::test]
async fn a_tag_is_found_whole_or_by_its_start() {
    let service = fleet().await;
    for (query, found) in [
        ("tag=tier-0", 1),
        ("tag=tier", 0),
        ("tag=tier&useStartsWithFilter=true", 1),
        ("tag=tier&useStartsWithFilter=false", 0),
    ] {
        let (status, list) = service.get(&format!("/api/machines/findbytag?{query}")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(names(&list).len(), found, "{query}");
    }
    let (_, body) = service.get("/api/machines/findbytag").await;
    assert_eq!(code(&body), "MissingRequiredParameter");
    let (_, body) = service.get("/api/machines/findbytag?tag=a&useStartsWithFilter=2").await;
    assert_eq!(code(&body), "InvalidInput");
}

#[tokio::test]
async fn an_empty_list_may_be_a_404() {
    let service = Service::start(|config| config.fleet.devices.clear()).await;
    let (status, list) = service.get("/api/machines").await;
    assert_eq!((status, names(&list).len()), (StatusCode::OK, 0));
    service.handle.change_options(|options| options.empty_list_is_404 = true);
    assert_eq!(service.get("/api/machines").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_device_says_which_actions_it_can_do() {
    let service = Service::start(|config| {
        let refusal = Refusal::new(400, "OsPlatformNotSupported", "not on this system");
        let mut old = Device::new("old");
        old.life.refuse = Some(refusal);
        config.fleet.devices.push(old);
    })
    .await;
    for (device, available) in [("ws-042", true), ("old", false)] {
        let id = service.handle.device(device).unwrap().id;
        let (status, list) =
            service.get(&format!("/api/machines/{id}/availableMachineActions")).await;
        assert_eq!(status, StatusCode::OK);
        let list = list["value"].as_array().unwrap();
        let ours = list.iter().find(|it| it["action"] == "CollectInvestigationPackage").unwrap();
        assert_eq!(ours["isAvailable"], json!(available));
        assert_eq!(ours["notSupportedReason"].is_null(), available);
        assert!(list.iter().any(|it| it["action"] == "RunCustomPlaybook"));
    }
}

#[tokio::test]
async fn a_merged_device_names_the_one_that_it_became() {
    let service = Service::start(|config| {
        let mut merged = Device::new("old");
        merged.merged_into = Some("the-new-one".to_owned());
        config.fleet.devices.push(merged);
    })
    .await;
    let (_, machine) = service.get("/api/machines/old").await;
    assert_eq!(machine["mergedIntoMachineId"], "the-new-one");
}

#[tokio::test]
async fn a_generated_fleet_follows_from_its_seed() {
    let ids = async |seed| {
        let service = Service::start(|config| {
            config.seed = seed;
            config.fleet.devices.clear();
            config.fleet.generated = 5;
        })
        .await;
        service.handle.devices().into_iter().map(|it| (it.id, it.name)).collect::<Vec<_>>()
    };
    assert_eq!(ids(1).await, ids(1).await);
    assert_ne!(ids(1).await, ids(2).await);
    assert_eq!(ids(1).await.len(), 5);
}

#[tokio::test]
async fn devices_can_be_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("devices.json");
    let devices = r#"[{"name": "a", "life": {"pending": 1, "end": "TimeOut"}}, {"name": "b"}]"#;
    std::fs::write(&path, devices).unwrap();
    let service = Service::start(|config| config.fleet.file = Some(path)).await;
    assert!(service.handle.device("a").is_ok() && service.handle.device("b").is_ok());
}
