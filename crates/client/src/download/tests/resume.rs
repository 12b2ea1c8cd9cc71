use super::*;

/// The first `count` bytes of the package, after which the connection closes.
fn cut(count: usize, tag: &str) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {}\r\n\r\n", package().len());
    [head.as_bytes(), &package()[..count]].concat()
}

fn rest(from: usize, headers: &[(&str, &str)]) -> Vec<u8> {
    let total = package().len();
    let range = format!("bytes {from}-{}/{total}", total - 1);
    let headers = [&[("content-range", range.as_str())], headers].concat();
    reply("206 Partial Content", &headers, &package()[from..])
}

async fn begun(tag: &str, replies: impl IntoIterator<Item = Vec<u8>>) -> (Bench, Canned, Partial) {
    let bench = Bench::new();
    let server = Canned::new([cut(40, tag)].into_iter().chain(replies)).await;
    let fetched = bench.fetch(&server, None).await;
    let Fetched::Interrupted { partial, error } = fetched else { panic!("{fetched:?}") };
    assert_eq!(error.code(), Code::ConnectionLost);
    assert_eq!(partial.received, 40);
    (bench, server, partial)
}

fn assert_whole(bench: &Bench, fetched: &Fetched) {
    assert!(matches!(fetched, Fetched::Complete { .. }), "{fetched:?}");
    assert_eq!(fs::read(bench.path(".part")).unwrap(), package());
}

#[tokio::test]
async fn the_rest_is_asked_for_and_the_whole_is_hashed() {
    let (bench, server, partial) = begun(TAG, [rest(40, &[("etag", TAG)])]).await;
    assert_eq!(partial.validator.as_deref(), Some(TAG));
    let Held::Partial(held) = bench.downloads.inspect(NAME).await else { panic!() };
    assert_eq!(held, partial);

    let fetched = bench.fetch(&server, Some(partial)).await;
    assert_whole(&bench, &fetched);
    let Fetched::Complete { sha256, .. } = fetched else { panic!() };
    assert_eq!(sha256, Bench::new().fetched(&package()).await.1);
    let asked = server.asked()[1].to_ascii_lowercase();
    assert!(
        asked.contains("range: bytes=40-\r\n") && asked.contains("if-range: \"v1\"\r\n"),
        "{asked}"
    );
}

#[tokio::test]
async fn another_package_is_fetched_from_its_start() {
    let (bench, server, partial) =
        begun(TAG, [reply("200 OK", &[("etag", "\"v2\"")], package())]).await;
    assert_whole(&bench, &bench.fetch(&server, Some(partial)).await);
}

#[tokio::test]
async fn a_weak_validator_is_not_trusted() {
    let (bench, server, partial) = begun("W/\"v1\"", [reply("200 OK", &[], package())]).await;
    assert_eq!(partial.validator, None);
    assert_whole(&bench, &bench.fetch(&server, Some(partial)).await);
    assert!(!server.asked()[1].to_ascii_lowercase().contains("range"));
}

#[tokio::test]
async fn a_rest_that_does_not_fit_is_not_appended() {
    let total = format!("bytes 40-{}/{}", package().len(), package().len() + 1);
    for wrong in [
        rest(39, &[]),
        rest(40, &[("etag", "\"v2\"")]),
        reply("206 Partial Content", &[("content-range", total.as_str())], &package()[40..]),
        reply("206 Partial Content", &[], &package()[40..]),
        reply("416 Range Not Satisfiable", &[("content-range", "bytes */39")], ""),
    ] {
        let (bench, server, partial) = begun(TAG, [wrong, reply("200 OK", &[], package())]).await;
        let fetched = bench.fetch(&server, Some(partial)).await;
        let Fetched::Interrupted { partial, error } = fetched else { panic!("{fetched:?}") };
        assert_eq!((error.code(), partial.received), (Code::PackageChanged, 0));
        assert_whole(&bench, &bench.fetch(&server, Some(partial)).await);
    }
}

#[tokio::test]
async fn a_download_that_is_complete_already_asks_for_nothing() {
    let bench = Bench::new();
    let (size, sha256) = bench.fetched(&package()).await;
    let Held::Partial(partial) = bench.downloads.inspect(NAME).await else { panic!() };
    let server = Canned::new([]).await;
    let fetched = bench.fetch(&server, Some(partial)).await;
    let Fetched::Complete { size: again, sha256: hash } = fetched else { panic!("{fetched:?}") };
    assert_eq!((again, hash), (size, sha256));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn bytes_of_another_download_are_not_continued() {
    let (bench, server, partial) = begun(TAG, [reply("200 OK", &[], package())]).await;
    let other = Partial::new(partial.received, Some("\"v9\"".to_owned()), partial.total);
    assert_whole(&bench, &bench.fetch(&server, Some(other)).await);
    assert!(!server.asked()[1].to_ascii_lowercase().contains("range"));
}

#[tokio::test]
async fn a_part_that_nobody_asked_for_is_refused() {
    let bench = Bench::new();
    // A longer leftover download without a sidecar.
    fs::write(bench.path(".part"), vec![b'x'; package().len() + 1_000]).unwrap();
    let server = Canned::new([rest(0, &[("etag", TAG)])]).await;
    let fetched = bench.fetch(&server, None).await;
    assert!(!server.asked()[0].to_ascii_lowercase().contains("range:"));
    let Fetched::Refused(error) = fetched else { panic!("{fetched:?}") };
    assert_eq!(error.code(), Code::UnexpectedStatus);
    assert_eq!(error.status(), Some(206));
}
