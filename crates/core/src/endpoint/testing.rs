//! Shared by the endpoints' tests.

use http::Response;
use serde_json::Value;

use super::Endpoint;
use crate::base_url::BaseUrl;
use crate::error::Error;
use crate::secret::AccessToken;

pub(crate) fn base() -> BaseUrl {
    BaseUrl::parse("https://api.security.microsoft.com").unwrap()
}

/// The request's method, URL and body; also checks its headers.
pub(crate) fn sent<E: Endpoint>(endpoint: &E) -> (String, String, Value) {
    let request = endpoint.request(&base(), &AccessToken::new("ey.to.ken")).unwrap();
    assert_eq!(*request.method(), E::METHOD);
    assert_eq!(request.headers()["authorization"], "Bearer ey.to.ken");
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(request.headers()["accept"], "application/json");
    assert_eq!(request.headers().contains_key("content-type"), !request.body().is_empty());
    let body = match request.body().as_slice() {
        [] => Value::Null,
        body => serde_json::from_slice(body).unwrap(),
    };
    (request.method().to_string(), request.uri().to_string(), body)
}

pub(crate) fn reply(status: u16, body: &str) -> Response<Vec<u8>> {
    let kind = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";
    let builder = Response::builder().status(status).header("content-type", kind);
    builder.body(body.as_bytes().to_vec()).unwrap()
}

pub(crate) fn read<E: Endpoint>(endpoint: &E, status: u16, body: &str) -> Result<E::Output, Error> {
    endpoint.response(&base(), &reply(status, body))
}
