//! The tables of a real package, where it is at hand: counts that were taken independently.

use std::collections::BTreeSet;

use mde_forensics_package::{Budgets, Package, Table};

use crate::{
    rows::{ints, texts},
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
    let (as_collected, as_published) =
        (Package::open(zip, &Budgets::default()).unwrap(), open().unwrap());
    for schema in Package::<Vec<u8>>::schemas() {
        let [one, other] =
            [&as_collected, &as_published].map(|package| package.table(schema.name).unwrap());
        assert_eq!(one.rows(), other.rows(), "{}", schema.name);
        assert_eq!(one.issues, other.issues, "{}", schema.name);
    }
}
