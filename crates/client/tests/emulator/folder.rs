//! Output folders and quotas that several runs of one client share, and what they leave behind.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mde_forensics::{Account, Clock, FileLedger, Stop};
use mde_forensics_core::engine::{EventKind, Outcome, Until};
use mde_forensics_core::quota::QuotaOptions;
use mde_forensics_core::{ActionId, Code, Device, Tenant};
use mde_forensics_emulator::config::{Device as Life, Endpoint};
use tokio::sync::Notify;
use tracing_subscriber::filter::LevelFilter;

use crate::bench::{APP, Bench, DEVICE, app};

fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(crate) fn posts(bench: &Bench) -> usize {
    let calls = bench.emulator.handle().calls();
    calls.iter().filter(|call| call.endpoint == Some(Endpoint::Collect)).count()
}

/// Stops when the log says that a package is being checked.
struct Stopper(Stop);

impl io::Write for Stopper {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if String::from_utf8_lossy(line).contains("checking the package") {
            self.0.here();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_stop_waits_for_the_seal_that_is_under_way() {
    let bench = Bench::new(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let client = bench.builder(app()).build().unwrap();
    let stop = Stop::new();
    let run = client.run("INC-42").unwrap().into_folder(folder.path()).stopped_by(&stop);
    // No event says that a seal begins, but the log does.
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG);
    let log = log.with_writer(move || Stopper(stop.clone())).finish();
    let _log = tracing::subscriber::set_default(log);
    let report = client.collect(DEVICE, &run).await.unwrap();
    assert_eq!(report.outcome.name(), "stopped");
    let left = names(folder.path());
    assert!(left.iter().any(|name| name.ends_with(".zip.manifest.json")), "{left:?}");
    assert!(!left.iter().any(|name| name.contains(".part")), "{left:?}");

    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let report = client.resume(vec![report.handle], &run).await.unwrap();
    let outcome = &report.devices[0].outcome;
    assert!(matches!(outcome, Outcome::Collected(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_package_that_came_meanwhile_is_the_package() {
    let bench = Bench::new(|_| {}).await;
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap().into_folder(first.path());
    let report = client.collect(DEVICE, &run).await.unwrap();
    let Outcome::Collected(stored) = report.outcome else { panic!("{:?}", report.outcome) };

    let (from, to) = (first.path().to_owned(), second.path().to_owned());
    let run = client.run("INC-42").unwrap().into_folder(second.path()).on_event(move |event| {
        // As another process would that was quicker.
        if matches!(event.kind, EventKind::LinkIssued { .. }) {
            for name in names(&from).iter().filter(|name| name.contains(".zip")) {
                std::fs::copy(from.join(name), to.join(name)).unwrap();
            }
        }
    });
    let mut handle = serde_json::to_value(&report.handle).unwrap();
    for forgotten in ["package", "ended"] {
        handle[forgotten] = serde_json::Value::Null;
    }
    let handle = mde_forensics_core::engine::Handle::parse(
        &handle.to_string(),
        client.tenant(),
        client.base(),
    );
    let report = client.resume(vec![handle.unwrap()], &run).await.unwrap();
    let outcome = &report.devices[0].outcome;
    let Outcome::Collected(again) = outcome else { panic!("{outcome:?}") };
    assert_eq!(*again, stored);
    assert!(!names(second.path()).iter().any(|name| name.contains(".part")));
}

#[tokio::test]
async fn two_runs_at_once_share_a_folder() {
    let bench = Bench::new(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let clone = client.clone();
    let (one, other) = tokio::join!(client.collect(DEVICE, &run), clone.collect("ws-1", &run));
    assert_eq!(one.unwrap().outcome.name(), "collected");
    assert_eq!(other.unwrap().outcome.name(), "not_found");

    // To others it is one process.
    let now = mde_forensics::SystemClock::new().now();
    let account = Account::new(&Tenant::parse("contoso.com").unwrap(), Some(APP));
    let ledger = FileLedger::open(folder.path(), &account, QuotaOptions::default(), now).unwrap();
    drop(ledger);
}

#[tokio::test]
async fn what_another_run_works_on_is_not_resumed() {
    let bench = Bench::new(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let client = bench.builder(app()).build().unwrap();
    let accepted = Arc::new(Notify::new());
    let heard = Arc::clone(&accepted);
    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let run = run.on_event(move |event| {
        if matches!(event.kind, EventKind::Accepted { .. }) {
            heard.notify_one();
        }
    });
    let resuming = async {
        accepted.notified().await;
        let run = client.run("resumed").unwrap().into_folder(folder.path());
        client.resume_folder(&run).await
    };
    let (collected, resumed) = tokio::join!(client.collect(DEVICE, &run), resuming);
    assert_eq!(collected.unwrap().outcome.name(), "collected");
    assert!(resumed.unwrap().devices.is_empty());
    assert_eq!(posts(&bench), 1);
}

#[tokio::test]
async fn a_run_without_a_folder_resumes_none() {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let mut run = client.run("INC-42").unwrap();
    run.options.until = Until::Ready;
    let error = client.resume_folder(&run).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidOption, "{error}");
}

#[tokio::test]
async fn runs_and_single_calls_share_one_quota() {
    let bench = Bench::new(|config| {
        config.fleet.devices.push(Life::new("ws-043.contoso.com"));
    })
    .await;
    let client = bench.builder(app()).build().unwrap();
    for device in [DEVICE, "ws-043.contoso.com"] {
        let folder = tempfile::tempdir().unwrap();
        let run = client.run("INC-42").unwrap().into_folder(folder.path());
        assert_eq!(client.collect(device, &run).await.unwrap().outcome.name(), "collected");
    }
    let mut run = client.run("INC-43").unwrap();
    run.options.until = Until::Requested;
    client.collect_many(vec![Device::parse(DEVICE).unwrap()], &run).await.unwrap();
    let action = ActionId::parse("00000000-0000-4000-8000-000000000000").unwrap();
    for _ in 0..3 {
        assert_eq!(client.package_link(&action).await.unwrap_err().code(), Code::NotFound);
    }
    let calls = bench.emulator.handle().calls();
    assert!(calls.iter().all(|call| call.status != Some(429)), "{calls:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_dropped_gives_its_places_back() {
    use mde_forensics::{Ledger, MemoryLedger};
    use mde_forensics_core::QuotaClass;
    use mde_forensics_emulator::config::{Fault, On, Rule};

    let bench = Bench::new(|config| {
        let never = Fault::Stall { seconds: 1e6 };
        config.faults = vec![Rule::new(On::next(Endpoint::Link).times(2), never)];
        config.fleet.devices.push(Life::new("ws-043.contoso.com"));
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let client = bench.builder(app()).build().unwrap();
    let ledger = Arc::new(std::sync::Mutex::new(MemoryLedger::default()));
    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let run = run.with_ledger(ledger.clone());
    let devices = [DEVICE, "ws-043.contoso.com"].map(|name| Device::parse(name).unwrap());
    let handle = bench.emulator.handle();
    let both_are_out = async {
        let is_link =
            |call: &&mde_forensics_emulator::CallRecord| call.endpoint == Some(Endpoint::Link);
        while handle.calls().iter().filter(is_link).count() < 2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        report = client.collect_many(devices.to_vec(), &run) => panic!("{report:?}"),
        () = both_are_out => {}
    }
    let mut later = mde_forensics::SystemClock::new().now();
    later.monotonic += Duration::from_secs(3_600);
    for _ in 0..2 {
        let permit = ledger.lock().unwrap().permit(QuotaClass::PackageUri, later);
        assert!(permit.is_ok(), "{permit:?}");
    }
}
