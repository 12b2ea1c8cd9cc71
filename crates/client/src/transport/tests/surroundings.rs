//! Settings from the process's environment.

use super::*;
use crate::again;

const TEST: &str = "transport::tests::surroundings::the_proxy_of_the_environment_is_asked";

#[test]
fn the_proxy_of_the_environment_is_asked() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if again::is_child() {
        let transport = Transport::new(&TransportOptions::default()).unwrap();
        for (host, wanted) in [("api.example", "by proxy"), ("127.0.0.1:1", ""), ("in.house", "")] {
            let url = format!("http://{host}/api");
            let exchange = runtime.block_on(transport.send(get(&url), 100, TIME));
            let body = match exchange {
                Exchange::Reply(reply) => String::from_utf8(reply.into_body()).unwrap(),
                _ => String::new(),
            };
            assert_eq!(body, wanted, "{host}");
        }
        return;
    }
    let proxy = runtime.block_on(Canned::new([reply("200 OK", &[], "by proxy")]));
    let url = proxy.url("");
    let variables = [("http_proxy", url.as_str()), ("HTTP_PROXY", &url), ("NO_PROXY", "in.house")];
    again::run(TEST, &[&variables[..], &[("no_proxy", "in.house")]].concat());
    let asked = proxy.asked();
    assert!(asked[0].starts_with("GET http://api.example/api HTTP/1.1\r\n"), "{asked:?}");
    assert_eq!(asked.len(), 1, "{asked:?}");
}
