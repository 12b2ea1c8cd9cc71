//! Timeouts, tested with short real times; the tests assert outcomes, not durations.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const SHORT: Duration = Duration::from_millis(100);
/// Longer than any time limit under test, and shorter than a hanging test may take.
const LONG: Duration = Duration::from_secs(60);

/// The exchange with a server that accepts one connection, sends `said`, and then stays silent.
async fn silent_after(said: &'static [u8], scheme: &str, options: TransportOptions) -> Exchange {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://{}/api?secret=hunter2", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        if !said.is_empty() {
            stream.read_buf(&mut heard).await.unwrap();
            stream.write_all(said).await.unwrap();
        }
        // Ends when the client hangs up.
        let _ = stream.read_to_end(&mut heard).await;
    });
    let transport = Transport::new(&TransportOptions { proxy: Proxy::None, ..options }).unwrap();
    let exchange = tokio::time::timeout(LONG, transport.send(get(&url), 100, LONG)).await;
    drop(transport);
    server.await.unwrap();
    exchange.expect("it ends by itself")
}

fn timed_out(error: &Error) {
    assert_eq!(error.code(), Code::TimedOut, "{error}");
    assert!(error.message().contains("127.0.0.1"), "{error}");
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_is_not_made_in_time_was_sent_nothing() {
    let options = TransportOptions { connect_timeout: SHORT, ..TransportOptions::default() };
    let exchange = silent_after(b"", "https", options).await;
    let Exchange::NotSent(error) = exchange else { panic!("{exchange:?}") };
    assert_eq!(error.code(), Code::ConnectFailed, "{error}");
    assert!(error.message().contains("timed out"), "{error}");
}

#[tokio::test]
async fn a_reply_that_does_not_begin_in_time_leaves_doubt() {
    let options = TransportOptions { read_timeout: SHORT, ..TransportOptions::default() };
    let exchange = silent_after(b"", "http", options).await;
    let Exchange::Unknown(error) = exchange else { panic!("{exchange:?}") };
    timed_out(&error);
}

#[tokio::test]
async fn a_reply_that_stops_in_the_middle_is_broken() {
    let options = TransportOptions { read_timeout: SHORT, ..TransportOptions::default() };
    let said = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
    let exchange = silent_after(said, "http", options).await;
    let Exchange::Broken(error) = exchange else { panic!("{exchange:?}") };
    timed_out(&error);
}

#[tokio::test]
async fn a_reply_may_not_take_longer_than_the_whole_exchange() {
    let options = TransportOptions { total_timeout: SHORT, ..TransportOptions::default() };
    let exchange = silent_after(b"", "http", options).await;
    let Exchange::Unknown(error) = exchange else { panic!("{exchange:?}") };
    timed_out(&error);
}
