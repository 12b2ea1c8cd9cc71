use std::fs;
use std::io::Write;

use mde_forensics_core::engine::Fact;
use mde_forensics_core::quota::QuotaOptions;
use mde_forensics_core::{Code, Tenant};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::clock::{Clock, JumpClock};

const START: OffsetDateTime = datetime!(2026-01-05 10:00 UTC);

/// The time `seconds` after the start, on the clock of a process that began `origin` seconds before
/// it.
fn now(seconds: u64, origin: u64) -> Now {
    Now::new(START + Duration::from_secs(seconds), Duration::from_secs(86_400 + origin + seconds))
}

fn record(collection: &str) -> Record {
    let json = format!(
        r#"{{"collection":"{collection}","at":"2026-01-05T10:00:00Z","fact":"begun","tenant":"contoso.com",
            "base":"https://api.security.microsoft.com","device":"ws-042","comment":"INC-42"}}"#
    );
    serde_json::from_str(&json).unwrap()
}

fn account(app: &str) -> Account {
    Account::new(&Tenant::parse("contoso.com").unwrap(), Some(app))
}

fn open(folder: &TempDir, at: Now) -> Result<FileLedger, Error> {
    FileLedger::open(folder.path(), &account("app"), QuotaOptions::default(), at)
}

#[test]
fn records_survive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    ledger.append(&[record("a"), record("b")]).unwrap();
    ledger.append(&[record("c")]).unwrap();
    drop(ledger);

    let loaded = open(&folder, now(5, 100)).unwrap().load(Wanted::All, &|_| true);
    let collections: Vec<_> = loaded.iter().map(Handle::collection).collect();
    assert_eq!(collections, ["a", "b", "c"]);
    assert_eq!(loaded[0].device(), "ws-042");
}

#[test]
fn a_torn_last_line_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    ledger.append(&[record("a")]).unwrap();
    let path = folder.path().join(FileLedger::NAME);
    drop(ledger);
    let torn = br#"{"record":{"collection":"b","at":"20"#;
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(torn).unwrap();

    let mut ledger = open(&folder, now(5, 0)).unwrap();
    assert_eq!(ledger.load(Wanted::All, &|_| true).len(), 1);
    assert!(ledger.warning().unwrap().contains("cut off"));
    ledger.append(&[record("c")]).unwrap();
    drop(ledger);

    let ledger = open(&folder, now(6, 0)).unwrap();
    assert_eq!((ledger.load(Wanted::All, &|_| true).len(), ledger.warning()), (2, None));
}

#[test]
fn a_line_in_the_midst_that_is_not_ours_is_not_skipped() {
    for line in ["nonsense\n", "{\"opened\":{}}\n"] {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = open(&folder, now(0, 0)).unwrap();
        ledger.append(&[record("a")]).unwrap();
        let path = folder.path().join(FileLedger::NAME);
        drop(ledger);
        let before = [line.as_bytes(), &fs::read(&path).unwrap()].concat();
        fs::write(&path, &before).unwrap();

        let error = open(&folder, now(5, 0)).unwrap_err();
        assert_eq!(error.code(), Code::LedgerFailed);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn half_a_line_that_could_not_be_cut_off_does_no_harm_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FileLedger::NAME);
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    ledger.append(&[record("a")]).unwrap();
    // As left by a failed write on a disk on which even truncating fails.
    let torn = br#"{"record":{"collection":"b","at":"20"#;
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(torn).unwrap();
    assert_eq!(FileLedger::records(folder.path()).unwrap(), [record("a")]);
    ledger.append(&[record("c")]).unwrap();
    ledger.append(&[record("d")]).unwrap();
    drop(ledger);
    let all = ["a", "c", "d"].map(record);
    assert_eq!(FileLedger::records(folder.path()).unwrap(), all);
    assert!(open(&folder, now(1, 0)).unwrap().warning().is_none());
}

#[test]
fn a_file_that_was_cut_meanwhile_gets_no_hole() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    ledger.append(&[record("a")]).unwrap();
    fs::write(folder.path().join(FileLedger::NAME), "").unwrap();
    ledger.append(&[record("b")]).unwrap();
    assert_eq!(FileLedger::records(folder.path()).unwrap(), [record("b")]);
}

#[test]
fn one_process_has_it_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder, now(0, 0)).unwrap();
    let error = open(&folder, now(0, 0)).unwrap_err();
    assert_eq!(error.code(), Code::LedgerFailed);
    assert!(error.message().contains("another process"), "{error}");
    drop(ledger);
    assert!(open(&folder, now(0, 0)).is_ok());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error =
        FileLedger::open(&file, &account("app"), QuotaOptions::default(), now(0, 0)).unwrap_err();
    assert_eq!(error.code(), Code::LedgerFailed);
    assert!(error.message().contains(file.to_str().unwrap()), "{error}");
}

#[test]
fn a_restart_stays_under_quota() {
    let folder = tempfile::tempdir().unwrap();
    let links = QuotaClass::PackageUri;
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    let first = ledger.permit(links, now(0, 0)).unwrap();
    ledger.settle(first, Settlement::Answered, now(1, 0));
    // The process dies with its second call in flight.
    assert!(ledger.permit(links, now(2, 0)).is_ok());
    drop(ledger);

    // The new process has its own clock, and its permit ids start again.
    let at = |seconds| now(seconds, 7_000);
    let mut ledger = open(&folder, at(10)).unwrap();
    let until = ledger.permit(links, at(10)).unwrap_err();
    assert_eq!(until, at(61).monotonic);
    assert!(ledger.permit(links, at(60)).is_err());
    let third = ledger.permit(links, at(61)).unwrap();
    ledger.settle(third, Settlement::Unused, at(61));
    assert!(ledger.permit(links, at(61)).is_ok());
    // A call that was open at the crash counts from the restart at the latest.
    assert!(ledger.permit(links, at(69)).is_err());
}

#[test]
fn a_restart_remembers_a_closed_quota() {
    let folder = tempfile::tempdir().unwrap();
    let collect = QuotaClass::Collect;
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    let permit = ledger.permit(collect, now(0, 0)).unwrap();
    ledger.settle(permit, Settlement::Throttled(Duration::from_secs(30)), now(1, 0));
    drop(ledger);

    let mut ledger = open(&folder, now(10, 0)).unwrap();
    let until = ledger.permit(collect, now(10, 0)).unwrap_err();
    assert_eq!(until, now(31, 0).monotonic);
}

#[test]
fn a_call_that_a_set_clock_makes_too_early_counts_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let links = QuotaClass::PackageUri;
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    for at in [now(0, 0), now(1, 0)] {
        let permit = ledger.permit(links, at).unwrap();
        ledger.settle(permit, Settlement::Answered, at);
    }
    // A minute later the wall clock is set back by half a minute.
    let third = Now { wall: START + Duration::from_secs(31), ..now(61, 0) };
    let permit = ledger.permit(links, third).unwrap();
    ledger.settle(permit, Settlement::Answered, third);
    drop(ledger);

    let mut ledger = open(&folder, now(40, 0)).unwrap();
    assert!(ledger.permit(links, now(62, 0)).is_ok());
    assert!(ledger.permit(links, now(62, 0)).is_err());
}

#[test]
fn two_processes_whose_permits_have_one_number_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let links = QuotaClass::PackageUri;
    for seconds in [0, 1] {
        let mut ledger = open(&folder, now(seconds, seconds * 1_000)).unwrap();
        let fresh =
            open(&tempfile::tempdir().unwrap(), now(0, 0)).unwrap().permit(links, now(0, 0));
        let at = now(seconds, seconds * 1_000);
        let permit = ledger.permit(links, at).unwrap();
        assert_eq!(Ok(permit), fresh, "both count from the first");
        ledger.settle(permit, Settlement::Answered, at);
    }
    let mut ledger = open(&folder, now(2, 0)).unwrap();
    assert_eq!(ledger.permit(links, now(2, 0)).unwrap_err(), now(60, 0).monotonic);
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(JumpClock::new(START, |_| {}))
}

#[test]
fn a_folder_that_is_opened_again_counts_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::new(account("app"), QuotaOptions::default()).unwrap();
    let clock = clock();
    let links = QuotaClass::PackageUri;
    for _ in 0..3 {
        let session = folders.session(folder.path(), &clock).unwrap();
        if let Ok(permit) = session.permit(links, clock.now()) {
            session.settle(permit, Settlement::Answered, clock.now());
        }
    }
    // Both were sent, and a run in another folder counts them.
    let other = tempfile::tempdir().unwrap();
    let session = folders.session(other.path(), &clock).unwrap();
    let minute = clock.now().monotonic + Duration::from_secs(60);
    assert_eq!(session.permit(links, clock.now()), Err(minute));
    let later = Now { monotonic: minute, ..clock.now() };
    assert!(folders.in_memory(&clock).permit(links, later).is_ok());
}

#[test]
fn a_session_that_ends_leaves_nothing_taken() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::new(account("app"), QuotaOptions::default()).unwrap();
    let clock = clock();
    let machine = MachineId::parse(&"a".repeat(40)).unwrap();
    let [one, other] = [(); 2].map(|()| folders.session(folder.path(), &clock).unwrap());
    one.append(&[record("a")]).unwrap();
    other.append(&[record("b")]).unwrap();
    one.claim("contoso", &machine, true, "a", clock.now()).unwrap();
    one.claim("contoso", &machine, true, "a", clock.now()).unwrap();
    assert!(other.claim("contoso", &machine, true, "b", clock.now()).is_err());
    assert_eq!(other.load(Wanted::All).len(), 1);
    for _ in 0..2 {
        one.permit(QuotaClass::PackageUri, clock.now()).unwrap();
    }
    drop(one);

    other.claim("contoso", &machine, true, "b", clock.now()).unwrap();
    assert_eq!(other.load(Wanted::All).len(), 2);
    let minute = clock.now().monotonic + Duration::from_secs(60);
    assert_eq!(other.permit(QuotaClass::PackageUri, clock.now()), Err(minute));
    assert!(open(&folder, now(0, 0)).is_err(), "one run still has it");
    drop(other);
    assert!(open(&folder, now(0, 0)).is_ok());
}

#[test]
fn another_app_has_a_quota_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let links = QuotaClass::PackageUri;
    let of = |app: &str, at| {
        FileLedger::open(folder.path(), &account(app), QuotaOptions::default(), at).unwrap()
    };
    let mut ledger = of("app", now(0, 0));
    for seconds in 0..2 {
        ledger.permit(links, now(seconds, 0)).unwrap();
    }
    drop(ledger);

    let mut other = of("other", now(5, 0));
    for seconds in 5..7 {
        other.permit(links, now(seconds, 0)).unwrap();
    }
    assert!(other.permit(links, now(7, 0)).is_err());
    drop(other);
    assert!(of("app", now(8, 0)).permit(links, now(8, 0)).is_err());
}

#[test]
fn records_are_read_while_another_process_has_them() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(FileLedger::records(folder.path()).unwrap(), []);
    let mut ledger = open(&folder, now(0, 0)).unwrap();
    ledger.append(&[record("a")]).unwrap();
    assert_eq!(FileLedger::records(folder.path()).unwrap(), [record("a")]);
    // A system lock on the ledger would also block readers on Windows.
    let file = fs::File::open(folder.path().join(FileLedger::NAME)).unwrap();
    file.try_lock().unwrap();
}

#[test]
fn what_another_process_did_is_counted_once_however_often_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let links = QuotaClass::PackageUri;
    let mut other = open(&folder, clock.now()).unwrap();
    let permit = other.permit(links, clock.now()).unwrap();
    other.settle(permit, Settlement::Answered, clock.now());
    drop(other);

    let folders = Folders::new(account("app"), QuotaOptions::default()).unwrap();
    for _ in 0..3 {
        drop(folders.session(folder.path(), &clock).unwrap());
    }
    let session = folders.session(folder.path(), &clock).unwrap();
    assert!(session.permit(links, clock.now()).is_ok());
    assert!(session.permit(links, clock.now()).is_err());
}

/// A ledger that fails to record the end of a collection.
#[derive(Debug)]
struct Full(MemoryLedger);

impl Ledger for Full {
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle> {
        self.0.load(wanted, is_free)
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Error> {
        if records.iter().any(|it| matches!(it.fact, Fact::Ended { .. })) {
            return Err(Error::new(Code::LedgerFailed, "no space left on device"));
        }
        self.0.append(records)
    }

    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration> {
        self.0.claim(tenant, machine, now)
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        self.0.permit(quota, now)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        self.0.settle(permit, settlement, now);
    }
}

#[test]
fn a_device_is_free_after_an_end_that_the_ledger_did_not_take() {
    let clock: Arc<dyn Clock> = Arc::new(JumpClock::new(START, |_| {}));
    let folders = Folders::new(account("app"), QuotaOptions::default()).unwrap();
    let ledger: SharedLedger = Arc::new(Mutex::new(Full(MemoryLedger::default())));
    let shared = Arc::new(Shared::new(ledger));
    let session = || Session::new(Arc::clone(&shared), Arc::clone(&folders), Arc::clone(&clock));
    let (fleet, other) = (session(), session());
    let machine = MachineId::parse(&"a".repeat(40)).unwrap();
    fleet.append(&[record("mdef-a"), record("mdef-b")]).unwrap();
    fleet.claim("contoso.com", &machine, true, "mdef-a", now(0, 0)).unwrap();
    let claim = || other.claim("contoso.com", &machine, true, "mdef-c", now(0, 0));
    assert!(claim().is_err());
    let ended = r#"{"collection":"mdef-a","at":"2026-01-05T10:00:00Z","fact":"ended","outcome":"failed","code":null,"request_id":null}"#;
    assert!(fleet.append(&[serde_json::from_str(ended).unwrap()]).is_err());
    // The rest of the fleet's run may take hours.
    claim().unwrap();
}

#[test]
fn who_does_not_have_a_collection_writes_nothing_of_it() {
    let clock: Arc<dyn Clock> = Arc::new(JumpClock::new(START, |_| {}));
    let folders = Folders::new(account("app"), QuotaOptions::default()).unwrap();
    let [one, other] = [(); 2].map(|()| folders.in_memory(&clock));
    let machine = MachineId::parse(&"a".repeat(40)).unwrap();
    one.append(&[record("mdef-a")]).unwrap();
    one.claim("contoso.com", &machine, true, "mdef-a", now(0, 0)).unwrap();
    let mut other_device = record("mdef-a");
    let other_machine = MachineId::parse(&"b".repeat(40)).unwrap();
    other_device.fact = Fact::Resolved { machine: other_machine, name: None };
    other.append(&[other_device.clone(), record("mdef-b")]).unwrap();
    let known = |name: &str| other.load(Wanted::All).into_iter().find(|it| it.collection() == name);
    // Only free collections are loaded, and this one is not free.
    assert!(known("mdef-a").is_none());
    assert!(known("mdef-b").is_some());
    drop(one);
    assert!(known("mdef-a").unwrap().machine().is_none());
    other.append(&[other_device]).unwrap();
    assert!(known("mdef-a").unwrap().machine().is_some());
}

#[test]
fn a_client_without_a_folder_does_not_grow_by_what_has_ended() {
    let folders = Folders::new(account("app"), QuotaOptions::default()).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(JumpClock::new(START, |_| {}));
    for number in 0..5_000 {
        let begun = record(&format!("c{number}"));
        let mut ended = begun.clone();
        ended.fact = Fact::Ended { outcome: "ready".to_owned(), code: None, request_id: None };
        folders.in_memory(&clock).append(&[begun, ended]).unwrap();
    }
    let known = folders.in_memory(&clock).load(Wanted::All).len();
    assert!((1_000..=2_000).contains(&known), "{known}");
}

/// On every log line, opens another folder's ledger from another thread and waits for it, as a
/// holder of Python's lock may do.
struct Asks(Arc<Folders>, std::sync::mpsc::Sender<bool>);

impl Write for Asks {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let (folders, (done, is_done)) = (Arc::clone(&self.0), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            let elsewhere = tempfile::tempdir().unwrap();
            drop(folders.session(elsewhere.path(), &clock()));
            let _ = done.send(());
        });
        let is_free = is_done.recv_timeout(Duration::from_secs(5)).is_ok();
        let _ = self.1.send(is_free);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_is_logged_while_others_wait_for_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder, now(0, 0)).unwrap());
    let file = fs::OpenOptions::new().append(true).open(folder.path().join(FileLedger::NAME));
    file.unwrap().write_all(b"{\"record\":").unwrap();
    let folders = Folders::new(account("app"), QuotaOptions::default()).unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    let asks = Arc::clone(&folders);
    let log = tracing_subscriber::fmt().with_writer(move || Asks(Arc::clone(&asks), said.clone()));
    let session = tracing::subscriber::with_default(log.finish(), || {
        folders.session(folder.path(), &clock()).unwrap()
    });
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [true], "the last line was cut off");
    drop(session);
}
