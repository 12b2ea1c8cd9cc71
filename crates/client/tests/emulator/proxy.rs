use std::sync::{Arc, Mutex};

use mde_forensics::Proxy;
use mde_forensics_core::engine::Outcome;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::bench::{Bench, DEVICE, SECRET, app};

/// A proxy that makes tunnels (RFC 9110, 9.3.6) and keeps what it can read.
struct Tunnels {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    carried: Arc<Mutex<Vec<u8>>>,
}

impl Tunnels {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://someone:hunter2@{}", listener.local_addr().unwrap());
        let (heads, carried) = (Arc::default(), Arc::default());
        let tunnels = Self { url, heads: Arc::clone(&heads), carried: Arc::clone(&carried) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, Arc::clone(&heads), Arc::clone(&carried)));
            }
        });
        tunnels
    }
}

async fn tunnel(
    stream: TcpStream,
    heads: Arc<Mutex<Vec<String>>>,
    carried: Arc<Mutex<Vec<u8>>>,
) -> Option<()> {
    let mut client = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        client.read_line(&mut head).await.ok().filter(|read| *read > 0)?;
    }
    let target = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    heads.lock().unwrap().push(head);
    let mut server = TcpStream::connect(target).await.ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
    let mut first = vec![0; 16 * 1024];
    let read = client.read(&mut first).await.ok()?;
    carried.lock().unwrap().extend(&first[..read]);
    server.write_all(&first[..read]).await.ok()?;
    copy_bidirectional(&mut client, &mut server).await.ok().map(|_| ())
}

#[tokio::test]
async fn the_whole_path_goes_through_a_proxy_that_learns_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let bench = Bench::new(|config| {
        config.tls = true;
        config.ca_file = Some(ca.clone());
    })
    .await;
    let proxy = Tunnels::new().await;
    let client =
        bench.builder(app()).ca_file(&ca).proxy(Proxy::url(&proxy.url).unwrap()).build().unwrap();
    let run = client.run("INC-42").unwrap().into_folder(folder.path().join("evidence"));
    let report = client.collect(DEVICE, &run).await.unwrap();
    assert!(matches!(report.outcome, Outcome::Collected(_)), "{:?}", report.outcome);

    let heads = proxy.heads.lock().unwrap().clone();
    let emulator = &bench.emulator;
    for url in [emulator.login_url(), emulator.api_url(), emulator.download_url()] {
        let host = url.strip_prefix("https://").unwrap();
        let line = format!("CONNECT {host} HTTP/1.1\r\n");
        assert!(heads.iter().any(|head| head.starts_with(&line)), "{line} in {heads:?}");
    }
    for head in &heads {
        let head = head.to_ascii_lowercase();
        assert!(head.contains("proxy-authorization: basic "), "{head}");
        assert!(!head.contains("bearer"), "{head}");
    }
    let carried = proxy.carried.lock().unwrap();
    assert!(carried.len() > 100, "{}", carried.len());
    let carried = String::from_utf8_lossy(&carried);
    for secret in ["Bearer", SECRET, "GET /"] {
        assert!(!carried.contains(secret), "{secret}");
    }
}
