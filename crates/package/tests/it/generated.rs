//! The emulator's packages, held against what the emulator says it wrote.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use mde_forensics_emulator::package::{self as emulator, Damage, PackageSpec};
use mde_forensics_package::{
    Budgets, FolderFile, Package, Source, Table, compare, parse_indicators, write_ocsf,
};
use time::macros::datetime;

use crate::rows::{bools, ints, texts};

/// A generated package as a source.
pub(crate) struct Generated(pub(crate) emulator::Package);

impl Source for Generated {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read_at(offset, buf))
    }
}

pub(crate) fn spec(seed: u64) -> PackageSpec {
    let day = i64::try_from(seed).unwrap() * 37;
    PackageSpec::new(
        seed,
        "ws-042.contoso.com",
        datetime!(2024-01-07 13:01:50 UTC) + time::Duration::days(day) + time::Duration::hours(day),
    )
}

/// The members of a generated package by their names.
pub(crate) fn members(spec: &PackageSpec) -> BTreeMap<String, Vec<u8>> {
    let generated = emulator::Package::generate(spec);
    let mut bytes = vec![0; usize::try_from(generated.len()).unwrap()];
    let mut at = 0;
    while at < bytes.len() {
        at += generated.read_at(at as u64, &mut bytes[at..]);
    }
    let mut zip = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    let mut members = BTreeMap::new();
    for index in 0..zip.len() {
        let mut member = zip.by_index(index).unwrap();
        if member.is_file() {
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut member, &mut bytes).unwrap();
            members.insert(member.name().unwrap().into_owned(), bytes);
        }
    }
    members
}

fn open(spec: &PackageSpec) -> (Package<Generated>, emulator::Written) {
    let generated = emulator::Package::generate(spec);
    let written = generated.written().clone();
    (Package::open(Generated(generated), &Budgets::default()).unwrap(), written)
}

fn table(package: &Package<Generated>, name: &str) -> Table {
    let table = package.table(name).unwrap();
    assert!(!table.is_partial, "{name}: {:#?}", table.issues);
    table
}

#[test]
fn every_row_is_what_was_written_in_every_region_and_zone() {
    let mut offsets = BTreeSet::new();
    for seed in 0..12 {
        let (package, written) = open(&spec(seed));
        assert_eq!(package.id(), written.collection, "seed {seed}");
        assert_eq!(package.device(), Some(written.device.as_str()), "seed {seed}");
        let collection = package.collection();
        assert_eq!(collection.utc_offset_source, Some("robocopy_and_summary"), "seed {seed}");
        let minutes = written.utc_offset_seconds / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let expected = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
        assert_eq!(collection.utc_offset, Some(expected.clone()), "seed {seed}");
        offsets.insert(expected);
        assert_eq!(table(&package, "commands").rows(), written.commands);
        let processes = table(&package, "processes");
        assert_eq!(processes.rows(), written.processes, "seed {seed}");
        assert!(
            ints(&processes, "created_utc").iter().all(Option::is_some),
            "seed {seed}: {collection:?}"
        );
        let services = table(&package, "services");
        assert!(
            texts(&services, "parse_status").iter().flatten().all(|status| status != "partial"),
            "seed {seed}: {:#?}",
            services.issues
        );
        let found: Vec<_> = texts(&services, "name")
            .into_iter()
            .zip(texts(&services, "description"))
            .map(|(name, description)| (name.unwrap(), description.unwrap_or_default()))
            .collect();
        assert_eq!(found, written.services, "seed {seed}");
    }
    assert!(offsets.len() > 4, "{offsets:?}");
}

#[test]
fn every_count_is_the_one_that_was_written() {
    for seed in 0..8 {
        let mut spec = spec(seed);
        spec.size = (seed == 7).then_some(1 << 20);
        let (package, written) = open(&spec);
        let rows = |name: &str| table(&package, name).rows();
        assert_eq!(rows("commands"), written.commands, "seed {seed}");
        assert_eq!(rows("processes"), written.processes, "seed {seed}");
        assert_eq!(rows("services"), written.services.len(), "seed {seed}");
        assert_eq!(rows("registry_keys"), written.registry_keys, "seed {seed}");
        assert_eq!(rows("registry_values"), written.registry_values, "seed {seed}");
        assert_eq!(rows("net_sockets"), written.sockets, "seed {seed}");
        assert_eq!(rows("firewall_events"), written.firewall_events, "seed {seed}");
        assert_eq!(rows("other_events"), written.defender_events, "seed {seed}");

        let tasks = table(&package, "scheduled_tasks");
        assert_eq!(tasks.rows(), written.task_rows, "seed {seed}");
        let names: BTreeSet<_> = texts(&tasks, "task_name").into_iter().flatten().collect();
        assert_eq!(names.len(), written.tasks, "seed {seed}");

        let prefetch = table(&package, "prefetch");
        let members = texts(&prefetch, "member").into_iter().flatten();
        let counts = ints(&prefetch, "run_count").into_iter().flatten();
        let found: BTreeMap<_, _> = members
            .map(|member| member.rsplit('/').next().unwrap().to_owned())
            .zip(counts)
            .collect();
        let expected: BTreeMap<_, _> = written
            .prefetch
            .iter()
            .map(|file| (file.name.clone(), i64::from(file.run_count)))
            .collect();
        assert_eq!(found, expected, "seed {seed}");

        let temp = table(&package, "temp_files");
        let owners: Vec<_> = texts(&temp, "owner").into_iter().map(Option::unwrap).collect();
        let mut found: Vec<_> = texts(&temp, "user")
            .into_iter()
            .zip(texts(&temp, "folder"))
            .zip(texts(&temp, "name").into_iter().zip(ints(&temp, "size")))
            .zip(owners.iter().zip(bools(&temp, "owner_may_be_cut")))
            .map(|(((user, folder), (name, size)), (owner, cut))| {
                (user.unwrap(), folder.unwrap(), name.unwrap(), size, owner.as_str(), cut.unwrap())
            })
            .collect();
        // A listing has room for 23 characters of an owner.
        let mut expected: Vec<_> = written
            .temp_entries
            .iter()
            .cloned()
            .zip(&written.temp_entries)
            .map(|(entry, all)| {
                let owner = all.owner.get(..23).unwrap_or(&all.owner);
                let size = entry.size.map(|size| i64::try_from(size).unwrap());
                (entry.user, entry.folder, entry.name, size, owner, owner.len() == 23)
            })
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "seed {seed}");
        assert!(seed != 0 || expected.iter().any(|entry| entry.5), "an owner is cut");

        let mut events = BTreeMap::new();
        for id in ints(&table(&package, "security_events"), "event_id").into_iter().flatten() {
            *events.entry(u16::try_from(id).unwrap()).or_default() += 1_u64;
        }
        assert_eq!(events, written.security_events, "seed {seed}");
    }
}

#[test]
fn every_table_has_rows() {
    let mut of_firewalls = BTreeSet::new();
    for seed in 0..8 {
        let (package, written) = open(&spec(seed));
        let report = package.report().unwrap();
        // A sound package has no issues; damaged ones do, which other tests see to.
        let empty: Vec<_> = report
            .tables
            .iter()
            .filter(|count| count.rows == 0 && count.table != "issues")
            .map(|count| count.table)
            .collect();
        // Half of the devices have a firewall that logs.
        let is_logged = written.firewall_events > 0;
        let expected = if is_logged { &[][..] } else { &["firewall_events"] };
        assert_eq!(empty, expected, "seed {seed}");
        of_firewalls.insert(is_logged);
        let names: BTreeSet<_> = Package::<Generated>::schemas().map(|table| table.name).collect();
        let counted: BTreeSet<_> = report.tables.iter().map(|count| count.table).collect();
        assert_eq!(names, counted);
    }
    assert_eq!(of_firewalls.len(), 2);
}

#[test]
fn what_adds_up_is_no_issue() {
    for seed in 20..24 {
        let (package, _) = open(&spec(seed));
        let report = package.report().unwrap();
        let grave: Vec<_> =
            report.issues.iter().filter(|issue| issue.kind.needs_a_look()).collect();
        assert!(grave.is_empty(), "seed {seed}: {grave:#?}");
        let rows: BTreeMap<_, _> =
            report.tables.iter().map(|count| (count.table, count.rows)).collect();
        for name in [
            "autoruns",
            "registry_values",
            "scheduled_tasks",
            "programs",
            "net_sockets",
            "arp",
            "dns_cache",
            "net_adapters",
            "temp_files",
            "groups",
            "group_members",
            "prefetch",
            "prefetch_runs",
            "security_events",
            "logon_summary",
            "robocopy_files",
            "system_info",
            "defender_log",
            "timeline",
        ] {
            assert!(rows[name] > 0, "seed {seed}: no rows in `{name}`");
        }
        let unrecognised: Vec<_> =
            report.coverage.iter().filter(|own| own.kind == "member").collect();
        assert!(unrecognised.is_empty(), "seed {seed}: {unrecognised:#?}");
    }
}

#[test]
fn ocsf_objects_have_what_the_schema_requires() {
    // The attributes with the requirement `required` in OCSF 1.5, and the types of query that use them.
    let required: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("connection_info", &["direction_id"][..]),
        ("file", &["name", "type_id"]),
        ("job", &["name", "file"]),
        ("reg_value", &["name", "path"]),
        ("startup_item", &["name", "start_type_id", "job"]),
    ]);
    let (package, _) = open(&spec(3));
    let mut lines = Vec::new();
    package.read_all(&mut |table, batch| write_ocsf(table, &batch, Some(7), &mut lines)).unwrap();
    let (mut types, mut addresses) = (BTreeSet::new(), 0);
    for line in str::from_utf8(&lines).unwrap().lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        for name in [
            "activity_id",
            "category_uid",
            "class_uid",
            "query_result_id",
            "severity_id",
            "time",
            "type_uid",
        ] {
            assert!(event[name].is_number(), "{name} in {line}");
        }
        assert!(event["device"]["type_id"].is_number(), "{line}");
        assert!(event["metadata"]["product"]["vendor_name"].is_string(), "{line}");
        let evidence = event["query_evidence"].as_object().unwrap();
        let kind = evidence["query_type_id"].as_u64().unwrap();
        types.insert(kind);
        if let Some(group) = evidence.get("group") {
            assert_eq!(kind == 4, group["name"] == "Administrators", "{line}");
        }
        let interfaces = evidence.get("network_interfaces").and_then(|own| own.as_array());
        for address in interfaces.into_iter().flatten().filter_map(|own| own["ip"].as_str()) {
            let address = address.split('%').next().unwrap();
            assert!(address.parse::<std::net::IpAddr>().is_ok(), "{address} in {line}");
            addresses += 1;
        }
        for (name, attributes) in &required {
            let Some(object) = evidence.get(*name) else { continue };
            for attribute in *attributes {
                assert!(!object[attribute].is_null(), "`{name}.{attribute}` in {line}");
            }
        }
    }
    assert!(addresses > 1, "an adapter has an address of each kind");
    assert_eq!(types, BTreeSet::from([2, 4, 5, 7, 8, 10, 11, 12, 14, 15, 17, 18]));
}

#[test]
fn two_packages_of_a_device_that_was_not_started_again_are_alike() {
    let first = spec(3);
    let mut second = first.clone();
    (second.collection_seed, second.collected) = (1, first.collected + time::Duration::hours(1));
    let comparison = compare(&open(&first).0, &open(&second).0).unwrap();
    let shown = comparison.changes.iter().filter(|change| change.noise.is_none());
    let tables: BTreeSet<_> = shown.map(|change| change.table).collect();
    for table in ["groups", "programs", "scheduled_tasks", "services", "temp_files"] {
        assert!(!tables.contains(table), "{:#?}", comparison.changes);
    }
    assert!(tables.contains("dns_cache"), "{tables:?}");
}

#[test]
fn two_packages_of_a_device_differ_in_little_but_noise() {
    let first = spec(3);
    let mut second = first.clone();
    // It was started again in between.
    second.collected += time::Duration::days(7);
    let ((before, _), (after, _)) = (open(&first), open(&second));
    let comparison = compare(&before, &after).unwrap();
    assert!(!comparison.was_turned && comparison.is_same_device == Some(true));
    let turned = compare(&after, &before).unwrap();
    assert!(turned.was_turned);
    assert_eq!(turned.changes.len(), comparison.changes.len());
    assert!(comparison.changes.iter().all(|change| change.table != "groups"), "groups stay");
    let noise: BTreeSet<_> = comparison.changes.iter().filter_map(|change| change.noise).collect();
    assert!(
        noise.contains("a per-user service, which gets a new name for each session"),
        "{noise:#?}"
    );
    let counted = comparison.changes.iter().filter(|change| change.noise.is_some()).count();
    assert_eq!(
        (comparison.noise, comparison.differences + counted),
        (counted, comparison.changes.len())
    );
    let shown = comparison.changes.iter().filter(|change| change.noise.is_none());
    let services: Vec<_> = shown.filter(|change| change.table == "services").collect();
    assert!(services.iter().all(|change| change.change == "changed"), "{services:#?}");
    let same = compare(&before, &before).unwrap();
    assert!(same.changes.is_empty(), "{:#?}", same.changes);
    assert_eq!(comparison.table(&after).unwrap().rows(), comparison.changes.len());
}

#[test]
fn a_damaged_package_gives_what_is_left_and_says_so() {
    for damage in Damage::ALL {
        let mut spec = spec(1);
        spec.damage = Some(*damage);
        let generated = Generated(emulator::Package::generate(&spec));
        let budgets = Budgets::default().with_total_bytes(256 << 20);
        let package = match Package::open(generated, &budgets) {
            Ok(package) => package,
            Err(error) => {
                assert!(["not_a_zip", "truncated"].contains(&error.code()), "{damage:?}: {error}");
                continue;
            }
        };
        let report = package.report().unwrap();
        let is_seen = report.needs_a_look()
            || !package.inventory().findings.is_empty()
            || report.coverage.iter().any(|own| own.kind == "member")
            || *damage == Damage::WrappingFolder;
        assert!(is_seen, "{damage:?}");
        if matches!(
            damage,
            Damage::BackslashNames | Damage::WrappingFolder | Damage::MissingSummary
        ) {
            assert!(package.table("processes").unwrap().rows() > 0, "{damage:?}");
        }
    }
}

#[test]
fn indicators_are_found_where_they_are() {
    let (package, _) = open(&spec(2));
    let sockets = table(&package, "net_sockets");
    let address = texts(&sockets, "remote_address").into_iter().flatten().find(|address| {
        address
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| !address.is_unspecified() && !address.is_loopback())
    });
    let address = address.expect("a remote address");
    let hits = package.search(&parse_indicators(&address).unwrap(), 1_000).unwrap().hits;
    assert!(
        hits.iter().any(|hit| hit.table == "net_sockets" && hit.column == "remote_address"),
        "{hits:#?}"
    );
    assert!(
        package
            .search(&parse_indicators("no-such-thing.example").unwrap(), 10)
            .unwrap()
            .hits
            .is_empty()
    );
}

#[test]
fn the_process_tree_has_every_process_once() {
    let (package, written) = open(&spec(4));
    let tree = package.process_tree().unwrap().nodes;
    assert_eq!(tree.len(), written.processes);
    for pair in tree.windows(2) {
        assert!(pair[1].depth <= pair[0].depth + 1, "{pair:#?}");
    }
}

#[test]
fn a_cabinet_that_is_damaged_anywhere_is_survived() {
    let (package, _) = open(&spec(5));
    let name = "WdSupportLogs/MPSupportFiles.cab";
    let mut cabinet = Vec::new();
    package
        .extract(package.locate(name).unwrap(), &mut |bytes| {
            cabinet.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    let read = |bytes: Vec<u8>| {
        let files = vec![FolderFile::new(name, bytes)];
        let package = Package::open_folder(files, &Budgets::default()).unwrap();
        let table = package.table("defender_log").unwrap();
        (table.rows(), package.issues().iter().any(|issue| issue.kind.code() == "damaged_member"))
    };
    let (whole, is_damaged) = read(cabinet.clone());
    assert!(whole > 0 && !is_damaged);
    for part in 1..64 {
        let (rows, is_damaged) = read(cabinet[..cabinet.len() * part / 64].to_vec());
        assert!(is_damaged && rows <= whole, "cut at {part}/64");
    }
    for at in 0..cabinet.len().min(600) {
        let mut flipped = cabinet.clone();
        flipped[at] ^= 0xff;
        read(flipped);
    }
}
