use std::io::Write;

use mde_forensics_core::Fault;

use super::*;
use crate::canned::{Canned, reply};

mod patience;
mod surroundings;
mod turns;

const TIME: Duration = Duration::from_secs(5);

fn transport() -> Transport {
    Transport::new(&TransportOptions { proxy: Proxy::None, ..TransportOptions::default() }).unwrap()
}

fn get(url: &str) -> http::Request<Vec<u8>> {
    let token = "Bearer hunter2";
    http::Request::get(url).header("authorization", token).body(Vec::new()).unwrap()
}

async fn exchange(replies: Vec<Vec<u8>>, limit: usize) -> (Exchange, Vec<String>) {
    let server = Canned::new(replies).await;
    let exchange = transport().send(get(&server.url("/api?secret=hunter2")), limit, TIME).await;
    (exchange, server.asked())
}

#[tokio::test]
async fn a_reply_is_handed_over_whole_and_decoded() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"{\"value\":1}").unwrap();
    let body = gzip.finish().unwrap();
    let canned =
        reply("201 Created", &[("content-encoding", "gzip"), ("x-ms-request-id", "7")], body);

    let (exchange, asked) = exchange(vec![canned], 100).await;
    let Exchange::Reply(reply) = exchange else { panic!("{exchange:?}") };
    assert_eq!(reply.status(), 201);
    assert_eq!(reply.headers()["x-ms-request-id"], "7");
    assert_eq!(reply.headers().get("content-encoding"), None);
    assert_eq!(reply.body(), b"{\"value\":1}");
    let asked = asked[0].to_ascii_lowercase();
    assert!(asked.contains("accept-encoding: gzip, deflate\r\n"), "{asked}");
    let agent = concat!("user-agent: mde-forensics/", env!("CARGO_PKG_VERSION"), "\r\n");
    assert!(asked.contains(agent), "{asked}");
}

#[tokio::test]
async fn a_redirect_is_a_reply_and_the_token_goes_no_further() {
    let (exchange, asked) =
        exchange(vec![reply("302 Found", &[("location", "/elsewhere")], "")], 100).await;
    let Exchange::Reply(reply) = exchange else { panic!("{exchange:?}") };
    assert_eq!(reply.status(), 302);
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn a_body_that_cannot_be_had_is_broken() {
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
    let coded = reply("200 OK", &[("content-encoding", "gzip")], "not gzip");
    for (canned, code) in [
        (short, Code::ConnectionLost),
        (coded, Code::InvalidEncoding),
        (reply("200 OK", &[], [b'x'; 101]), Code::TooLarge),
    ] {
        let (exchange, _) = exchange(vec![canned], 100).await;
        let Exchange::Broken(error) = exchange else { panic!("{exchange:?}") };
        assert_eq!(error.code(), code);
        assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn of_what_others_have_decoded_no_more_than_the_limit_is_kept_however_it_begins() {
    for first in [b'{', 0x1f] {
        let exchange = |length| decoded(http::Response::new(vec![first; length]), 100);
        assert!(matches!(exchange(100), Exchange::Reply(_)));
        let exchange = exchange(101);
        let Exchange::Broken(error) = exchange else { panic!("{exchange:?}") };
        assert_eq!(error.code(), Code::TooLarge);
    }
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_leaves_doubt() {
    let (exchange, asked) = exchange(vec![Vec::new()], 100).await;
    let Exchange::Unknown(error) = exchange else { panic!("{exchange:?}") };
    assert_eq!(error.code(), Code::ConnectionLost);
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
    assert_eq!(asked.len(), 1, "it must not be repeated");
}

#[tokio::test]
async fn an_answer_that_is_not_http_leaves_doubt() {
    let (exchange, _) = exchange(vec![b"SSH-2.0-OpenSSH\r\n".to_vec()], 100).await;
    assert!(matches!(exchange, Exchange::Unknown(_)), "{exchange:?}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api?secret=hunter2", listener.local_addr().unwrap());
    drop(listener);
    let exchange = transport().send(get(&url), 100, TIME).await;
    let Exchange::NotSent(error) = exchange else { panic!("{exchange:?}") };
    assert_eq!((error.code(), error.fault()), (Code::ConnectFailed, Fault::Transport));
    assert!(error.message().contains("127.0.0.1"), "{error}");
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_plain_server_behind_https_was_sent_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/api", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let exchange = transport().send(get(&url), 100, TIME).await;
    let Exchange::NotSent(error) = exchange else { panic!("{exchange:?}") };
    assert_eq!(error.code(), Code::TlsFailed, "{error}");
}

#[tokio::test]
async fn a_request_that_is_late_already_is_not_sent() {
    let server = Canned::new([reply("200 OK", &[], "")]).await;
    let exchange = transport().send(get(&server.url("/")), 100, Duration::ZERO).await;
    assert!(matches!(exchange, Exchange::NotSent(_)), "{exchange:?}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_request_whose_connection_comes_too_late_is_given_up() {
    // It accepts connections and never answers the TLS handshake.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let exchange = transport().send(get(&url), 100, Duration::from_millis(50)).await;
    let Exchange::Unknown(error) = exchange else { panic!("{exchange:?}") };
    assert_eq!(error.code(), Code::TimedOut);
}

#[tokio::test]
async fn a_reply_that_takes_its_time_is_waited_for() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", server.local_addr().unwrap());
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let late = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = server.accept().await.unwrap();
        wait.await.unwrap();
        stream.write_all(&reply("200 OK", &[], "late")).await.unwrap();
    });
    let transport = transport();
    let sending = transport.send(get(&url), 100, Duration::from_millis(30));
    let watch = async {
        tokio::time::sleep(Duration::from_millis(120)).await;
        go.send(()).unwrap();
    };
    let (exchange, ()) = tokio::join!(sending, watch);
    late.await.unwrap();
    assert!(matches!(exchange, Exchange::Reply(_)), "{exchange:?}");
}

#[tokio::test]
async fn a_proxy_sees_what_is_asked_and_not_the_way_past_it() {
    let proxy = Canned::new([reply("200 OK", &[], "by proxy")]).await;
    let server = Canned::new([reply("200 OK", &[], "direct")]).await;
    let options = TransportOptions {
        proxy: Proxy::url(&proxy.url("/").replace("://", "://user:hunter2@")).unwrap(),
        ..TransportOptions::default()
    };
    let transport = Transport::new(&options).unwrap();
    let by_proxy = transport.send(get(&server.url("/api")), 100, TIME).await;
    assert!(matches!(by_proxy, Exchange::Reply(reply) if reply.body() == b"by proxy"));
    let asked = &proxy.asked()[0];
    assert!(asked.starts_with(&format!("GET {} HTTP/1.1\r\n", server.url("/api"))), "{asked}");
    assert!(asked.to_ascii_lowercase().contains("proxy-authorization: basic "), "{asked}");
    let direct = transport.send_direct(get(&server.url("/api")), 100, TIME).await;
    assert!(matches!(direct, Exchange::Reply(reply) if reply.body() == b"direct"));
}

#[test]
fn the_systems_proxy_is_not_asked_for_this_machine() {
    let routes = |proxy| {
        let options = TransportOptions { proxy, ..TransportOptions::default() };
        let Transport::Own(own) = Transport::new(&options).unwrap() else {
            panic!("another's transport")
        };
        own.api
    };
    let is_direct =
        |routes: &Routes<Api>, host| std::ptr::eq(routes.to(Some(host)), &raw const routes.direct);
    let (system, explicit) =
        (routes(Proxy::System), routes(Proxy::url("http://127.0.0.1:1").unwrap()));
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        assert!(is_direct(&system, host) && !is_direct(&explicit, host), "{host}");
    }
    assert!(
        !is_direct(&system, "api.security.microsoft.com") && !is_direct(&system, "127.example.com")
    );
}

#[test]
fn bad_options_are_refused() {
    let suffix = |suffix: &str| TransportOptions {
        user_agent_suffix: Some(suffix.to_owned()),
        ..TransportOptions::default()
    };
    assert!(Transport::new(&suffix("contoso-soar/1.0")).is_ok());
    assert_eq!(Transport::new(&suffix("a\r\nb: c")).unwrap_err().code(), Code::InvalidOption);
    for url in ["", "proxy:8080", "socks5://proxy", "http://"] {
        assert_eq!(Proxy::url(url).unwrap_err().code(), Code::InvalidOption, "{url}");
    }
    for password in ["hunter2", "hun^ter2", "hun|ter2", "hun\"ter2", "hünter2"] {
        let proxy = Proxy::url(&format!(" http://user:{password}@proxy.example:8080 ")).unwrap();
        assert!(!format!("{proxy:?}").contains("ter2"));
        let options = TransportOptions { proxy, ..TransportOptions::default() };
        let is_used = options.proxies().intercept(&Uri::from_static("https://x/")).is_some();
        assert!(is_used, "{password}");
    }
}

#[tokio::test]
async fn the_connection_of_another_request_leaves_this_one_alone() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", server.local_addr().unwrap());
    // It accepts connections and never answers the TLS handshake.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let never = format!("https://{}/", mute.local_addr().unwrap());
    let transport = transport();
    let other = transport.send(get(&never), 100, TIME);
    let late = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = server.accept().await.unwrap();
        assert_ne!(stream.read(&mut [0; 4096]).await.unwrap(), 0);
        tokio::time::sleep(Duration::from_millis(120)).await;
        stream.write_all(&reply("200 OK", &[], "late")).await.unwrap();
    };
    let sent = transport.send(get(&url), 100, Duration::from_millis(30));
    let (exchange, ()) = tokio::select! {
        both = async { tokio::join!(sent, late) } => both,
        other = other => panic!("{other:?}"),
    };
    assert!(matches!(exchange, Exchange::Reply(_)), "{exchange:?}");
}
