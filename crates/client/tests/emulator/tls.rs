use mde_forensics::verify;
use mde_forensics_core::engine::Outcome;
use mde_forensics_core::{Code, Device, Fault};

use crate::bench::{Bench, DEVICE, app};

#[tokio::test]
async fn the_whole_path_goes_over_tls_with_the_ca_file() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let bench = Bench::new(|config| {
        config.tls = true;
        config.ca_file = Some(ca.clone());
    })
    .await;
    let client = bench.builder(app()).ca_file(&ca).build().unwrap();
    let out = folder.path().join("evidence");
    let run = client.run("INC-42").unwrap().into_folder(&out);
    let report = client.collect(DEVICE, &run).await.unwrap();
    let Outcome::Collected(stored) = &report.outcome else { panic!("{:?}", report.outcome) };

    let verification = verify(&out.join(&stored.name)).unwrap();
    assert!(verification.is_intact(), "{:?}", verification.differences);
    let manifest = verification.manifest;
    assert_eq!(manifest.options["verify_certificates"], true);
    assert_eq!(manifest.custody.machine_name.as_deref(), Some(DEVICE));
    assert_eq!(manifest.custody.comment, "INC-42");
    let served =
        bench.emulator.handle().package(report.handle.action().unwrap().id.as_str()).unwrap();
    assert_eq!((stored.size, &stored.sha256), (served.length, &served.sha256));
}

#[tokio::test]
async fn a_ca_that_is_not_trusted_is_said_to_be() {
    let bench = Bench::new(|config| config.tls = true).await;
    let client = bench.builder(app()).build().unwrap();
    let error = client.find(&Device::parse(DEVICE).unwrap()).await.unwrap_err();
    assert_eq!((error.code(), error.fault()), (Code::TlsFailed, Fault::Transport));
    assert!(error.hint().contains("CA file"), "{}", error.hint());
    assert_eq!(bench.emulator.handle().calls_seen(), 0, "nothing may be sent to a stranger");
}

#[tokio::test]
async fn a_package_that_came_by_connections_without_verification_says_so() {
    let bench = Bench::new(|config| config.tls = true).await;
    let client = bench.builder(app()).verify_certificates(false).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = client.run("INC-42").unwrap().into_folder(folder.path());
    let report = client.collect(DEVICE, &run).await.unwrap();
    let Outcome::Collected(stored) = &report.outcome else { panic!("{:?}", report.outcome) };
    let manifest = verify(&folder.path().join(&stored.name)).unwrap().manifest;
    assert_eq!(manifest.options["verify_certificates"], false);
}
