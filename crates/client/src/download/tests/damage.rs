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
        assert!(verification.is_intact());
        assert_eq!(verification.manifest.verdict, Verdict::Damaged);
        assert_eq!(verification.manifest.members.len(), members);
        assert!(verification.manifest.damage.is_some());
        assert_eq!(bench.names().len(), 2);
    }
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
        assert_eq!(verify(&bench.path("")).unwrap_err().code(), Code::ManifestMismatch);
        let Held::Conflict(error) = bench.downloads.inspect(NAME).await else { panic!() };
        assert_eq!(error.code(), Code::FileExists);
    }
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
    fs::write(&kept, package()).unwrap();
    assert_eq!(code().await, Code::ManifestMismatch);
    fs::remove_file(Paths::manifest_of(&kept)).unwrap();
    assert_eq!(code().await, Code::FileExists);
    fs::remove_file(&kept).unwrap();
    assert!(matches!(bench.downloads.inspect(NAME).await, Held::Nothing));
}
