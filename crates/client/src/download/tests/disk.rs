use std::io::{self, ErrorKind};

use super::*;

#[tokio::test]
async fn what_exists_is_never_overwritten() {
    let bench = Bench::new();
    let received = bench.fetched(&package()).await;
    fs::write(bench.path(""), "somebody else's").unwrap();

    let sealed = bench.seal(received, false).await;
    let Sealed::Failed(error) = sealed else { panic!("{sealed:?}") };
    assert_eq!(error.code(), Code::FileExists);
    let fetched = bench.fetch(&Canned::new([]).await, None).await;
    let Fetched::Output(error) = fetched else { panic!("{fetched:?}") };
    assert_eq!(error.code(), Code::FileExists);
    assert_eq!(fs::read(bench.path("")).unwrap(), b"somebody else's");
    assert!(!bench.path(".manifest.json").exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let bench = Bench::new();
    let file = bench.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let options = TransportOptions { proxy: Proxy::None, ..TransportOptions::default() };
    let transport = Transport::new(&options).unwrap();
    let downloads = Downloads::new(file.join("out"), json!({}), transport);
    let link = PackageLink::parse("https://example.com/a.zip?token=1").unwrap();
    let fetched = downloads.fetch(link, NAME, None, |_, _| {}).await;
    let Fetched::Output(error) = fetched else { panic!("{fetched:?}") };
    assert_eq!(error.code(), Code::OutputFailed);
    assert!(error.message().contains(file.to_str().unwrap()), "{error}");
}

#[test]
fn a_full_disk_has_a_hint_of_its_own() {
    let hint = |kind| {
        let error = output::failed(Path::new("out/a.part"), &io::Error::from(kind));
        assert_eq!(error.code(), Code::OutputFailed);
        error.hint().to_owned()
    };
    assert!(hint(ErrorKind::StorageFull).contains("full"));
    assert!(hint(ErrorKind::PermissionDenied).contains("cannot be written"));
    assert_eq!(hint(ErrorKind::Other), Code::OutputFailed.hint());
}

#[test]
fn one_download_at_a_time_writes_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::new(folder.path(), NAME).unwrap();
    let held = part::lock(&paths).unwrap();
    let error = part::lock(&paths).unwrap_err();
    assert_eq!(error.code(), Code::OutputFailed);
    assert!(error.message().contains("another download"), "{error}");
    drop(held);
    assert!(part::lock(&paths).is_ok());
}
