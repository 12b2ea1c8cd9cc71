use std::time::Duration;

use mde_forensics_core::quota::QuotaOptions;
use mde_forensics_core::{QuotaClass, Tenant};
use tempfile::TempDir;
use time::macros::datetime;

use super::*;
use crate::ledger::{Account, FileLedger, Ledger};

fn now(hours: u64) -> Now {
    let since = Duration::from_secs(hours * 3_600);
    Now::new(datetime!(2026-01-05 10:00 UTC) + since, since)
}

fn open(folder: &TempDir, now: Now) -> FileLedger {
    let account = Account::new(&Tenant::parse("contoso.com").unwrap(), Some("app"));
    FileLedger::open(folder.path(), &account, QuotaOptions::default(), now).unwrap()
}

/// The quota line of a call.
fn call(now: Now) -> String {
    let folder = tempfile::tempdir().unwrap();
    open(&folder, now).permit(QuotaClass::PackageUri, now).unwrap();
    fs::read_to_string(folder.path().join(FileLedger::NAME)).unwrap()
}

/// A record's line, as another version might have written it.
fn record(collection: &str) -> String {
    format!(
        r#"{{ "record": {{"tenant":"contoso.com", "collection":"{collection}","at":"2026-01-05T10:00:00Z","fact":"begun",
            "base":"https://api.security.microsoft.com","device":"ws-042","comment":"INC-42","later":1}}}}"#
    )
    .replace('\n', "")
        + "\n"
}

/// Writes a ledger with `count` lines that have expired three hours later; returns what should be
/// left of it then.
fn grown(folder: &TempDir, count: usize) -> String {
    let (old, young) = (call(now(0)), call(now(2)));
    let before = old.repeat(count - 1) + &record("a") + &old + &young + &record("b") + &young;
    fs::write(folder.path().join(FileLedger::NAME), before).unwrap();
    record("a") + &young + &record("b") + &young
}

fn read(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join(FileLedger::NAME)).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_counts_no_more_goes_and_all_else_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let left = grown(&folder, MOST + 1);
    let torn = read(&folder) + r#"{"quota":{"by":1"#;
    fs::write(folder.path().join(FileLedger::NAME), torn).unwrap();
    // As a crash in the middle of a rewrite leaves it.
    let digits = "0123456789abcdef0123456789abcdef";
    let new = format!("{}.{digits}.new", FileLedger::NAME);
    fs::write(folder.path().join(new), "{\"rec").unwrap();

    let mut ledger = open(&folder, now(3));
    assert_eq!(read(&folder), left);
    assert!(ledger.warning().unwrap().contains("cut off"));
    // Both calls of an hour ago still count, and new lines follow them.
    ledger.permit(QuotaClass::PackageUri, now(3)).unwrap();
    drop(ledger);
    let after = read(&folder);
    assert!(after.starts_with(&left) && after.len() > left.len());
    assert_eq!(names(&folder), [FileLedger::NAME]);
    assert_eq!(FileLedger::records(folder.path()).unwrap().len(), 2);
}

#[test]
fn a_few_lines_are_no_reason() {
    let folder = tempfile::tempdir().unwrap();
    grown(&folder, MOST);
    let before = read(&folder);
    drop(open(&folder, now(3)));
    assert_eq!(read(&folder), before);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_anew_is_whole_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    grown(&folder, MOST + 1);
    let before = read(&folder);
    // The name is so long that the temporary name beside it would be too long.
    let long = folder.path().join("x".repeat(250));
    fs::rename(folder.path().join(FileLedger::NAME), &long).unwrap();
    std::os::unix::fs::symlink(&long, folder.path().join(FileLedger::NAME)).unwrap();
    let mut ledger = open(&folder, now(3));
    assert_eq!(read(&folder), before);
    ledger.permit(QuotaClass::PackageUri, now(3)).unwrap();
    assert!(read(&folder).starts_with(&before) && read(&folder).len() > before.len());
    assert_eq!(ledger.warnings().len(), 1);
}

#[cfg(unix)]
#[test]
fn who_may_read_it_and_where_it_lies_stay() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let [folder, elsewhere] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let left = grown(&folder, MOST + 1);
    let [link, target] = [&folder, &elsewhere].map(|at| at.path().join(FileLedger::NAME));
    fs::rename(&link, &target).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    // Another group, if this user may assign one.
    let _ = std::os::unix::fs::chown(&target, None, Some(4_242));
    let group = fs::metadata(&target).unwrap().gid();

    drop(open(&folder, now(3)));
    assert!(link.is_symlink());
    assert_eq!(read(&elsewhere), left);
    let after = fs::metadata(&target).unwrap();
    assert_eq!((after.permissions().mode() & 0o777, after.gid()), (0o640, group));
}
