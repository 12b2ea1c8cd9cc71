//! Columns: none is there for nothing. Tables: each is in the documentation.

use std::collections::BTreeSet;

use mde_forensics_emulator::package::{self as emulator, PackageSpec};
use mde_forensics_package::{Budgets, FolderFile, Package, Source, arrow_array::Array};
use time::macros::datetime;

use crate::{generated::Generated, rows::batches};

/// Columns that are null in every row, and why.
const ALWAYS_NULL: &[(&str, &str, &str)] = &[
    ("collection", "line", "it is made of the whole"),
    ("collection", "member_sha256", "it is made of the whole"),
    ("collection", "raw", "it is made of the whole"),
    ("coverage", "line", "it is made of the whole"),
    ("coverage", "member_sha256", "it is made of the whole"),
    ("coverage", "raw", "it is made of the whole"),
    ("issues", "raw", "it is about rows, and not read from any text"),
    ("logon_summary", "line", "it sums events up"),
    ("logon_summary", "raw", "it sums events up"),
    ("members", "line", "it is about the member"),
    ("members", "raw", "it is about the member"),
    ("other_events", "raw", "an event log is no text"),
    ("prefetch", "raw", "a prefetch file is no text"),
    ("prefetch_files", "raw", "a prefetch file is no text"),
    ("prefetch_runs", "raw", "a prefetch file is no text"),
    ("prefetch_volumes", "raw", "a prefetch file is no text"),
    ("security_events", "raw", "an event log is no text"),
    ("security_events", "related_activity_id", "no event that is generated has one"),
    ("security_events", "user_sid", "audits name the account in their data"),
    ("timeline", "raw", "the row that an event is taken from has it"),
];

#[test]
fn no_column_is_null_in_every_row_but_for_a_reason() {
    let mut empty: BTreeSet<(&str, String)> = Package::<Vec<u8>>::schemas()
        .flat_map(|schema| {
            let arrow = schema.arrow();
            let names: Vec<_> = arrow.fields().iter().map(|field| field.name().clone()).collect();
            names.into_iter().map(|name| (schema.name, name))
        })
        .collect();
    for seed in 0..4 {
        let at = datetime!(2024-01-07 13:01:50 UTC) + time::Duration::days(37 * seed);
        let spec = PackageSpec::new(seed.unsigned_abs(), "ws-042.contoso.com", at);
        let generated = Generated(emulator::Package::generate(&spec));
        strike(&Package::open(generated, &Budgets::default()).unwrap(), &mut empty);
    }
    // A sound package lacks nothing, and has no issue with a line.
    let summary = "Current Time,Command Name,Command Line,Status,hError\n[2025-08-07T13:01:50Z],DnsCache,ipconfig,Completed,0\n";
    let damaged = [
        ("Forensics Collection Summary.csv", summary),
        ("System Information/SystemInformation.txt", "\nHost Name:                     PC\n"),
        ("Network Connections/Arp.txt", "  10.0.0.2  00-50-zz\n"),
    ];
    let damaged = damaged.map(|(name, text)| FolderFile::new(name, text.as_bytes().to_vec()));
    strike(&Package::open_folder(damaged.into(), &Budgets::default()).unwrap(), &mut empty);
    let expected: BTreeSet<_> =
        ALWAYS_NULL.iter().map(|(table, column, _)| (*table, (*column).to_owned())).collect();
    let found: Vec<_> = empty.symmetric_difference(&expected).collect();
    assert!(found.is_empty(), "null, or not null against its reason: {found:#?}");
}

#[test]
fn the_documentation_names_every_table_and_no_other() {
    let page = include_str!("../../../../docs/packages.md");
    let (_, section) = page.split_once("## Tables\n").unwrap();
    let (list, _) = section.trim_start().split_once("\n\n").unwrap();
    let named: BTreeSet<_> = list.split('`').skip(1).step_by(2).collect();
    let known: BTreeSet<_> = Package::<Vec<u8>>::schemas().map(|schema| schema.name).collect();
    assert_eq!(named, known);
}

/// Strikes out the columns that have a value.
fn strike<S: Source>(package: &Package<S>, empty: &mut BTreeSet<(&'static str, String)>) {
    for (table, batches) in batches(package) {
        for batch in batches {
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                if column.null_count() < column.len() {
                    empty.remove(&(table, field.name().clone()));
                }
            }
        }
    }
}
