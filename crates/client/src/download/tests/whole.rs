use super::*;

#[tokio::test]
async fn a_package_arrives_is_sealed_and_verifies() {
    let bench = Bench::new();
    assert!(matches!(bench.downloads.inspect(NAME).await, Held::Nothing));

    let received = bench.fetched(&package()).await;
    assert_eq!(received.0, package().len() as u64);
    let sealed = bench.seal(received.clone(), false).await;
    assert!(matches!(sealed, Sealed::Whole { members: 1, findings: 0 }), "{sealed:?}");
    assert_eq!(bench.names(), [NAME.to_owned(), format!("{NAME}.manifest.json")]);
    assert_eq!(fs::read(bench.path("")).unwrap(), package());

    let verification = verify(&bench.path("")).unwrap();
    assert!(verification.is_verified(), "{:?}", verification.differences);
    assert_eq!((verification.size, verification.sha256.clone()), received);
    let held = bench.downloads.inspect(NAME).await;
    assert!(matches!(held, Held::Sealed { size, .. } if size == received.0), "{held:?}");
}

#[tokio::test]
async fn the_manifest_says_what_was_asked_and_what_came() {
    let bench = Bench::new();
    let received = bench.fetched(&package()).await;
    bench.seal(received, false).await;

    let text = fs::read_to_string(bench.path(".manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["custody"]["comment"], "INC-42");
    assert_eq!(manifest["options"]["timeout"], 1800);
    assert_eq!(manifest["tool"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["verdict"], "whole");
    assert_eq!(manifest["package"]["name"], NAME);
    // The member's SHA-256, computed with another tool.
    let member = &manifest["members"][0];
    assert_eq!(member["name"], "Processes/Processes.csv");
    assert_eq!(
        member["sha256"],
        "243f0fc5c09f1917e0d1cd3550358163aa43fb84852eb90f692710e5df0c8cdf"
    );
    let keys: Vec<_> = text.lines().filter(|line| line.starts_with("  \"")).collect();
    assert!(keys.is_sorted(), "{keys:?}");
}

#[tokio::test]
async fn nothing_of_ours_goes_to_the_download_host() {
    let bench = Bench::new();
    let server = Canned::new([reply("200 OK", &[("set-cookie", "a=b")], package())]).await;
    bench.fetch(&server, None).await;
    let asked = server.asked()[0].to_ascii_lowercase();
    let names: Vec<_> = asked
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    assert!(
        names.iter().all(|name| ["accept", "accept-encoding", "host", "user-agent"].contains(name)),
        "{names:?}"
    );
    assert!(asked.contains("accept-encoding: identity\r\n"));
}

#[tokio::test]
async fn the_link_is_written_nowhere() {
    let bench = Bench::new();
    let short = b"HTTP/1.1 200 OK\r\netag: \"v1\"\r\ncontent-length: 99\r\n\r\nPK".to_vec();
    let server = Canned::new([short]).await;
    let fetched = bench.fetch(&server, None).await;
    assert!(!format!("{fetched:?}").contains(SECRET));
    for name in bench.names() {
        let bytes = fs::read(bench.folder.path().join(name)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET));
    }
}

#[tokio::test]
async fn a_package_of_unknown_length_is_taken_to_its_end() {
    let bench = Bench::new();
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for part in package().chunks(7) {
        chunked.extend(format!("{:x}\r\n", part.len()).bytes());
        chunked.extend(part);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    let server = Canned::new([chunked]).await;
    let fetched = bench.fetch(&server, None).await;
    assert!(
        matches!(fetched, Fetched::Complete { size, .. } if size == package().len() as u64),
        "{fetched:?}"
    );
}
