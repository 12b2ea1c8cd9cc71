//! Single calls, outside of a run.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mde_forensics::{Account, CallbackCredential, Client, FileLedger, Ledger as _};
use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::quota::QuotaOptions;
use mde_forensics_core::{AccessToken, ActionId, Code, Device, Error, Now, QuotaClass, Tenant};
use mde_forensics_emulator::config::{Device as Life, Endpoint, Fault, On, RetryAfter, Rule};

use crate::bench::{APP, Bench, DEVICE, app};
use crate::jump::JumpClock;

const ADDRESS: &str = "10.1.2.3";

/// A client whose clock is so far ahead of the service's, and the seconds that it has waited.
///
/// The wait never ends well beyond any quota's minute.
fn client(bench: &Bench, ahead: i64) -> (Client, Arc<AtomicU64>) {
    let handle = bench.emulator.handle();
    let waited = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&waited);
    let began = handle.now() + time::Duration::seconds(ahead);
    let clock = JumpClock::new(began, move |jump| {
        let before = count.fetch_add(jump.as_secs(), Ordering::SeqCst);
        assert!(before < 600, "it waits for ever");
        handle.advance(jump);
    });
    (bench.builder(app()).clock(Arc::new(clock)).build().unwrap(), waited)
}

fn action() -> ActionId {
    ActionId::parse("00000000-0000-4000-8000-000000000000").unwrap()
}

#[tokio::test]
async fn calls_that_were_dropped_give_their_places_back() {
    let bench = Bench::new(|config| {
        let never = Fault::Stall { seconds: 1e6 };
        config.faults = vec![Rule::new(On::next(Endpoint::Link).times(2), never)];
    })
    .await;
    let (client, waited) = client(&bench, 0);
    let id = action();
    for _ in 0..2 {
        let call = tokio::time::timeout(Duration::from_millis(300), client.package_link(&id));
        assert!(call.await.is_err(), "nobody answers");
    }
    client.package_link(&id).await.unwrap_err();
    assert!((59..=61).contains(&waited.load(Ordering::SeqCst)), "{waited:?}");
}

#[tokio::test]
async fn a_429_without_a_time_is_given_half_a_minute() {
    let bench = Bench::new(|config| {
        let throttle = Fault::Throttle { retry_after: RetryAfter::Missing, seconds: 10 };
        config.faults = vec![Rule::new(On::next(Endpoint::ListMachines), throttle)];
    })
    .await;
    let (client, waited) = client(&bench, 0);
    client.find(&Device::parse(DEVICE).unwrap()).await.unwrap();
    assert!((29..=31).contains(&waited.load(Ordering::SeqCst)), "{waited:?}");
}

#[tokio::test]
async fn a_quota_that_is_closed_for_long_is_said_and_not_waited_for() {
    let bench = Bench::new(|config| {
        let throttle = Fault::Throttle { retry_after: RetryAfter::Seconds, seconds: 3_600 };
        config.faults = vec![Rule::new(On::next(Endpoint::ListMachines), throttle)];
    })
    .await;
    let (client, waited) = client(&bench, 0);
    let device = Device::parse(DEVICE).unwrap();
    for call in ["the service", "our own count"] {
        let error = client.find(&device).await.unwrap_err();
        assert_eq!(error.code(), Code::Throttled, "{call}: {error}");
        assert!(error.retry_after().is_some_and(|it| it.as_secs() > 3_500), "{call}: {error:?}");
    }
    assert_eq!(waited.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_address_is_looked_up_by_the_services_time() {
    let bench = Bench::new(|config| {
        config.fleet.devices[0].ip = Some(ADDRESS.parse().unwrap());
    })
    .await;
    // Ahead the service refuses the time; far behind it has not seen the device yet.
    for ahead in [3_600, -29 * 86_400, 0] {
        let (client, _) = client(&bench, ahead);
        let found = client.find(&Device::parse(ADDRESS).unwrap()).await.unwrap();
        assert_eq!(found.len(), 1, "{ahead}");
        let nobody = client.find(&Device::parse("10.9.9.9").unwrap()).await.unwrap();
        assert!(nobody.is_empty());
    }
}

#[tokio::test]
async fn a_device_that_was_merged_is_found_where_it_went() {
    let into = "1".repeat(40);
    let bench = Bench::new(|config| {
        let mut old = Life::new("old.contoso.com");
        old.merged_into = Some(into.clone());
        let mut new = Life::new("new.contoso.com");
        new.id = Some(into.clone());
        config.fleet.devices.extend([old, new]);
    })
    .await;
    let (client, _) = client(&bench, 0);
    let found = client.find(&Device::parse("old").unwrap()).await.unwrap();
    assert_eq!(found.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), [into.as_str()]);
}

#[tokio::test]
async fn a_name_that_no_list_knows_is_asked_for_by_itself() {
    let bench = Bench::new(|config| {
        let empty = Fault::Status {
            code: 200,
            body: Some(serde_json::json!({"value": []})),
            headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
            done: false,
        };
        config.faults = vec![Rule::new(On::every(Endpoint::ListMachines), empty)];
    })
    .await;
    let (client, _) = client(&bench, 0);
    let found = client.find(&Device::parse(DEVICE).unwrap()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(client.find(&Device::parse("nobody").unwrap()).await.unwrap().is_empty());
}

/// The ledger of a folder, as another process of the same app has it.
fn ledger(folder: &Path, now: Now) -> Result<FileLedger, Error> {
    let account = Account::new(&Tenant::parse("contoso.onmicrosoft.com").unwrap(), Some(APP));
    FileLedger::open(folder, &account, QuotaOptions::default(), now)
}

/// The time of such a process.
fn now(bench: &Bench) -> Now {
    Now::new(bench.emulator.handle().now(), Duration::from_secs(86_400))
}

/// How many lines of the folder's ledger have this in them.
fn lines(folder: &Path, text: &str) -> usize {
    let ledger = std::fs::read_to_string(folder.join(FileLedger::NAME)).unwrap();
    ledger.lines().filter(|line| line.contains(text)).count()
}

#[tokio::test]
async fn a_call_that_waits_for_its_token_keeps_nobody_out_of_the_folder() {
    let bench = Bench::new(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let now = now(&bench);
    drop(ledger(folder.path(), now).unwrap());
    let path = folder.path().to_owned();
    let signs_in = CallbackCredential::new(move |_| {
        let opened = ledger(&path, now).map(drop);
        async { opened.map(|()| Token::new(AccessToken::new("a.b.c"), Duration::from_secs(3600))) }
    });
    let client = bench.builder(signs_in).build().unwrap().counting_in(folder.path()).unwrap();
    let error = client.action(&action()).await.unwrap_err();
    assert_ne!(error.code(), Code::LedgerFailed, "{error}");
    // The service does not take the token, and there is no other.
    let lines = ["granted", "settled", "released"].map(|what| lines(folder.path(), what));
    assert_eq!(lines, [2, 1, 1]);
}

#[tokio::test]
async fn a_call_counts_once_it_is_answered_where_another_has_the_ledger_before() {
    let bench = Bench::new(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    drop(ledger(folder.path(), now(&bench)).unwrap());
    let client = bench.builder(app()).build().unwrap().counting_in(folder.path()).unwrap();
    let theirs = ledger(folder.path(), now(&bench)).unwrap();
    assert_eq!(client.action(&action()).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(lines(folder.path(), "settled"), 0, "it is theirs all the time");
    drop(theirs);
    client.package_link(&action()).await.unwrap_err();
    let now = now(&bench);
    let mut theirs = ledger(folder.path(), now).unwrap();
    assert!(theirs.permit(QuotaClass::PackageUri, now).is_ok());
    assert!(theirs.permit(QuotaClass::PackageUri, now).is_err(), "two a minute, with ours");
}

#[tokio::test]
async fn a_run_waits_for_whoever_only_writes_to_the_ledger() {
    let bench = Bench::new(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let theirs = ledger(folder.path(), now(&bench)).unwrap();
    // It finds the ledger taken before it is let go of.
    let (report, ()) = tokio::join!(client.collect(DEVICE, &run), async { drop(theirs) });
    assert_eq!(report.unwrap().outcome.name(), "collected");
}
