use std::io::{self, ErrorKind};

use mde_forensics_core::work::Effect;

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
    assert!(matches!(fetched, Fetched::InPlace), "{fetched:?}");
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
    let out = tempfile::tempdir().unwrap();
    let (lock, unlock) =
        (Effect::Lock { name: NAME.to_owned() }, Effect::Unlock { name: NAME.to_owned() });
    let [mut first, mut second] = [Folder::new(out.path()), Folder::new(out.path())];
    assert!(!first.answer(&lock).exists);
    assert!(second.answer(&lock).exists);
    first.answer(&unlock);
    let given = second.answer(&lock);
    assert!(!given.exists && given.failed.is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_written_through_a_link() {
    let bench = Bench::new();
    let elsewhere = bench.folder.path().join("elsewhere");
    fs::write(&elsewhere, "somebody else's").unwrap();
    std::os::unix::fs::symlink(&elsewhere, bench.path(".part")).unwrap();
    let server = Canned::new([reply("200 OK", &[("etag", TAG)], package())]).await;
    let fetched = bench.fetch(&server, None).await;
    let Fetched::Output(error) = fetched else { panic!("{fetched:?}") };
    assert_eq!(error.code(), Code::OutputFailed);
    assert!(error.message().contains("link"), "{error}");
    assert_eq!(fs::read(&elsewhere).unwrap(), b"somebody else's");
}

#[tokio::test]
async fn the_record_of_another_package_is_never_overwritten() {
    let bench = Bench::new();
    let received = bench.fetched(&package()).await;
    bench.seal(received, false).await;
    let record = fs::read(bench.path(".manifest.json")).unwrap();
    let locker = bench.folder.path().join("locker");
    fs::rename(bench.path(""), &locker).unwrap();

    let other = zip("Services/Services.csv", b"Name\r\n");
    let received = bench.fetched(&other).await;
    let sealed = bench.seal(received.clone(), false).await;
    let Sealed::Failed(error) = sealed else { panic!("{sealed:?}") };
    assert_eq!(error.code(), Code::FileExists);
    assert!(error.message().contains(".manifest.json"), "{error}");
    assert_eq!(fs::read(bench.path(".manifest.json")).unwrap(), record);
    assert_eq!(fs::read(bench.path(".part")).unwrap(), other, "what was received is kept");
    assert!(!bench.path(".manifest.json.new").exists());

    // The manifest goes where the package went, and the download is sealed where it is.
    fs::rename(bench.path(".manifest.json"), locker.with_extension("manifest.json")).unwrap();
    let sealed = bench.seal(received, false).await;
    assert!(matches!(sealed, Sealed::Whole { .. }), "{sealed:?}");
    assert!(verify(&bench.path("")).unwrap().is_intact());
}

#[tokio::test]
async fn the_same_package_again_stands_under_its_first_record() {
    let bench = Bench::new();
    let received = bench.fetched(&package()).await;
    bench.seal(received, false).await;
    let record = fs::read(bench.path(".manifest.json")).unwrap();
    fs::rename(bench.path(""), bench.folder.path().join("locker")).unwrap();

    let received = bench.fetched(&package()).await;
    let mut later = custody();
    later.downloaded += time::Duration::days(1);
    let (size, sha256) = received;
    let sealed = bench.downloads.seal(NAME, later, size, sha256, false, ()).await;
    assert!(matches!(sealed, Sealed::Whole { .. }), "{sealed:?}");
    assert_eq!(fs::read(bench.path(".manifest.json")).unwrap(), record);
    assert!(matches!(bench.downloads.inspect(NAME).await, Held::Sealed { .. }));
}

#[tokio::test]
async fn a_name_that_a_crash_left_empty_is_given_back() {
    let bench = Bench::new();
    let received = bench.fetched(&package()).await;
    // As after a crash in the middle of a rename on a system without hard links.
    for end in ["", ".manifest.json"] {
        fs::write(bench.path(end), "").unwrap();
    }
    let held = bench.downloads.inspect(NAME).await;
    let Held::Partial(partial) = held else { panic!("{held:?}") };
    let fetched = bench.fetch(&Canned::new([]).await, Some(partial)).await;
    assert!(matches!(fetched, Fetched::Complete { .. }), "{fetched:?}");
    let sealed = bench.seal(received, false).await;
    assert!(matches!(sealed, Sealed::Whole { .. }), "{sealed:?}");
    assert!(verify(&bench.path("")).unwrap().is_intact());
}

#[tokio::test]
async fn an_empty_file_with_nothing_beside_it_is_somebody_elses() {
    let bench = Bench::new();
    fs::write(bench.path(""), "").unwrap();
    let held = bench.downloads.inspect(NAME).await;
    assert!(matches!(held, Held::Conflict(_)), "{held:?}");
    assert!(bench.path("").exists());
}
