//! Brings about the situations that `tests/vectors/errors.json` names, since only a driver can come into them.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics::{CallbackCredential, Client, MemoryLedger, Run};
use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::engine::{EventKind, Until, package_file_name};
use mde_forensics_core::{AccessToken, BaseUrl, Cloud, CustomCloud, Device, Error};
use serde_json::Value;

use crate::bench::{Bench, DEVICE, app};

#[tokio::test]
async fn every_situation_ends_in_the_error_that_is_named() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/errors.json");
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut seen = BTreeSet::new();
    for test in file["tests"].as_array().unwrap() {
        let Some(situation) = test["example"]["situation"].as_str() else { continue };
        let error = match situation {
            "another_file_has_the_name" => another_file_has_the_name().await,
            "another_program_writes_into_the_download" => another_program_writes().await,
            // The library cancels for anybody; it is the command that refuses (`crates/cli/tests/it/cancel.rs`).
            "cancelling_what_others_started" => continue,
            "nobody_listens" => nobody_listens().await,
            "the_certificate_is_strange" => the_certificate_is_strange().await,
            "the_credential_has_no_other_token" => the_credential_has_no_other_token().await,
            "the_folder_is_a_file" => the_folder_is_a_file().await,
            "the_package_has_no_manifest" => the_package_has_no_manifest(),
            other => panic!("`{other}` is not known"),
        };
        assert_eq!(error.code().as_str(), test["code"], "{situation}: {error}");
        assert!(!error.hint().is_empty(), "{situation}");
        seen.insert(situation.to_owned());
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
}

fn the_package_has_no_manifest() -> Error {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("portal.zip");
    fs::write(&package, "PK").unwrap();
    mde_forensics::verify(&package).unwrap_err()
}

async fn another_file_has_the_name() -> Error {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let mut run = client.run("INC-42").unwrap();
    run.options.until = Until::Ready;
    let report = client.collect(DEVICE, &run).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let name = package_file_name(&report.handle).unwrap();
    fs::write(folder.path().join(name), "somebody else's").unwrap();
    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let report = client.resume(vec![report.handle], &run).await.unwrap();
    report.devices[0].outcome.to_error(DEVICE).unwrap()
}

async fn another_program_writes() -> Error {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_owned();
    let run = client.run("INC-42").unwrap().into_folder(&out).on_event(move |event| {
        if matches!(event.kind, EventKind::Progress { received, total } if Some(received) == total)
        {
            let parts = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
            let part =
                parts.into_iter().find(|path| path.extension().is_some_and(|it| it == "part"));
            OpenOptions::new().append(true).open(part.unwrap()).unwrap().write_all(b"x").unwrap();
        }
    });
    collect(&client, &run).await
}

async fn nobody_listens() -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let bench = Bench::new(|_| {}).await;
    let cloud = CustomCloud::of(&Cloud::Commercial).with_api(nobody).with_login(bench.login());
    let client = bench.builder(app()).cloud(cloud.into()).build().unwrap();
    client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err()
}

async fn the_certificate_is_strange() -> Error {
    let bench = Bench::new(|config| config.tls = true).await;
    let client = bench.builder(app()).build().unwrap();
    client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err()
}

async fn the_credential_has_no_other_token() -> Error {
    let bench = Bench::new(|_| {}).await;
    let own = CallbackCredential::new(|_| async {
        Ok(Token::new(AccessToken::new("not.a.token"), Duration::from_secs(3600)))
    });
    let client = bench.builder(own).build().unwrap();
    client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err()
}

async fn the_folder_is_a_file() -> Error {
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).build().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let ledger = Arc::new(Mutex::new(MemoryLedger::default()));
    let run = client.run("INC-42").unwrap().into_folder(file.path()).with_ledger(ledger);
    collect(&client, &run).await
}

async fn collect(client: &Client, run: &Run) -> Error {
    let report = client.collect(DEVICE, run).await.unwrap();
    report.outcome.to_error(DEVICE).unwrap()
}
