use super::*;

fn to(location: &str) -> Vec<u8> {
    reply("302 Found", &[("location", location), ("set-cookie", "session=1")], "")
}

#[tokio::test]
async fn three_redirects_are_followed_with_nothing_in_hand() {
    let bench = Bench::new();
    let server =
        Canned::new([to("/a?t=1"), to("b"), to("/c"), reply("200 OK", &[], package())]).await;
    let fetched = bench.fetch(&server, None).await;
    assert!(matches!(fetched, Fetched::Complete { .. }), "{fetched:?}");
    let lines: Vec<_> =
        server.asked().iter().map(|asked| asked.lines().next().unwrap().to_owned()).collect();
    assert_eq!(lines[1..], ["GET /a?t=1 HTTP/1.1", "GET /b HTTP/1.1", "GET /c HTTP/1.1"]);
    for asked in server.asked() {
        assert!(!asked.to_ascii_lowercase().contains("cookie"), "{asked}");
        assert!(!asked.to_ascii_lowercase().contains("referer"), "{asked}");
    }
}

#[tokio::test]
async fn a_fourth_redirect_is_refused() {
    let bench = Bench::new();
    let server =
        Canned::new([to("/a"), to("/b"), to("/c"), to("/d"), reply("200 OK", &[], package())])
            .await;
    let fetched = bench.fetch(&server, None).await;
    let Fetched::Refused(error) = fetched else { panic!("{fetched:?}") };
    assert_eq!(error.code(), Code::UnexpectedRedirect);
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_redirect_must_be_secure() {
    for location in [
        "http://example.com/package.zip",
        "ftp://example.com/package.zip",
        "http://user:password@127.0.0.1/",
        "http://",
    ] {
        let bench = Bench::new();
        let fetched = bench.fetch(&Canned::new([to(location)]).await, None).await;
        let Fetched::Refused(error) = fetched else { panic!("{fetched:?}") };
        assert_eq!(error.code(), Code::ForeignLink, "{location}: {error}");
    }
}
