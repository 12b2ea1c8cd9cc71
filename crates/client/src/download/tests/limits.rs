use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn limited(shape: impl FnOnce(&mut TransportOptions)) -> Bench {
    let mut options = TransportOptions { proxy: Proxy::None, ..TransportOptions::default() };
    shape(&mut options);
    Bench::with(&options)
}

#[tokio::test]
async fn a_package_that_is_too_large_is_refused() {
    let most = package().len() as u64 - 1;
    let mut unannounced = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    unannounced.extend(package());
    for answer in [reply("200 OK", &[("etag", TAG)], package()), unannounced] {
        let bench = limited(|options| options.max_package = most);
        let fetched = bench.fetch(&Canned::new([answer]).await, None).await;
        let Fetched::Refused(error) = fetched else { panic!("{fetched:?}") };
        assert_eq!(error.code(), Code::TooLarge);
        assert!(error.message().contains(&most.to_string()), "{error}");
        assert!(bench.names().is_empty(), "{:?}", bench.names());
    }
    let bench = limited(|options| options.max_package = most + 1);
    bench.fetched(&package()).await;
}

#[tokio::test]
async fn a_trickle_is_no_download() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/package.zip?token=1", server.local_addr().unwrap());
    let trickling = tokio::spawn(async move {
        let (mut stream, _) = server.accept().await.unwrap();
        assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
        let head = format!("HTTP/1.1 200 OK\r\netag: {TAG}\r\ncontent-length: 9999\r\n\r\nPK");
        stream.write_all(head.as_bytes()).await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let bench = limited(|options| {
        options.progress_window = Duration::from_millis(100);
        options.least_bytes = 9_000;
    });
    let link = PackageLink::parse(&url).unwrap();
    let fetched = bench.downloads.fetch(link, NAME, None, |_, _| {}).await;
    let Fetched::Interrupted { partial, error } = fetched else { panic!("{fetched:?}") };
    assert_eq!(error.code(), Code::TimedOut);
    assert!(error.message().contains("bytes"), "{error}");
    assert!((2..9_000).contains(&partial.received), "{partial:?}");
    trickling.await.unwrap();
}
