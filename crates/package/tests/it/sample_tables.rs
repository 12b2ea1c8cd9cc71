//! The tables of a real package, where it is at hand: counts that were taken independently.

use std::collections::{BTreeMap, BTreeSet};

use mde_forensics_package::{Budgets, Package, Table};

use crate::{
    rows::{batches, bools, ints, texts},
    sample::sample,
};

fn open() -> Option<Package<Vec<u8>>> {
    let (zip, _) = sample(<[u8]>::to_vec)?;
    Some(Package::open(zip, &Budgets::default()).unwrap())
}

fn table(name: &str) -> Option<Table> {
    let table = open()?.table(name).unwrap();
    assert!(!table.is_partial, "{name}: {:?}", table.issues);
    assert_eq!(table.issues, [], "{name}");
    Some(table)
}

#[test]
fn the_package_says_what_it_is() {
    let Some(package) = open() else { return };
    assert_eq!(package.id(), "7c0ac2a0-be8c-4a7e-ab0e-f82a78c044d6");
    assert_eq!(package.device(), Some("AVIRUP-1"));
    assert_eq!(package.issues(), []);
    let collection = package.table("collection").unwrap();
    let text = |name: &str| texts(&collection, name).remove(0).unwrap_or_default();
    let number = |name: &str| ints(&collection, name)[0];
    assert_eq!(
        (text("os_name"), number("os_build")),
        ("Microsoft Windows 11 Pro".to_owned(), Some(26_100))
    );
    assert_eq!(text("started_raw"), "[2025-08-07T13:01:50Z]");
    assert_eq!(text("ended_raw"), "[2025-08-07T13:03:00Z]");
    assert_eq!(
        (text("events_from_raw"), text("prefetch_from")),
        ("2025-07-31T00:00:00".to_owned(), "2025-07-31".to_owned())
    );
    let robocopy = ["prefetch_copied", "prefetch_skipped", "prefetch_failed"].map(number);
    assert_eq!(robocopy, [Some(265), Some(42), Some(0)]);
    assert_eq!(
        (number("commands"), text("artifacts_missing")),
        (Some(90), "security_events\ndefender_log".to_owned())
    );
}

#[test]
fn commands() {
    let Some(table) = table("commands") else { return };
    assert_eq!(table.rows(), 90);
    let names: BTreeSet<_> = texts(&table, "command_name").into_iter().flatten().collect();
    assert_eq!(names.len(), 60);
    assert_eq!(texts(&table, "time_raw")[0].as_deref(), Some("[2025-08-07T13:01:50Z]"));
}

#[test]
fn processes() {
    let Some(table) = table("processes") else { return };
    assert_eq!(table.rows(), 132);
    assert_eq!(texts(&table, "command_line").iter().flatten().count(), 63);
    assert!(ints(&table, "process_id").iter().all(Option::is_some));
    assert!(texts(&table, "parse_status").iter().flatten().all(|status| status == "clean"));
    let sources: BTreeSet<_> =
        texts(&table, "created_order_source").into_iter().flatten().collect();
    assert_eq!(sources, BTreeSet::from(["process_list".to_owned()]));
    // The newest process is the one that made the list: 2025-08-07T13:02:57Z.
    assert_eq!(
        ints(&table, "created_utc").into_iter().flatten().max(),
        Some(1_754_571_777_000_000)
    );
}

#[test]
fn services() {
    let Some(table) = table("services") else { return };
    assert_eq!(table.rows(), 269);
    let names: BTreeSet<_> = texts(&table, "name").into_iter().flatten().collect();
    assert_eq!(names.len(), 269);
    assert!(texts(&table, "parse_status").iter().flatten().all(|status| status == "repaired"));
    assert!(texts(&table, "start_mode").iter().all(Option::is_some));
}

#[test]
fn scheduled_tasks() {
    let Some(table) = table("scheduled_tasks") else { return };
    assert_eq!(table.rows(), 314);
    let names: BTreeSet<_> = texts(&table, "task_name").into_iter().flatten().collect();
    assert_eq!(names.len(), 259);
    let runs = ints(&table, "last_run_utc");
    let has_run = bools(&table, "has_run");
    assert_eq!(has_run.iter().filter(|ran| **ran == Some(false)).count(), 109);
    assert!(runs.iter().zip(&has_run).all(|(run, ran)| run.is_some() == (*ran == Some(true))));
}

#[test]
fn registry() {
    let Some(values) = table("registry_values") else { return };
    assert_eq!(values.rows(), 14_659);
    let keys = table("registry_keys").unwrap();
    assert_eq!(keys.rows(), 3_556);
    assert_eq!(ints(&keys, "value_count").into_iter().flatten().sum::<i64>(), 14_659);
    let autoruns = table("autoruns").unwrap();
    let run: Vec<_> = texts(&autoruns, "category")
        .into_iter()
        .zip(texts(&autoruns, "entry"))
        .filter(|(category, _)| category.as_deref() == Some("run"))
        .filter_map(|(_, entry)| entry)
        .collect();
    assert!(run.contains(&"TelemetryHost".to_owned()), "{run:?}");
}

#[test]
fn start_modes_are_those_of_the_registry() {
    let Some(package) = open() else { return };
    let values = package.table("registry_values").unwrap();
    let services = package.table("services").unwrap();
    let starts: BTreeMap<String, i64> = texts(&values, "key")
        .into_iter()
        .zip(texts(&values, "name"))
        .zip(ints(&values, "number"))
        .filter_map(|((key, name), number)| {
            let key = key?.to_lowercase();
            let service =
                key.strip_prefix(r"hkey_local_machine\system\currentcontrolset\services\")?;
            (name? == "Start" && !service.contains('\\'))
                .then(|| Some((service.to_owned(), number?)))?
        })
        .collect();
    let agree = texts(&services, "name").into_iter().zip(texts(&services, "start_mode")).filter(
        |(name, mode)| {
            let start = starts.get(&name.as_ref().unwrap().to_lowercase());
            let expected = ["Boot", "System", "Auto", "Manual", "Disabled"];
            start.is_some_and(|start| {
                expected[usize::try_from(*start).unwrap()] == mode.as_deref().unwrap()
            })
        },
    );
    assert_eq!(agree.count(), 269);
}

#[test]
fn network() {
    let Some(sockets) = table("net_sockets") else { return };
    assert_eq!(sockets.rows(), 91);
    assert!(ints(&sockets, "process_id").iter().all(Option::is_some));
    assert_eq!(table("arp").unwrap().rows(), 7);
    let dns = table("dns_cache").unwrap();
    assert_eq!(texts(&dns, "record_name").iter().flatten().count(), 21);
    let adapters = table("net_adapters").unwrap();
    assert_eq!(texts(&adapters, "physical_address")[0].as_deref(), Some("00-0C-29-0A-80-E8"));
    assert_eq!(texts(&adapters, "ipv4_addresses")[0].as_deref(), Some("192.168.52.144"));
    assert_eq!(texts(&adapters, "dns_servers")[0].as_deref(), Some("192.168.52.143\n8.8.8.8"));
}

#[test]
fn files_users_and_programs() {
    let Some(temp) = table("temp_files") else { return };
    assert_eq!(temp.rows(), 1_484);
    assert!(texts(&temp, "owner").iter().all(Option::is_some));
    assert!(bools(&temp, "owner_may_be_cut").iter().all(|is| *is == Some(false)));
    assert!(ints(&temp, "modified_utc").iter().all(Option::is_some));
    let listed = table("robocopy_files").unwrap();
    assert_eq!(bools(&listed, "is_directory").iter().filter(|is| **is == Some(false)).count(), 265);
    assert_eq!(table("robocopy_totals").unwrap().rows(), 3);
    let programs = table("programs").unwrap();
    let sources = texts(&programs, "source");
    assert_eq!(
        sources.iter().filter(|source| source.as_deref() == Some("windows_installer")).count(),
        6
    );
    // Keys such as `AddressBook` and `IE40`, which Windows lists as no program.
    let names = texts(&programs, "name");
    let hidden = bools(&programs, "is_hidden");
    assert_eq!(names.iter().filter(|name| name.is_none()).count(), 28);
    assert!(names.iter().zip(&hidden).all(|(name, is)| name.is_some() || *is == Some(true)));
    let members = table("group_members").unwrap();
    let admins: Vec<_> = texts(&members, "group")
        .into_iter()
        .zip(texts(&members, "account"))
        .filter(|(group, _)| group.as_deref() == Some("Administrators"))
        .filter_map(|(_, account)| account)
        .collect();
    assert_eq!(
        admins,
        ["Admin", "Administrator", r"OFFENSE-AD0\Domain Admins", r"OFFENSE-AD0\Suraj", "Sapadmin"]
    );
    let sessions = table("sessions").unwrap();
    assert_eq!(texts(&sessions, "user"), [Some("admin".to_owned())]);
    // 15:11 at +05:30.
    assert_eq!(ints(&sessions, "logon_utc"), [Some(1_754_559_660_000_000)]);
}

#[test]
fn line_ends_as_collected_change_no_row() {
    let crlf = |bytes: &[u8]| {
        if bytes.contains(&0) {
            return bytes.to_vec();
        }
        bytes
            .iter()
            .flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] })
            .collect()
    };
    let Some((zip, _)) = sample(crlf) else { return };
    let as_collected = batches(&Package::open(zip, &Budgets::default()).unwrap());
    let as_published = batches(&open().unwrap());
    assert!(as_published.keys().eq(as_collected.keys()));
    let mut cells = 0;
    for (table, published) in &as_published {
        let collected = &as_collected[table];
        assert_eq!(collected.len(), published.len(), "{table}");
        for (one, other) in collected.iter().zip(published) {
            let names =
                one.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
            for (name, (one, other)) in names.iter().zip(one.columns().iter().zip(other.columns()))
            {
                // The bytes differ, and with them what is said of a member as a whole.
                let is_of_bytes = name == "member_sha256"
                    || *table == "members" && matches!(name.as_str(), "size" | "sha256");
                assert!(is_of_bytes || one == other, "{table}.{name}");
                cells += one.len();
            }
        }
    }
    assert!(cells > 400_000, "{cells} cells");
}

#[test]
fn what_the_package_covers_is_said() {
    let Some(package) = open() else { return };
    let report = package.report().unwrap();
    let status = |kind: &str, subject: &str| {
        let found = report.coverage.iter().find(|own| own.kind == kind && own.subject == subject);
        found.unwrap_or_else(|| panic!("no coverage of {subject}")).status.as_str()
    };
    assert_eq!(status("artifact", "processes"), "present");
    assert_eq!(status("artifact", "robocopy_files"), "windowed");
    // The log of the copy says that there was none; the log of security events was not published.
    assert_eq!(status("artifact", "firewall_events"), "not_collected");
    assert_eq!(status("artifact", "security_events"), "missing");
    assert_eq!(status("command", "hkcu_Software_Microsoft_Windows_Explorer_RunMRU"), "empty");
    assert_eq!(status("command", "hklm_System_CurrentControlSet_Services"), "present");
    assert_eq!(status("never", "Startup folders"), "not_collected");
    // The sample has neither the log nor Defender's cabinet, and 66 of the 265 files that robocopy copied; all else adds up.
    let told: Vec<_> =
        report.issues.iter().map(|issue| (issue.kind.code(), issue.message.as_str())).collect();
    let missing = |name: &str| {
        format!("`{name}` is not there, though the agent's summary says that it was collected")
    };
    let expected = [
        ("missing_member", "robocopy copied 265 prefetch files, and the package has 66"),
        ("missing_member", &*missing("security_events")),
        ("missing_member", &missing("defender_log")),
    ];
    assert_eq!(told, expected);
    assert!(report.coverage.iter().all(|own| own.kind != "member"), "{:#?}", report.coverage);
}
