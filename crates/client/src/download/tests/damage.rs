use mde_forensics_core::engine::Verdict;

use super::*;

fn damaged() -> Vec<u8> {
    let mut package = package();
    let at = package.windows(4).position(|bytes| bytes == b"syst").unwrap();
    package[at] ^= 1;
    package
}

#[tokio::test]
async fn damage_is_found_and_the_download_given_up() {
    let bench = Bench::new();
    let received = bench.fetched(&damaged()).await;
    let sealed = bench.seal(received, false).await;
    let Sealed::Damaged(error) = sealed else { panic!("{sealed:?}") };
    assert_eq!(error.code(), Code::PackageDamaged);
    assert!(bench.names().is_empty(), "{:?}", bench.names());
}

#[tokio::test]
async fn damaged_evidence_is_kept_and_says_so() {
    for (package, members) in [(damaged(), 1), (b"no package at all".to_vec(), 0)] {
        let bench = Bench::new();
        let received = bench.fetched(&package).await;
        let sealed = bench.seal(received, true).await;
        let Sealed::Damaged(error) = sealed else { panic!("{sealed:?}") };
        assert!(error.message().contains(".damaged.zip"), "{error}");

        let kept = bench.folder.path().join(NAME.replace(".zip", ".damaged.zip"));
        assert_eq!(fs::read(&kept).unwrap(), package);
        let verification = verify(&kept).unwrap();
        assert!(verification.is_intact(), "{:?}", verification.differences);
        assert!(!verification.is_verified());
        assert_eq!(verification.manifest.verdict, Verdict::Damaged);
        assert_eq!(verification.manifest.members.len(), members);
        assert!(verification.manifest.why.is_some());
        assert_eq!(bench.names().len(), 2);
    }
}

/// The package with a flag, method or size of its only member changed in both headers.
fn with_field(at: usize, value: &[u8]) -> Vec<u8> {
    let mut package = package();
    let central = package.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    for start in [at, central + 2 + at] {
        package[start..start + value.len()].copy_from_slice(value);
    }
    package
}

#[tokio::test]
async fn what_could_not_be_checked_is_kept_and_never_called_verified() {
    let (flags, method) = (6, 8);
    for (package, word) in
        [(with_field(flags, &[1, 0]), "encrypted"), (with_field(method, &[98, 0]), "not read")]
    {
        let bench = Bench::new();
        let received = bench.fetched(&package).await;
        let sealed = bench.seal(received.clone(), false).await;
        let Sealed::Unverified { members: 1, findings: 1, why } = sealed else {
            panic!("{sealed:?}")
        };
        assert!(why.contains(word), "{why}");
        assert_eq!(bench.names(), [NAME.to_owned(), format!("{NAME}.manifest.json")]);

        let verification = verify(&bench.path("")).unwrap();
        assert!(verification.is_intact() && !verification.is_verified());
        assert_eq!(verification.manifest.verdict, Verdict::Unverified);
        assert_eq!(verification.manifest.why, Some(why));
        let held = bench.downloads.inspect(NAME).await;
        assert!(matches!(held, Held::Sealed { verdict: Verdict::Unverified, .. }), "{held:?}");
    }
}

#[tokio::test]
async fn an_archive_without_members_is_damaged() {
    let bench = Bench::new();
    let received = bench.fetched(&[b"PK\x05\x06".as_slice(), &[0; 18]].concat()).await;
    let sealed = bench.seal(received, false).await;
    let Sealed::Damaged(error) = sealed else { panic!("{sealed:?}") };
    assert!(error.message().contains("no members"), "{error}");
}

#[tokio::test]
async fn a_manifest_that_was_altered_is_told_from_its_package() {
    for (field, was, is) in [
        ("member `Processes/Processes.csv`: sha256", "243f0fc5", "00000000"),
        ("member `Processes/Processes.csv`", "Processes/Processes.csv", "Processes/Other.csv"),
        ("member `Processes/Processes.csv`: size", "\"size\": 19", "\"size\": 18"),
        ("verdict", "\"verdict\": \"whole\"", "\"verdict\": \"unverified\""),
    ] {
        let bench = Bench::new();
        let received = bench.fetched(&package()).await;
        bench.seal(received, false).await;
        let text = fs::read_to_string(bench.path(".manifest.json")).unwrap();
        assert!(text.contains(was), "{was} is not in {text}");
        fs::write(bench.path(".manifest.json"), text.replace(was, is)).unwrap();

        let verification = verify(&bench.path("")).unwrap();
        assert!(!verification.is_intact(), "{field}");
        let is_named = verification.differences.iter().any(|it| it.what == field);
        assert!(is_named, "{field}: {:?}", verification.differences);
    }
}

#[tokio::test]
async fn damage_that_the_manifest_denies_is_found() {
    let bench = Bench::new();
    let received = bench.fetched(&damaged()).await;
    bench.seal(received, true).await;
    let kept = bench.folder.path().join(NAME.replace(".zip", ".damaged.zip"));
    let manifest = kept.with_file_name(NAME.replace(".zip", ".damaged.zip.manifest.json"));
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"damaged\"", "\"whole\"")).unwrap();
    let verification = verify(&kept).unwrap();
    assert_eq!(verification.differences.len(), 1, "{:?}", verification.differences);
    assert_eq!(verification.differences[0].what, "verdict");
}

#[tokio::test]
async fn an_altered_package_is_told_from_its_manifest() {
    let bench = Bench::new();
    let received = bench.fetched(&package()).await;
    bench.seal(received, false).await;
    fs::write(bench.path(""), damaged()).unwrap();

    let verification = verify(&bench.path("")).unwrap();
    let what: Vec<_> =
        verification.differences.iter().map(|difference| difference.what.as_str()).collect();
    assert_eq!(what[0], "sha256");
    assert!(what.contains(&"member `Processes/Processes.csv`: verdict"), "{what:?}");
    let Held::Conflict(error) = bench.downloads.inspect(NAME).await else { panic!() };
    assert_eq!(error.code(), Code::ManifestMismatch);
}

#[tokio::test]
async fn members_that_came_or_went_are_named() {
    let bench = Bench::new();
    let received = bench.fetched(&package()).await;
    bench.seal(received, false).await;
    fs::write(bench.path(""), zip("Services/Services.csv", b"Name\r\n")).unwrap();

    let verification = verify(&bench.path("")).unwrap();
    let find = |name: &str| {
        let what = format!("member `{name}`");
        verification.differences.iter().find(|difference| difference.what == what).unwrap()
    };
    assert_eq!(find("Processes/Processes.csv").manifest.as_deref(), Some("19 bytes"));
    assert_eq!(find("Processes/Processes.csv").file, None);
    assert_eq!(find("Services/Services.csv").file.as_deref(), Some("6 bytes"));
}

#[tokio::test]
async fn a_package_without_a_usable_manifest_cannot_be_verified() {
    let bench = Bench::new();
    fs::write(bench.path(""), package()).unwrap();
    for manifest in [None, Some("{"), Some("{\"version\":2}")] {
        if let Some(manifest) = manifest {
            fs::write(bench.path(".manifest.json"), manifest).unwrap();
        }
        let code = verify(&bench.path("")).unwrap_err().code();
        let wanted = manifest.map_or(Code::ManifestMissing, |_| Code::ManifestMismatch);
        assert_eq!(code, wanted);
        let Held::Conflict(error) = bench.downloads.inspect(NAME).await else { panic!() };
        assert_eq!(error.code(), Code::FileExists);
    }
}

/// A pipe without a writer has no end, and neither has a device.
#[cfg(unix)]
#[test]
fn only_a_plain_file_is_read_as_a_manifest_or_a_package() {
    let bench = Bench::new();
    let mkfifo = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let (zip, manifest) = (bench.path(""), bench.path(".manifest.json"));
    fs::write(&zip, package()).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &manifest).unwrap();
    let refused = || verify(&zip).unwrap_err();
    assert!(refused().to_string().contains("it is no file"), "{}", refused());
    fs::remove_file(&manifest).unwrap();
    mkfifo(&manifest);
    assert!(refused().to_string().contains("it is no file"), "{}", refused());
    fs::remove_file(&manifest).unwrap();
    fs::File::create(&manifest).unwrap().set_len((64 << 20) + 1).unwrap();
    assert!(refused().to_string().contains("more than any honest one"), "{}", refused());
}

#[tokio::test]
async fn damaged_evidence_is_known_again_without_a_download() {
    let bench = Bench::new();
    let received = bench.fetched(&damaged()).await;
    bench.seal(received, true).await;
    let kept = bench.folder.path().join(NAME.replace(".zip", ".damaged.zip"));
    let code = async || match bench.downloads.inspect(NAME).await {
        Held::Conflict(error) => {
            assert!(error.message().contains(".damaged.zip"), "{error}");
            error.code()
        }
        held => panic!("{held:?}"),
    };
    assert_eq!(code().await, Code::PackageDamaged);
    // A crash during the rename left the first name as well: a later write to it must not reach the
    // kept file.
    let part = bench.folder.path().join(format!("{NAME}.part"));
    fs::hard_link(&kept, &part).unwrap();
    assert_eq!(code().await, Code::PackageDamaged);
    assert!(!part.exists());
    fs::write(&kept, package()).unwrap();
    assert_eq!(code().await, Code::ManifestMismatch);
    fs::remove_file(manifest_path(&kept)).unwrap();
    assert_eq!(code().await, Code::FileExists);
    fs::remove_file(&kept).unwrap();
    assert!(matches!(bench.downloads.inspect(NAME).await, Held::Nothing));
}
