use std::time::Duration;

use mde_forensics::Stop;
use mde_forensics_core::Code;
use mde_forensics_core::engine::{Adoption, Handle};
use mde_forensics_core::wire::ActionStatus;
use mde_forensics_emulator::config::{End, Endpoint, Fault, On, Rule, Running};

use crate::bench::{Bench, DEVICE, app};

/// Calls of this endpoint that the emulator has seen.
fn calls(bench: &Bench, endpoint: Endpoint) -> usize {
    let calls = bench.emulator.handle().calls();
    calls.iter().filter(|call| call.endpoint == Some(endpoint)).count()
}

#[tokio::test]
async fn it_is_asked_for_looked_at_waited_for_and_downloaded() {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let collection = client.collection("ws-042", &run).unwrap();
    assert!(collection.handle().action().is_none());

    collection.request(&run).await.unwrap();
    assert_eq!(collection.handle().action().unwrap().adoption, Adoption::Own);
    let before = calls(&bench, Endpoint::GetAction) + calls(&bench, Endpoint::ListActions);
    collection.refresh(&run).await.unwrap();
    let after = calls(&bench, Endpoint::GetAction) + calls(&bench, Endpoint::ListActions);
    assert_eq!(after - before, 1, "one look, and no waiting");

    bench.emulator.handle().advance(Duration::from_secs(30));
    collection.refresh(&run).await.unwrap();
    assert_eq!(collection.handle().action().unwrap().status, ActionStatus::InProgress);

    collection.wait(&run).await.unwrap();
    assert_eq!(collection.handle().action().unwrap().status, ActionStatus::Succeeded);
    let folder = tempfile::tempdir().unwrap();
    let stored = collection.download(folder.path(), &run).await.unwrap();
    assert!(mde_forensics::verify(&folder.path().join(stored.name)).unwrap().is_intact());
    assert_eq!(calls(&bench, Endpoint::Collect), 1);
}

#[tokio::test]
async fn another_process_goes_on_from_the_handle() {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let collection = client.collection(DEVICE, &run).unwrap();
    collection.request(&run).await.unwrap();
    let json = collection.handle().to_json();

    let client = bench.builder(app()).build().unwrap();
    let handle = Handle::parse(&json, client.tenant(), client.base()).unwrap();
    let collection = client.collection_of(handle);
    let folder = tempfile::tempdir().unwrap();
    collection.download(folder.path(), &client.run("INC-42").unwrap()).await.unwrap();
    assert_eq!(calls(&bench, Endpoint::Collect), 1);
}

#[tokio::test]
async fn a_bad_end_is_a_status_to_who_looks_and_an_error_to_who_waits() {
    let bench = Bench::new(|config| {
        if let Some(device) = config.fleet.devices.first_mut() {
            device.life.end = End::TimeOut;
        }
    })
    .await;
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let collection = client.collection(DEVICE, &run).unwrap();
    collection.request(&run).await.unwrap();
    bench.emulator.handle().advance(Duration::from_secs(3_600));
    collection.refresh(&run).await.unwrap();
    assert_eq!(collection.handle().action().unwrap().status, ActionStatus::TimeOut);
    let error = collection.wait(&run).await.unwrap_err();
    assert_eq!(error.code(), Code::CollectionTimedOut);
}

#[tokio::test]
async fn a_look_that_cannot_be_taken_fails() {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let error = client.collection("ws-999", &run).unwrap().refresh(&run).await.unwrap_err();
    assert_eq!(error.code(), Code::DeviceNotFound);
}

#[tokio::test]
async fn what_is_stopped_can_go_on() {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let collection = client.collection(DEVICE, &run).unwrap();
    collection.request(&run).await.unwrap();
    let stop = Stop::new();
    stop.here();
    let stopped = run.clone().stopped_by(&stop);
    for error in [collection.wait(&stopped).await, collection.refresh(&stopped).await] {
        assert_eq!(error.unwrap_err().code(), Code::Stopped);
    }
    collection.wait(&run).await.unwrap();
    assert_eq!(calls(&bench, Endpoint::Collect), 1);
}

#[tokio::test]
async fn steps_come_to_the_same_end() {
    let bench = Bench::new(|config| {
        config.faults = vec![Rule::new(On::next(Endpoint::Collect), Fault::LostAnswer)];
    })
    .await;
    let client = bench.builder(app()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let mut json = client.collection(DEVICE, &run).unwrap().handle().to_json();
    for _ in 0..100 {
        let client = bench.builder(app()).build().unwrap();
        let handle = Handle::parse(&json, client.tenant(), client.base());
        let collection = client.collection_of(handle.unwrap());
        let next = collection.step(&run, Duration::from_secs(20)).await.unwrap();
        json = collection.handle().to_json();
        let Some(next) = next else {
            assert!(collection.handle().package().is_some());
            assert_eq!(calls(&bench, Endpoint::Collect), 1);
            return;
        };
        bench.emulator.handle().advance(next);
    }
    panic!("a hundred steps did not suffice: {json}");
}

#[tokio::test]
async fn only_our_own_is_cancelled_unless_somebody_insists() {
    let bench = Bench::new(|config| {
        if let Some(device) = config.fleet.devices.first_mut() {
            device.life.already_running = Some(Running::default());
        }
    })
    .await;
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let collection = client.collection(DEVICE, &run).unwrap();
    let too_early = collection.cancel("changed my mind", false).await.unwrap_err();
    assert_eq!(too_early.code(), Code::NotFound);
    collection.request(&run).await.unwrap();
    assert_eq!(collection.handle().action().unwrap().adoption, Adoption::Foreign);
    // The handle's own word does not make it ours.
    let json = collection.handle().to_json();
    let forged = json.replace(r#""adoption":"foreign""#, r#""adoption":"own""#);
    assert_ne!(json, forged);
    let forged =
        client.collection_of(Handle::parse(&forged, client.tenant(), client.base()).unwrap());
    for collection in [&collection, &forged] {
        let refused = collection.cancel("changed my mind", false).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotOurs);
    }
    assert_eq!(calls(&bench, Endpoint::Cancel), 0);
    let cancelled = collection.cancel("changed my mind", true).await.unwrap();
    assert_eq!(cancelled.status, ActionStatus::Cancelled);
    assert_eq!(collection.handle().action().unwrap().status, ActionStatus::Cancelled);
}

#[tokio::test]
async fn our_own_is_cancelled_from_a_handle() {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let collection = client.collection(DEVICE, &run).unwrap();
    collection.request(&run).await.unwrap();
    let json = collection.handle().to_json();
    let handle = Handle::parse(&json, client.tenant(), client.base()).unwrap();
    let cancelled = client.collection_of(handle).cancel("changed my mind", false).await.unwrap();
    assert_eq!(cancelled.status, ActionStatus::Cancelled);
}
