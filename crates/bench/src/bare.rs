//! The calls of one workflow, made by hand with reqwest: what a script without our library would do.

use std::io::Read as _;
use std::time::Duration;

use flate2::bufread::{GzDecoder, ZlibDecoder};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue,
    USER_AGENT,
};
use serde_json::{Value, json};

use crate::Result;
use crate::clock::Stepped;
use crate::service::{Service, http};

/// reqwest on one kept-alive connection, and what every call carries.
pub(crate) struct Bare {
    http: reqwest::Client,
    headers: HeaderMap,
    api: String,
}

impl Bare {
    pub(crate) fn new(service: &Service, token: &str) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse()?);
        headers.insert(USER_AGENT, HeaderValue::from_static("bare/0.1.0"));
        Ok(Self { http: http()?, headers, api: format!("{}/api", service.api.as_str()) })
    }

    /// From a device's id to the link of its package.
    pub(crate) async fn workflow(&self, machine: &str, clock: &Stepped) -> Result<String> {
        let Self { api, .. } = self;
        self.get(&format!("{api}/machines/{machine}")).await?;
        self.get(&format!("{api}/machines/{machine}/availableMachineActions")).await?;
        let filter = format!(
            "machineId%20eq%20%27{machine}%27%20and%20type%20eq%20%27CollectInvestigationPackage%27"
        );
        self.get(&format!("{api}/machineactions?$filter={filter}&$top=1000")).await?;
        let body = json!({
            "Comment": "measured [mdef-00000000000000000000]",
            "ExternalId": "mdef-00000000000000000000",
        });
        let url = format!("{api}/machines/{machine}/collectInvestigationPackage");
        let action = self.post(&url, &body).await?;
        let url = format!("{api}/machineactions/{}", text(&action, "id")?);
        for _ in 0..2 {
            clock.advance(BETWEEN_POLLS).await?;
            self.get(&url).await?;
        }
        Ok(text(&self.get(&format!("{url}/getPackageUri")).await?, "value")?.to_owned())
    }

    async fn get(&self, url: &str) -> Result<Value> {
        self.send(self.http.get(url)).await
    }

    async fn post(&self, url: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(url).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string())).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value> {
        let reply = request.headers(self.headers.clone()).send().await?.error_for_status()?;
        let encoding = reply.headers().get(CONTENT_ENCODING).cloned();
        let body = reply.bytes().await?;
        let mut decoded = Vec::new();
        let body = match encoding.as_ref().map(HeaderValue::as_bytes) {
            Some(b"gzip") => {
                GzDecoder::new(&*body).read_to_end(&mut decoded)?;
                &decoded
            }
            Some(b"deflate") => {
                ZlibDecoder::new(&*body).read_to_end(&mut decoded)?;
                &decoded
            }
            _ => &*body,
        };
        Ok(serde_json::from_slice(body)?)
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    let text = value.get(field).and_then(Value::as_str);
    text.ok_or_else(|| format!("the answer has no `{field}`").into())
}

/// The same as the client waits.
pub(crate) const BETWEEN_POLLS: Duration = Duration::from_secs(10);
