//! The emulator in another process: where it is, and its control plane.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use mde_forensics::{CallbackCredential, Client, Clock, Proxy};
use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::{AccessToken, BaseUrl, Cloud, CustomCloud};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Result;

/// The emulator's ready line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Service {
    pub(crate) api: BaseUrl,
    login: BaseUrl,
    control: String,
    tenant: String,
}

impl FromStr for Service {
    type Err = serde_json::Error;

    fn from_str(ready_line: &str) -> std::result::Result<Self, serde_json::Error> {
        serde_json::from_str(ready_line)
    }
}

impl Service {
    /// A client that has `token` already and goes by `clock`.
    pub(crate) fn client(&self, token: &str, clock: Arc<dyn Clock>) -> Result<Client> {
        let token = Token::new(AccessToken::new(token), LONG);
        let credential = CallbackCredential::new(move |_| std::future::ready(Ok(token.clone())));
        let cloud = CustomCloud::of(&Cloud::Commercial)
            .with_api(self.api.clone())
            .with_login(self.login.clone());
        Ok(Client::builder(&self.tenant, credential)
            .cloud(Cloud::Custom(cloud.into()))
            .proxy(Proxy::None)
            .clock(clock)
            .build()?)
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(crate) fn control(&self) -> Result<Control> {
        Ok(Control { http: http()?, origin: self.control.clone() })
    }
}

/// The emulator's control plane, on a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    http: reqwest::Client,
    origin: String,
}

impl Control {
    /// A token that outlives every measurement.
    pub(crate) async fn token(&self) -> Result<String> {
        let wish = json!({ "lifetime": LONG.as_secs() });
        let issued = self.post("tokens", &wish).await?;
        let token = issued.get("access_token").and_then(Value::as_str);
        Ok(token.ok_or("the emulator gave no token")?.to_owned())
    }

    /// The ids of all devices.
    pub(crate) async fn machines(&self) -> Result<Vec<String>> {
        let devices = self.get("devices").await?;
        let ids = devices.as_array().into_iter().flatten().filter_map(|device| device.get("id"));
        Ok(ids.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Lets the emulator's time pass.
    pub(crate) async fn advance(&self, by: Duration) -> Result<()> {
        self.post("clock/advance", &json!({ "seconds": by.as_secs_f64() })).await.map(drop)
    }

    /// The calls so far as `METHOD endpoint status`, and forgets them.
    pub(crate) async fn take_calls(&self) -> Result<Vec<String>> {
        let calls = self.get("calls").await?;
        self.http.delete(self.url("calls")).send().await?.error_for_status()?;
        let text = |call: &Value, field: &str| match call.get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let line = |call| ["method", "endpoint", "status"].map(|field| text(call, field)).join(" ");
        Ok(calls.get("calls").and_then(Value::as_array).into_iter().flatten().map(line).collect())
    }

    async fn get(&self, path: &str) -> Result<Value> {
        let reply = self.http.get(self.url(path)).send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&reply.bytes().await?)?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(self.url(path));
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        let reply = request.send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&reply.bytes().await?)?)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// reqwest as it comes, without a proxy. Every service here speaks plain http on a loopback address.
pub(crate) fn http() -> Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build()?)
}

/// Ten years.
const LONG: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
