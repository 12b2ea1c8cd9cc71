use std::fs;

use mde_forensics_emulator::config::{Device, End, Endpoint, Running};

use crate::support::Service;

#[test]
fn a_name_becomes_a_verified_package() {
    let service = Service::start();
    let finished = service.collect(&[]).expect(0);
    finished.says(&["1 of 1 device collected", "collected"]);

    let packages = service.packages("evidence");
    assert_eq!(packages.len(), 1, "{finished:?}");
    let name = packages[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("ws-042.contoso.com_"), "{name}");
    assert!(finished.stdout.contains(name));
    let action = &service.handle.actions()[0];
    let digest = service.handle.package(&action.id).unwrap();
    assert_eq!(fs::metadata(&packages[0]).unwrap().len(), digest.length);
    assert!(action.comment.as_deref().unwrap().starts_with("INC-42 [mdef-"));
}

#[test]
fn the_device_is_shown_before_anything_is_asked_of_it() {
    let service = Service::start();
    let id = service.handle.devices()[0].id.clone();
    let finished = service.collect(&[]).expect(0);
    let resolved =
        finished.stderr.find(&format!("ws-042: is ws-042.contoso.com, id {id}")).unwrap();
    let accepted = finished.stderr.find("collection accepted").unwrap();
    assert!(resolved < accepted, "{}", finished.stderr);
}

#[test]
fn an_id_and_an_address_name_a_device_too() {
    let service = Service::with(|config| {
        config.fleet.devices.push(Device::new("ws-043.contoso.com"));
    });
    let devices = service.handle.devices();
    let (id, ip) = (devices[0].id.as_str(), devices[1].ip.to_string());
    let finished = service.run(&["collect", id, &ip, "--comment", "INC-42"]).expect(0);
    finished.says(&["2 of 2 devices collected"]);
    assert_eq!(service.packages("evidence").len(), 2);
}

#[test]
fn one_bad_device_does_not_stop_the_others() {
    let service = Service::with(|config| {
        let mut device = Device::new("ws-bad.contoso.com");
        device.life.end = End::Failed;
        config.fleet.devices.push(device);
    });
    let finished = service.collect(&["ws-bad", "ws-gone", "--json"]).expect(1);
    let report = finished.json();
    let outcome = |at: usize| report["devices"][at]["outcome"].as_str().unwrap();
    assert_eq!([outcome(0), outcome(1), outcome(2)], ["collected", "failed", "not_found"]);
    assert_eq!(report["devices"][1]["error"]["code"], "collection_failed");
    assert_eq!(report["devices"][2]["error"]["code"], "device_not_found");
    assert_eq!(report["exit"], 1);
}

#[test]
fn json_is_one_document_with_all_that_is_known() {
    let service = Service::start();
    let finished = service.collect(&["--json", "--out", "case"]).expect(0);
    let report = finished.json();
    let device = &report["devices"][0];
    let action = &service.handle.actions()[0];
    let digest = service.handle.package(&action.id).unwrap();
    assert_eq!(report["folder"], "case");
    assert_eq!(device["device"], "ws-042");
    assert_eq!(device["machine"]["name"], "ws-042.contoso.com");
    assert_eq!(device["action"]["id"], action.id.as_str());
    assert_eq!(device["action"]["adoption"], "own");
    assert_eq!(device["package"]["sha256"], digest.sha256.as_str());
    assert_eq!(device["package"]["size"], digest.length);
    assert!(service.path(device["package"]["path"].as_str().unwrap()).is_file());
    assert_eq!(device["handle"]["version"], 1);
}

#[test]
fn a_name_of_two_devices_is_not_chosen_silently() {
    let service = Service::with(|config| {
        for (digit, age) in [("1", 86_400.0), ("2", 60.0)] {
            let mut device = Device::new("ws-twin.contoso.com");
            device.id = Some(digit.repeat(40));
            device.last_seen_age = Some(age);
            config.fleet.devices.push(device);
        }
    });
    let twin = ["collect", "ws-twin", "--comment", "INC-42"];
    let finished = service.run(&twin).expect(1);
    finished.says(&["ambiguous", &"1".repeat(40), &"2".repeat(40), "--pick newest"]);
    assert_eq!(service.calls(Endpoint::Collect), 0);

    let finished = service.run(&[&twin[..], &["--pick", "newest", "--json"]].concat()).expect(0);
    let report = finished.json();
    let device = &report["devices"][0];
    assert_eq!(device["machine"]["id"], "2".repeat(40));
    assert_eq!(device["passed_over"].as_array().map(Vec::len), Some(1), "{device}");
    assert_eq!(device["passed_over"][0]["machine"], "1".repeat(40));
    assert!(device["passed_over"][0]["last_seen"].is_string(), "{device}");
    let told = finished.stderr.lines().find(|line| line.contains("passed over")).unwrap();
    assert!(told.contains(&"1".repeat(40)), "{told}");

    let third = ["--pick", "newest", "--out", "again"];
    let finished = service.run(&[&twin[..], &third].concat()).expect(0);
    let told = finished.stdout.lines().find(|line| line.contains("passed over")).unwrap();
    assert!(told.contains(&"1".repeat(40)), "{told}");
}

#[test]
fn a_running_collection_is_taken_over_and_named_as_somebody_elses() {
    let service = Service::with(|config| {
        let life = &mut config.fleet.devices[0].life;
        // It still runs when a busy machine comes to ask for it.
        life.running = 1_200.0;
        life.already_running = Some(Running::default());
    });
    let finished = service.collect(&["--json"]).expect(0);
    finished.says(&[", requested by analyst@contoso.com"]);
    assert_eq!(finished.json()["devices"][0]["action"]["adoption"], "foreign");
}

#[test]
fn a_running_collection_of_this_very_app_is_not_called_somebody_elses() {
    // Each run needs a collection that still runs.
    let service = || {
        Service::with(|config| {
            let mut running = Running::default();
            running.by.clone_from(&config.tenant.apps[0].client_id);
            let life = &mut config.fleet.devices[0].life;
            life.running = 1_200.0;
            life.already_running = Some(running);
        })
    };
    let finished = service().collect(&["--json"]).expect(0);
    let whose = "an earlier run of this app or another user of it";
    finished.says(&[whose]);
    let report = finished.json();
    assert_eq!(report["devices"][0]["action"]["adoption"], "foreign");
    assert_eq!(report["devices"][0]["is_same_account"], true);

    let finished = service().collect(&[]).expect(0);
    assert!(finished.stdout.contains(whose), "{finished:#?}");
    assert!(!finished.stdout.contains("somebody else"), "{finished:#?}");
}

#[test]
fn a_running_collection_of_another_run_of_ours_is_told_by_its_marker() {
    let service = Service::with(|config| {
        let life = &mut config.fleet.devices[0].life;
        life.running = 1_200.0;
        let mut running = Running::default();
        running.comment = "INC-41 [mdef-0123456789abcdef0123]".to_owned();
        life.already_running = Some(running);
    });
    let finished = service.collect(&[]).expect(0);
    assert!(
        finished.stdout.contains("another run of mde-forensics, by its marker"),
        "{finished:#?}"
    );
    assert!(!finished.stdout.contains("somebody else"), "{finished:#?}");
}

#[test]
fn a_long_wait_is_not_silent() {
    let service = Service::with(|config| config.fleet.devices[0].life.running = 900.0);
    let finished = service.collect(&[]).expect(0);
    let lines = || finished.stderr.lines().filter(|line| line.contains("still under way"));
    assert!((2..=20).contains(&lines().count()), "{}", finished.stderr);
    assert!(lines().all(|line| line.contains(" min")), "{}", finished.stderr);
    let is_told = |line: &str| line.contains("ws-042: action status: InProgress");
    assert!(lines().any(is_told), "{}", finished.stderr);
    assert_eq!(service.collect(&["--quiet"]).expect(0).stderr, "");
}

#[test]
fn unfinished_collections_of_the_folder_are_named_at_the_start() {
    let service = Service::with(|config| {
        config.fleet.devices.push(Device::new("ws-043.contoso.com"));
    });
    let first = service.collect(&["--no-wait"]).expect(0);
    assert!(!first.stderr.contains("unfinished"), "{}", first.stderr);
    let other = ["collect", "ws-043", "--comment", "INC-42"];
    let second = service.run(&other).expect(0);
    let warning = second.stderr.lines().next().unwrap();
    for part in ["1 unfinished collection", "ws-042", "mde-forensics resume evidence"] {
        assert!(warning.contains(part), "`{part}` is not in {warning}");
    }
    service.run(&["resume", "evidence"]).expect(0);
    let third = service.run(&other).expect(0);
    assert!(!third.stderr.contains("unfinished"), "{}", third.stderr);
}

#[test]
fn what_a_run_goes_on_with_by_its_key_is_not_named_as_unfinished() {
    let service = Service::start();
    service.collect(&["--no-wait", "--key", "INC-42"]).expect(0);
    let second = service.collect(&["--key", "INC-42"]).expect(0);
    assert!(!second.stderr.contains("unfinished"), "{}", second.stderr);
}

#[test]
fn a_second_run_with_the_same_key_says_that_it_has_an_earlier_package() {
    let service = Service::start();
    let first = service.collect(&["--key", "INC-42", "--json"]).expect(0);
    assert!(first.json()["devices"][0]["earlier"].is_null(), "{first:#?}");
    assert!(!first.stderr.contains("earlier run"), "{}", first.stderr);
    let second = service.collect(&["--key", "INC-42", "--json"]).expect(0);
    let report = second.json();
    let begun = report["devices"][0]["earlier"].as_str().unwrap();
    let created = first.json()["devices"][0]["action"]["created"].as_str().unwrap().to_owned();
    assert_eq!(begun.get(..19), created.get(..19));
    let day = begun.get(..10).unwrap();
    let told = second.stderr.lines().find(|line| line.contains("earlier run")).unwrap();
    for part in ["ws-042", "`INC-42`", day, "another key"] {
        assert!(told.contains(part), "`{part}` is not in {told}");
    }
    let third = service.collect(&["--key", "INC-42"]).expect(0);
    let table = third.stdout.lines().nth(1).unwrap();
    assert!(table.contains("of an earlier run"), "{}", third.stdout);
    assert!(table.contains(day), "{}", third.stdout);
    assert!(third.stdout.contains("another `--key`"), "{}", third.stdout);
    // The same device in other words.
    let full = ["collect", "ws-042.contoso.com", "--comment", "INC-42", "--key", "INC-42"];
    let fourth = service.run(&full).expect(0);
    assert!(fourth.stdout.contains("of an earlier run"), "{}", fourth.stdout);
    let resumed = service.run(&["resume", "evidence"]).expect(0);
    assert!(!resumed.stdout.contains("earlier run"), "{}", resumed.stdout);
}

#[test]
fn a_second_run_with_the_same_key_asks_nothing_twice() {
    let service = Service::start();
    service.collect(&["--key", "INC-42"]).expect(0);
    let packages = service.packages("evidence");
    let second = service.collect(&["--key", "INC-42"]).expect(0);
    assert_eq!(service.packages("evidence"), packages, "{second:?}");
    assert_eq!(service.calls(Endpoint::Collect), 1);
    assert_eq!(service.calls(Endpoint::Download), 1);
}

#[test]
fn evidence_that_was_altered_is_not_overwritten() {
    let service = Service::start();
    service.collect(&["--key", "INC-42"]).expect(0);
    let package = service.packages("evidence").remove(0);
    fs::write(&package, "altered").unwrap();
    let second = service.collect(&["--key", "INC-42"]);
    assert!(matches!(second.code, 4 | 5), "{second:#?}");
    assert_eq!(fs::read(&package).unwrap(), b"altered");
}

#[test]
fn the_deadline_bounds_the_run_and_says_how_to_go_on() {
    let service = Service::with(|config| config.fleet.devices[0].life.end = End::Never);
    let finished = service.collect(&["--deadline", "5m"]).expect(1);
    finished.says(&["deadline reached", "the deadline passed", "mde-forensics resume evidence"]);
    let finished = service.collect(&["--timeout", "5m", "--json"]).expect(1);
    assert_eq!(finished.json()["devices"][0]["limit"], "timeout");
}

#[test]
fn a_person_signs_in_on_another_screen() {
    let service = Service::with(|config| config.options.device_code_approval = Some(30.0));
    let mut command = service.command(&["collect", "ws-042", "--comment", "x", "--device-code"]);
    command.env_remove("AZURE_CLIENT_SECRET");
    let finished = crate::support::finish(command, None).expect(0);
    finished.says(&["to sign in, open ", "enter the code"]);
}

#[cfg(unix)]
#[test]
fn the_evidence_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let service = Service::start();
    service.collect(&["--out", "cases/42"]).expect(0);
    for folder in ["cases", "cases/42"] {
        let mode = fs::metadata(service.path(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
    for file in crate::support::files(&service.path("cases/42")) {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}
