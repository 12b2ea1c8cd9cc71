//! An emulator with a still clock, and a client for it.

use std::sync::Arc;
use std::time::Duration;

use mde_forensics_emulator::config::{ClockMode, Device, Options};
use mde_forensics_emulator::{Config, Emulator, Handle, TokenRequest};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use time::macros::datetime;

pub(crate) const START: time::OffsetDateTime = datetime!(2026-01-05 10:00 UTC);
pub(crate) const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";
pub(crate) const TENANT: &str = "contoso.onmicrosoft.com";
pub(crate) const CLIENT_ID: &str = "00000000-0000-4000-8000-00000000aaaa";
pub(crate) const SECRET: &str = "emulator-secret";

/// An emulator whose clock stands still at [`START`], and a client with a token for it.
pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) handle: Handle,
    pub(crate) client: Client,
    pub(crate) token: String,
}

impl Service {
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.clock = ClockMode::Manual;
        config.start = Some(START);
        config.seed = 7;
        config.fleet.devices = vec![Device::new("ws-042.contoso.com")];
        change(&mut config);
        let emulator = Emulator::start(config).await.unwrap();
        let handle = emulator.handle();
        let token = handle.issue_token(&TokenRequest::default()).unwrap();
        Self { emulator, handle, client: client(), token }
    }

    pub(crate) async fn with_options(change: impl FnOnce(&mut Options)) -> Self {
        Self::start(|config| change(&mut config.options)).await
    }

    /// The id of the first device.
    pub(crate) fn machine(&self) -> String {
        self.handle.devices()[0].id.clone()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.handle.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.emulator.api_url());
        self.client.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let reply = self.request(Method::GET, path).send().await.unwrap();
        (reply.status(), reply.json().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let reply = self.request(Method::POST, path).json(body).send().await.unwrap();
        (reply.status(), reply.json().await.unwrap())
    }

    /// A collection of the first device, as JSON.
    pub(crate) async fn collect(&self) -> (StatusCode, Value) {
        let path = format!("/api/machines/{}/collectInvestigationPackage", self.machine());
        self.post(&path, &json!({"Comment": "INC-42"})).await
    }

    /// A collection of the first device that has succeeded; its id.
    pub(crate) async fn collected(&self) -> String {
        let (status, action) = self.collect().await;
        assert_eq!(status, StatusCode::CREATED, "{action}");
        self.advance(120);
        action["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn link(&self, action: &str) -> String {
        let (status, body) = self.get(&format!("/api/machineactions/{action}/getPackageUri")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["value"].as_str().unwrap().trim_matches('"').to_owned()
    }

    /// A form for the token endpoint at `path` of the login host.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let url = format!("{}/{path}", self.emulator.login_url());
        let reply = self.client.post(url).form(fields).send().await.unwrap();
        (reply.status(), reply.json().await.unwrap())
    }
}

/// A client that trusts nobody and asks no proxy.
fn client() -> Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}

/// The service's code of an error.
pub(crate) fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap()
}
