use super::*;

const XML: &str = "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code></Error>";

#[tokio::test]
async fn a_dead_link_is_known_by_what_it_gives() {
    for dead in [
        reply("200 OK", &[], ""),
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(),
        reply("200 OK", &[("content-type", "application/octet-stream")], XML),
        reply("200 OK", &[], "\u{feff}\r\n <html>"),
        reply("403 Forbidden", &[("content-type", "application/xml")], XML),
        reply("404 Not Found", &[], ""),
        reply("410 Gone", &[], ""),
    ] {
        let bench = Bench::new();
        let server = Canned::new([dead]).await;
        let fetched = bench.fetch(&server, None).await;
        let Fetched::Dead(error) = fetched else { panic!("{fetched:?}") };
        assert_eq!(error.code(), Code::LinkDead);
        assert!(bench.names().is_empty(), "{:?}", bench.names());
    }
}

#[tokio::test]
async fn a_dead_link_costs_nothing_that_was_received() {
    let bench = Bench::new();
    let cut = b"HTTP/1.1 200 OK\r\netag: \"v1\"\r\ncontent-length: 99\r\n\r\nPK\x03\x04".to_vec();
    let server =
        Canned::new([cut, reply("200 OK", &[], XML), reply("403 Forbidden", &[], XML)]).await;
    let Fetched::Interrupted { partial, .. } = bench.fetch(&server, None).await else { panic!() };
    for _ in 0..2 {
        let fetched = bench.fetch(&server, Some(partial.clone())).await;
        assert!(matches!(fetched, Fetched::Dead(_)), "{fetched:?}");
        assert_eq!(fs::read(bench.path(".part")).unwrap(), b"PK\x03\x04");
    }
}

#[tokio::test]
async fn what_is_no_package_is_refused() {
    for (answer, code) in [
        (
            reply("403 Forbidden", &[("content-type", "text/html; charset=utf-8")], "<p>"),
            Code::NotAPackage,
        ),
        (reply("200 OK", &[("content-encoding", "gzip")], "PK"), Code::InvalidEncoding),
        (reply("401 Unauthorized", &[], ""), Code::UnexpectedStatus),
        (reply("204 No Content", &[], ""), Code::UnexpectedStatus),
    ] {
        let bench = Bench::new();
        let fetched = bench.fetch(&Canned::new([answer]).await, None).await;
        let Fetched::Refused(error) = fetched else { panic!("{fetched:?}") };
        assert_eq!(error.code(), code);
    }
}

#[tokio::test]
async fn a_busy_host_is_asked_again_later() {
    for (status, code) in [("503 Busy", Code::ServiceError), ("429 Many", Code::Throttled)] {
        let bench = Bench::new();
        let server = Canned::new([reply(status, &[("retry-after", "7")], "")]).await;
        let fetched = bench.fetch(&server, None).await;
        let Fetched::Interrupted { error, .. } = fetched else { panic!("{fetched:?}") };
        assert_eq!((error.code(), error.retry_after().unwrap().as_secs()), (code, 7));
    }
}
