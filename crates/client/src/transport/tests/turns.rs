//! A burst of calls, and which of them wait.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::transport::turns::AT_ONCE;

/// What a server has seen.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
    /// The current and the highest number of connections or requests.
    open: AtomicUsize,
    most: AtomicUsize,
}

/// A server that keeps connections open and, if `answers`, answers each request on them.
async fn server(answers: bool) -> (String, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let seen = Arc::<Seen>::default();
    let told = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            told.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, answers, Arc::clone(&told)));
        }
    });
    (url, seen)
}

async fn serve(mut stream: TcpStream, answers: bool, seen: Arc<Seen>) {
    let mut request = Vec::new();
    while stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {
        if !request.ends_with(b"\r\n\r\n") {
            continue;
        }
        request.clear();
        seen.requests.fetch_add(1, Ordering::SeqCst);
        let open = seen.open.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most.fetch_max(open, Ordering::SeqCst);
        if !answers {
            continue;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        seen.open.fetch_sub(1, Ordering::SeqCst);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    }
}

#[tokio::test]
async fn a_burst_goes_over_few_connections() {
    let (url, seen) = server(true).await;
    let transport = transport();
    let exchanges = join_all((0..100).map(|_| transport.send(get(&url), 100, TIME))).await;
    assert!(exchanges.iter().all(|exchange| matches!(exchange, Exchange::Reply(_))));
    assert!(seen.most.load(Ordering::SeqCst) <= AT_ONCE, "{}", seen.most.load(Ordering::SeqCst));
    // A connection that is still being made when another becomes free is kept for later.
    let connections = seen.connections.load(Ordering::SeqCst);
    assert!(connections <= 2 * AT_ONCE, "{connections}");
}

#[tokio::test]
async fn nobody_waits_for_those_that_are_not_answered() {
    let (url, seen) = server(false).await;
    let transport = transport();
    let all = 3 * AT_ONCE;
    let sending = join_all((0..all).map(|_| transport.send(get(&url), 100, TIME)));
    let arrived = async {
        while seen.requests.load(Ordering::SeqCst) < all {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        exchanges = sending => panic!("{exchanges:?}"),
        () = arrived => {}
    }
}

#[tokio::test]
async fn what_waited_for_its_turn_too_long_has_not_left() {
    let (url, seen) = server(false).await;
    let transport = transport();
    let mut sending: Vec<_> =
        (0..AT_ONCE).map(|_| Box::pin(transport.send(get(&url), 100, TIME))).collect();
    let late = transport.send(get(&url), 100, Duration::from_millis(1));
    let late = async {
        while seen.requests.load(Ordering::SeqCst) < AT_ONCE {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        late.await
    };
    let exchange = tokio::select! {
        exchanges = join_all(sending.iter_mut()) => panic!("{exchanges:?}"),
        exchange = late => exchange,
    };
    let Exchange::NotSent(error) = exchange else { panic!("{exchange:?}") };
    assert_eq!(error.code(), Code::TimedOut);
    assert_eq!(seen.requests.load(Ordering::SeqCst), AT_ONCE);
}
