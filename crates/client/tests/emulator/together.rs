//! Calls of one client for the same device at the same time.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics::{Client, ScaledClock, manifest_path};
use mde_forensics_core::engine::{Adoption, EventKind, Handle, Outcome, Stored};
use mde_forensics_core::wire::ActionStatus;
use mde_forensics_emulator::config::{ClockMode, End};

use crate::bench::{Bench, DEVICE, app};
use crate::folder::posts;

/// What a run of [`at_once`] came to.
struct Came {
    stored: Stored,
    handle: Handle,
    events: Vec<EventKind>,
}

/// An emulator whose collections are pending and then running for so many seconds each and not listed for a while, and a
/// client on its clock: a time that jumps would have passed before one of two runs has begun to wait.
async fn scaled(list_lag: f64, (pending, running): (f64, f64)) -> (Bench, Client) {
    let bench = Bench::new(|config| {
        config.clock = ClockMode::Scaled(SCALE);
        config.options.list_lag = list_lag;
        let life = &mut config.fleet.devices[0].life;
        (life.pending, life.running) = (pending, running);
    })
    .await;
    let clock = Arc::new(ScaledClock::new(SCALE).unwrap());
    let client = bench.builder(app()).clock(clock).build().unwrap();
    (bench, client)
}

/// Two runs of one client that collect the same device at once into these folders, and how often it was asked.
async fn at_once(folders: [&Path; 2]) -> ([Came; 2], usize) {
    let (bench, client) = scaled(5.0, (10.0, 10.0)).await;
    let collect = async |comment: &str, folder: &Path| {
        let events = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&events);
        let run = client.run(comment).unwrap().into_folder(folder);
        let run = run.on_event(move |event| heard.lock().unwrap().push(event.kind.clone()));
        let report = client.collect(DEVICE, &run).await.unwrap();
        let Outcome::Collected(stored) = report.outcome else { panic!("{:?}", report.outcome) };
        let events = events.lock().unwrap().clone();
        Came { stored, handle: report.handle, events }
    };
    let [one, other] = folders;
    let (one, other) = tokio::join!(collect("INC-42", one), collect("INC-43", other));
    ([one, other], posts(&bench))
}

fn is_adopted(came: &Came) -> bool {
    let own = Adoption::Own;
    came.events
        .iter()
        .any(|event| matches!(event, EventKind::Adopted { adoption, .. } if *adoption == own))
}

fn warnings(came: &Came) -> Vec<&str> {
    let mut warnings = Vec::new();
    for event in &came.events {
        if let EventKind::Warning { message } = event {
            warnings.push(message.as_str());
        }
    }
    warnings
}

#[tokio::test]
async fn two_runs_at_once_ask_a_device_once_and_download_its_package_once() {
    let folder = tempfile::tempdir().unwrap();
    let (came, posts) = at_once([folder.path(), &folder.path().join(".")]).await;
    assert_eq!(posts, 1);
    assert_eq!(came[0].stored, came[1].stored);
    assert_eq!(came.iter().filter(|came| is_adopted(came)).count(), 1);
    let links = came.iter().flat_map(|came| &came.events);
    let links = links.filter(|event| matches!(event, EventKind::LinkIssued { .. }));
    assert_eq!(links.count(), 1);
    let second = if is_adopted(&came[0]) { &came[0] } else { &came[1] };
    let warnings = warnings(second);
    assert!(warnings[0].contains("another run is at work on this device"), "{warnings:?}");
}

#[tokio::test]
async fn two_runs_at_once_into_two_folders_have_the_same_evidence_in_each() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let (came, posts) = at_once([folders[0].path(), folders[1].path()]).await;
    assert_eq!(posts, 1);
    assert_eq!(came[0].stored, came[1].stored);
    for (folder, came) in folders.iter().zip(&came) {
        let package = folder.path().join(&came.stored.name);
        assert_eq!(std::fs::metadata(&package).unwrap().len(), came.stored.size);
        let manifest = std::fs::read_to_string(manifest_path(&package)).unwrap();
        assert!(manifest.contains(came.handle.comment()), "{manifest}");
    }
}

#[tokio::test]
async fn what_ended_before_a_call_began_is_no_evidence_of_it() {
    for end in [End::Succeeded, End::Failed] {
        for is_same in [true, false] {
            let bench = Bench::new(|config| {
                config.options.list_lag = 150.0;
                let life = &mut config.fleet.devices[0].life;
                (life.pending, life.running, life.end) = (10.0, 10.0, end);
            })
            .await;
            let client = bench.builder(app()).build().unwrap();
            let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
            for (folder, comment) in
                [(&folders[0], "INC-42"), (&folders[usize::from(!is_same)], "INC-43")]
            {
                let run = client.run(comment).unwrap().into_folder(folder.path());
                client.collect(DEVICE, &run).await.unwrap();
            }
            assert_eq!(posts(&bench), 2, "{end:?}, the same folder: {is_same}");
        }
    }
}

#[tokio::test]
async fn what_was_cancelled_is_asked_for_again() {
    let bench = Bench::new(|config| {
        config.options.list_lag = 60.0;
        let life = &mut config.fleet.devices[0].life;
        (life.pending, life.running) = (100.0, 100.0);
    })
    .await;
    let client = bench.builder(app()).build().unwrap();
    for comment in ["wrong comment", "INC-43"] {
        let run = client.run(comment).unwrap();
        let collection = client.collection(DEVICE, &run).unwrap();
        collection.request(&run).await.unwrap();
        if comment == "INC-43" {
            collection.wait(&run).await.unwrap();
        } else {
            collection.cancel(comment, false).await.unwrap();
        }
    }
    assert_eq!(posts(&bench), 2);
}

#[tokio::test]
async fn two_downloads_into_a_folder_that_is_not_there_yet_are_one() {
    let (_bench, client) = scaled(0.0, (5.0, 5.0)).await;
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("x")).unwrap();
    let links = Arc::new(Mutex::new(0));
    let heard = Arc::clone(&links);
    let run = client.run("INC-42").unwrap().on_event(move |event| {
        *heard.lock().unwrap() += usize::from(matches!(event.kind, EventKind::LinkIssued { .. }));
    });
    let one = client.collection(DEVICE, &run).unwrap();
    one.wait(&run).await.unwrap();
    let two = client.collection_of(one.handle());
    let [a, b] = ["new", "x/../new"].map(|folder| home.path().join(folder));
    let (a, b) = tokio::join!(one.download(&a, &run), two.download(&b, &run));
    assert_eq!(a.unwrap(), b.unwrap());
    assert_eq!(*links.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_look_at_a_collection_that_is_waited_for_asks_the_service() {
    let (_bench, client) = scaled(0.0, (20.0, 200.0)).await;
    let run = client.run("INC-42").unwrap();
    let collection = client.collection(DEVICE, &run).unwrap();
    collection.request(&run).await.unwrap();
    let looked = client.collection_of(collection.handle());
    let status = || looked.handle().action().unwrap().status.clone();
    let look = async {
        while status() == ActionStatus::Pending {
            tokio::time::sleep(Duration::from_millis(100)).await;
            looked.refresh(&run).await.unwrap();
        }
        // It is accepted: there is nothing to wait for.
        looked.request(&run).await.unwrap();
        status()
    };
    let waits = collection.wait(&run);
    tokio::select! {
        biased;
        status = look => assert_eq!(status, ActionStatus::InProgress),
        waited = waits => panic!("the look waited for the other call: {waited:?}"),
    }
}

/// Two runs at once, each made as this says.
async fn posts_of_two(
    shape: impl Fn(mde_forensics::Run, usize) -> mde_forensics::Run,
) -> (usize, Vec<String>) {
    let (bench, client) = scaled(5.0, (10.0, 10.0)).await;
    let collect = async |number: usize| {
        let mut run = shape(client.run("INC-42").unwrap(), number);
        run.options.until = mde_forensics_core::engine::Until::Ready;
        format!("{:?}", client.collect(DEVICE, &run).await.unwrap().outcome)
    };
    let (one, other) = tokio::join!(collect(0), collect(1));
    (posts(&bench), vec![one, other])
}

#[tokio::test]
async fn runs_with_one_ledger_of_the_callers_ask_a_device_once() {
    let ledger = Arc::new(Mutex::new(mde_forensics::MemoryLedger::default()));
    let (posts, outcomes) = posts_of_two(|run, _| run.with_ledger(ledger.clone())).await;
    assert_eq!(posts, 1, "{outcomes:?}");
}

#[tokio::test]
async fn runs_with_ledgers_and_without_ask_a_device_once() {
    let ledger = Arc::new(Mutex::new(mde_forensics::MemoryLedger::default()));
    let shape = |run: mde_forensics::Run, number| {
        if number == 0 { run } else { run.with_ledger(ledger.clone()) }
    };
    let (posts, outcomes) = posts_of_two(shape).await;
    assert_eq!(posts, 1, "{outcomes:?}");
}

const SCALE: f64 = 10.0;
