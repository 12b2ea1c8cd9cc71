//! Nothing that names a person, a host or an address is in any redacted output.

use std::collections::{BTreeMap, btree_map::Entry};

use mde_forensics_emulator::package::{self as emulator, PackageSpec};
use mde_forensics_package::{
    Budgets, FolderFile, Format, Package, Redaction, Source, TableWriter, write_ocsf,
    write_timesketch,
};
use time::macros::datetime;

use crate::generated::Generated;

/// Every table in every format of text, redacted or as it is.
fn exported<S: Source>(package: &Package<S>, mut redaction: Option<Redaction>) -> String {
    let mut writers = BTreeMap::new();
    let mut lines = Vec::new();
    package
        .read_all(&mut |table, batch| {
            let batch = match &mut redaction {
                Some(redaction) => redaction.apply(&batch)?,
                None => batch,
            };
            write_ocsf(table, &batch, None, &mut lines)?;
            if table.name == "timeline" {
                write_timesketch(&batch, &mut lines)?;
            }
            for format in [Format::Csv, Format::Ndjson] {
                let key = (table.name, format.extension());
                let writer = match writers.entry(key) {
                    Entry::Occupied(writer) => writer.into_mut(),
                    Entry::Vacant(place) => {
                        place.insert(TableWriter::new(format, table, Vec::new())?)
                    }
                };
                writer.write(&batch)?;
            }
            Ok(())
        })
        .unwrap();
    for (_, writer) in writers {
        lines.extend(writer.finish().unwrap());
    }
    String::from_utf8(lines).unwrap().to_lowercase()
}

/// How often a name stands by itself in a text in lower case.
fn count(text: &str, name: &str) -> usize {
    let name = name.to_lowercase();
    let alone = |place: usize| {
        let before = text.get(..place).unwrap().chars().next_back();
        let after = text.get(place + name.len()..).unwrap().chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    text.match_indices(&name).filter(|(place, _)| alone(*place)).count()
}

#[test]
fn no_name_and_no_address_is_left_in_any_table_and_format() {
    for seed in [0, 3, 5_u64] {
        let collected = datetime!(2026-01-15 09:12:33 UTC)
            + time::Duration::hours(709) * i32::try_from(seed).unwrap();
        let spec = PackageSpec::new(seed, "ws-042.corp.contoso.com", collected);
        let generated = emulator::Package::generate(&spec);
        let written = generated.written().clone();
        let package = Package::open(Generated(generated), &Budgets::default()).unwrap();
        let plain = exported(&package, None);
        let redacted = exported(&package, Some(Redaction::of(&package).unwrap()));

        let mut secrets = vec![written.device.clone(), written.domain.clone().unwrap()];
        secrets.push(format!("{}.{}", written.device, written.domain.unwrap()));
        secrets.push("corp".to_owned());
        secrets.extend(written.addresses.iter().cloned());
        secrets.extend(written.addresses.iter().map(|address| address.replace('-', ":")));
        for (name, sid) in &written.users {
            secrets.push(sid.clone());
            // These two every Windows has.
            if !["Administrator", "WDAGUtilityAccount"].contains(&name.as_str()) {
                secrets.push(name.clone());
            }
        }
        let mut found = 0;
        for secret in &secrets {
            found += usize::from(count(&plain, secret) > 0);
            if count(&redacted, secret) > 0 {
                let example = redacted.lines().find(|line| count(line, secret) > 0);
                panic!("seed {seed}: `{secret}` in {example:?}");
            }
        }
        assert!(found > 6, "seed {seed}: only {found} of {secrets:?} were there at all");
        // What stands for a name is a name again, so that questions can still be asked.
        assert!(count(&redacted, "host-1") > 100 && redacted.contains("user-1"));
    }
}

#[test]
fn a_name_is_the_same_in_every_table_and_none_is_mistaken_for_a_folder() {
    let file = |name: &str, text: &str| FolderFile::new(name, text.as_bytes().to_vec());
    let files = vec![
        file("Network Connections/Arp.txt", "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n"),
        file(
            "Autoruns/Autoruns.txt",
            "HKEY_USERS\\S-1-5-21-1-2-3-1001\\Software\\Run\n    a    REG_SZ    C:\\Users\\Zoë Q\\a.exe 10.0.0.2\n\n",
        ),
        file(
            "Users and Groups/QueryUser.txt",
            " USERNAME  SESSIONNAME  ID  STATE  IDLE TIME  LOGON TIME\n zoë q  console  2  Active  none  07/08/2025 14:56\n",
        ),
    ];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    let redacted = exported(&package, Some(Redaction::of(&package).unwrap()));
    for secret in ["zoë", "1001", "10.0.0.2", "00-50-56-fe-d6-6b"] {
        assert!(!redacted.contains(secret), "{secret}");
    }
    assert!(redacted.contains("hkey_users"));
    assert!(redacted.matches("user-1").count() >= 4, "{redacted}");
}
