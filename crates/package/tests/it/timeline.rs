//! The timeline, each event of it held against the row and the cell that it says it is from.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use mde_forensics_emulator::package::{self as emulator, PackageSpec};
use mde_forensics_package::{
    Budgets, FolderFile, Package, Source, parse_indicators, timeline_lines, write_timesketch,
};
use serde_json::Value;
use time::macros::datetime;

use crate::{
    generated::{Generated, members, spec},
    prefetch::image::Image,
    rows::{Object, batches, objects},
    sample::sample,
};

/// The tables that have events, and where their times are.
const TIMES: &[(&str, &str)] = &[
    ("commands", "time"),
    ("defender_log", "time"),
    ("firewall_events", "time"),
    ("other_events", "time_created"),
    ("prefetch_runs", "run"),
    ("processes", "created"),
    ("scheduled_tasks", "last_run"),
    ("security_events", "time_created"),
    ("sessions", "logon"),
    ("system_info", "time"),
    ("temp_files", "modified"),
];

#[test]
fn every_event_is_a_cell_of_its_table_and_every_time_is_an_event() {
    let mut seen = BTreeSet::new();
    for seed in 0..3 {
        let spec = PackageSpec::new(seed, "ws-042.contoso.com", datetime!(2024-01-07 13:01:50 UTC));
        let generated = Generated(emulator::Package::generate(&spec));
        check(&Package::open(generated, &Budgets::default()).unwrap(), &mut seen);
    }
    let all: BTreeSet<_> = TIMES.iter().map(|(table, _)| (*table).to_owned()).collect();
    assert_eq!(seen, all);
}

#[test]
fn so_it_is_in_a_real_package() {
    let Some((zip, _)) = sample(<[u8]>::to_vec) else { return };
    check(&Package::open(zip, &Budgets::default()).unwrap(), &mut BTreeSet::new());
}

/// Members of a generated package, one of them changed.
fn changed(name: &str, change: impl FnOnce(String) -> String) -> Package<Vec<u8>> {
    let mut members = members(&spec(3));
    let text = String::from_utf8(members[name].clone()).unwrap();
    members.insert(name.to_owned(), change(text).into_bytes());
    let files = members.into_iter().map(|(name, bytes)| FolderFile::new(name, bytes));
    Package::open_folder(files.collect(), &Budgets::default()).unwrap()
}

#[test]
fn rows_that_may_have_a_time_and_are_in_no_event_are_counted() {
    let untimed = |package: &Package<Vec<u8>>| {
        let table = package.table("timeline").unwrap();
        let own: Vec<_> =
            table.issues.iter().filter(|issue| issue.kind.code() == "untimed").cloned().collect();
        assert_eq!(table.is_partial, !own.is_empty(), "{:#?}", table.issues);
        assert!(own.iter().all(mde_forensics_package::Issue::hides_rows));
        own.into_iter().map(|issue| issue.message).collect::<Vec<_>>()
    };
    let processes = "Processes/Processes.csv";
    assert_eq!(untimed(&changed(processes, |text| text)), Vec::<String>::new());
    let displaced = "\"evil.exe\",\"1\",\"2\",\"3\",\"C:\\evil.exe\",\"evil.exe\"";
    let package = changed(processes, |text| format!("{}\r\n{displaced}\r\n", text.trim_end()));
    let one = "`processes`: 1 row has no time in UTC, and is not in the timeline";
    assert_eq!(untimed(&package), [one]);
    // Whoever reads all is told why it needs a look, and once.
    let mut rows = 0;
    let read = package.read_all(&mut |table, batch| {
        rows += if table.name == "issues" { batch.num_rows() } else { 0 };
        Ok(())
    });
    for report in [read.unwrap(), package.report().unwrap()] {
        let told = report.issues.iter().filter(|issue| issue.message == one).count();
        assert_eq!((told, report.needs_a_look()), (1, true));
        assert_eq!(rows, report.issues.len());
    }
    let told = |name: &str| package.table(name).unwrap().issues;
    assert!(told("collection").iter().all(|issue| issue.kind.code() != "untimed"));
    let search = package.search(&parse_indicators("a.example").unwrap(), 1).unwrap();
    assert!(search.not_searched.iter().all(|own| own.why != one), "it was searched");
    // It is no process that could be placed, and stands last with its text.
    let tree = package.process_tree().unwrap();
    let last = tree.nodes.last().unwrap();
    assert_eq!((last.process_id, last.depth), (None, 0));
    assert_eq!(last.raw.as_deref(), Some(displaced));
    assert!(!tree.is_partial && tree.nodes.iter().filter(|node| node.raw.is_some()).count() == 1);

    // No offset is known.
    let mut members = members(&spec(3));
    members.retain(|name, _| {
        !name.ends_with("SystemInformation.txt")
            && !name.ends_with("PrefetchFilesList.txt")
            && !name.ends_with("Summary.csv")
    });
    let files = members.into_iter().map(|(name, bytes)| FolderFile::new(name, bytes));
    let package = Package::open_folder(files.collect(), &Budgets::default()).unwrap();
    assert_eq!(package.collection().utc_offset, None);
    let told = untimed(&package);
    for table in ["processes", "scheduled_tasks", "temp_files"] {
        assert!(told.iter().any(|own| own.starts_with(&format!("`{table}`"))), "{told:#?}");
    }
}

#[test]
fn a_timeline_that_goes_past_its_budget_is_told_by_whoever_reads_it() {
    let files = || members(&spec(3)).into_iter().map(|(name, bytes)| FolderFile::new(name, bytes));
    let mut budgets = Budgets::default();
    budgets.timeline_bytes = 20_000;
    let package = Package::open_folder(files().collect(), &budgets).unwrap();
    let said =
        [package.report().unwrap(), package.read_all(&mut |_, _| Ok(())).unwrap()].map(|report| {
            let count = report.tables.iter().find(|count| count.table == "timeline").unwrap();
            assert!(report.needs_a_look() && count.is_partial);
            (count.rows, report.issues)
        });
    assert_eq!(said[0], said[1]);
}

#[test]
fn a_time_after_the_year_9999_is_shown_as_it_stands() {
    let runs = vec![0x7fff_ffff_ffff_ffff, 133_990_453_101_234_567];
    let image = Image { version: 31, name: "A.EXE".into(), runs, ..Image::default() };
    let files = vec![FolderFile::new("Prefetch/A.EXE-0.pf", image.bytes())];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    let table = package.table("timeline").unwrap();
    let lines: Vec<_> = table.batches.iter().flat_map(timeline_lines).collect();
    let expected = ["2025-08-07T13:01:50.123456Z  program_ran", "0x7fffffffffffffff  program_ran"];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }
}

fn check<S: Source>(package: &Package<S>, seen: &mut BTreeSet<String>) {
    let batches = batches(package);
    if let Some(timeline) = batches.get("timeline") {
        for (row, event) in objects::<S>("timeline", timeline).iter().zip(timesketch(timeline)) {
            for (own, theirs) in [
                ("time_precision", "precision"),
                ("time_order_source", "date_order_source"),
                ("time_tz_source", "tz_source"),
                ("time_dst_uncertain", "dst_uncertain"),
                ("time_raw", "time_raw"),
                ("message", "message"),
            ] {
                assert_eq!(row[own], event[theirs], "{own}");
            }
        }
    }
    let text = |row: &Object, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let place = |row: &Object| (text(row, "member"), row["line"].as_u64());
    let tables: BTreeMap<_, Vec<Object>> = TIMES
        .iter()
        .filter_map(|(table, _)| Some((*table, objects::<S>(table, batches.get(table)?))))
        .collect();
    let mut rows: BTreeMap<_, Vec<&Object>> = BTreeMap::new();
    for (table, found) in &tables {
        for row in found {
            rows.entry((*table, place(row))).or_default().push(row);
        }
    }
    let timeline = objects::<S>("timeline", &batches["timeline"]);
    // Without its `Z` a whole second sorts before its parts.
    let times = timeline.iter().map(|event| text(event, "time_utc").replace('Z', ""));
    assert!(times.is_sorted());
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for event in &timeline {
        let table = text(event, "table");
        let (name, time) = *TIMES.iter().find(|(own, _)| *own == table).expect(&table);
        let sources = &rows[&(name, place(event))];
        let is_from = |row: &&&Object| {
            let same = ["utc", "raw", "tz_source", "order_source", "precision", "dst_uncertain"]
                .iter()
                .all(|part| event[&format!("time_{part}")] == row[&format!("{time}_{part}")]);
            let values: BTreeSet<_> = row.values().map(shown).collect();
            // A message is made of values of its row, each as it stands.
            let message = text(event, "message");
            let mut rest = message.as_str();
            let is_made = loop {
                let part = values.iter().filter(|value| {
                    rest.strip_prefix(value.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" | "))
                });
                let Some(longest) = part.max_by_key(|part| part.len()) else { break false };
                match rest.strip_prefix(longest.as_str()).unwrap().strip_prefix(" | ") {
                    Some(more) => rest = more,
                    None => break true,
                }
            };
            same && is_made
                && event["parse_status"] == row["parse_status"]
                && event["member_sha256"] == row["member_sha256"]
        };
        assert!(sources.iter().any(|row| is_from(&row)), "{event:#?} is not of {sources:#?}");
        *told.entry(table).or_default() += 1;
    }
    for (table, time) in TIMES {
        let Some(found) = tables.get(table) else { continue };
        let wanted = found.iter().filter(|row| {
            // A folder is named in itself and above.
            let is_above = *table == "temp_files" && row["name"] == "..";
            !(is_above || row[&format!("{time}_utc")].is_null())
        });
        // A task has a row for each trigger, and ran once.
        let count = match *table {
            "scheduled_tasks" => wanted
                .map(|row| {
                    (text(row, "last_run_utc"), text(row, "task_name"), text(row, "task_to_run"))
                })
                .collect::<BTreeSet<_>>()
                .len(),
            _ => wanted.count(),
        };
        assert_eq!(told.get(*table).copied().unwrap_or_default(), count, "{table}");
    }
    seen.extend(told.into_keys());
}

/// The events as Timesketch gets them.
fn timesketch(batches: &[RecordBatch]) -> Vec<Value> {
    let mut lines = Vec::new();
    for batch in batches {
        write_timesketch(batch, &mut lines).unwrap();
    }
    let lines = String::from_utf8(lines).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A value as a message has it.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(32_767).collect()
}
