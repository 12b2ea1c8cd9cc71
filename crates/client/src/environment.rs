//! A client's settings from environment variables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mde_forensics_core::endpoint::token::ManagedIdentity;
use mde_forensics_core::{BaseUrl, ClientSecret, Cloud, Code, Error, IdentityHeader};

use crate::client::{Client, ClientBuilder};
use crate::credential::{
    Certificate, CertificateCredential, ClientSecretCredential, Credential, FederatedCredential,
    ManagedIdentityCredential,
};
use crate::transport::TransportOptions;

/// A client's settings, as the environment gives them.
#[derive(Clone, Debug)]
pub struct Environment {
    tenant: String,
    credential: Arc<dyn Credential>,
    cloud: Cloud,
    ca_file: Option<PathBuf>,
}

impl Environment {
    /// Reads variables through `lookup`; an empty variable counts as absent.
    ///
    /// - `AZURE_TENANT_ID`, always needed, and `AZURE_CLIENT_ID`
    /// - the first that is set of: `AZURE_CLIENT_SECRET`; `AZURE_CLIENT_CERTIFICATE_PATH` with
    ///   `AZURE_CLIENT_CERTIFICATE_PASSWORD`; `AZURE_FEDERATED_TOKEN_FILE`; `IDENTITY_ENDPOINT`
    ///   with `IDENTITY_HEADER`, where `AZURE_CLIENT_ID` selects one of several identities
    /// - `MDE_CLOUD` (a name of [`Cloud`]), and instead of it or in addition `MDE_API_URL`,
    ///   `MDE_LOGIN_URL` and `MDE_RESOURCE`
    /// - `SSL_CERT_FILE` or `REQUESTS_CA_BUNDLE`: certificate authorities to trust in addition to
    ///   the system's
    ///
    /// Fails with `invalid_credential` if a variable of the credential is missing or unusable, with
    /// `invalid_option` for an unknown cloud or an invalid resource, and with `invalid_url` or
    /// `insecure_url` for a URL that cannot be used.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let tenant = variable("AZURE_TENANT_ID").ok_or_else(|| missing("AZURE_TENANT_ID"))?;
        Ok(Self {
            tenant,
            credential: credential(&variable)?,
            cloud: cloud(&variable)?,
            ca_file: Self::ca_file(&lookup),
        })
    }

    /// The file of extra certificate authorities: `SSL_CERT_FILE`, or else `REQUESTS_CA_BUNDLE`.
    pub fn ca_file(lookup: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let filled = |name| lookup(name).filter(|value| !value.trim().is_empty());
        filled("SSL_CERT_FILE").or_else(|| filled("REQUESTS_CA_BUNDLE")).map(PathBuf::from)
    }

    /// The cloud that the environment names.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Starts building a client with these settings.
    #[must_use]
    pub fn builder(self) -> ClientBuilder {
        let transport = TransportOptions { ca_file: self.ca_file, ..TransportOptions::default() };
        Client::builder(self.tenant, self.credential).cloud(self.cloud).transport(transport)
    }
}

impl Client {
    /// Creates a client from the process's environment variables, as [`Environment::read`] reads
    /// them.
    ///
    /// Fails as [`Environment::read`] and [`ClientBuilder::build`] do.
    pub fn from_env() -> Result<Self, Error> {
        Environment::read(|name| std::env::var(name).ok())?.builder().build()
    }
}

fn credential(variable: &impl Fn(&str) -> Option<String>) -> Result<Arc<dyn Credential>, Error> {
    let app = || variable("AZURE_CLIENT_ID").ok_or_else(|| missing("AZURE_CLIENT_ID"));
    if let Some(secret) = variable("AZURE_CLIENT_SECRET") {
        return Ok(Arc::new(ClientSecretCredential::new(app()?, ClientSecret::new(secret))));
    }
    if let Some(file) = variable("AZURE_CLIENT_CERTIFICATE_PATH") {
        let password = variable("AZURE_CLIENT_CERTIFICATE_PASSWORD").map(zeroize::Zeroizing::new);
        let password = password.as_ref().map(|password| password.as_str());
        let certificate = Certificate::from_file(Path::new(&file), password)?;
        return Ok(Arc::new(CertificateCredential::new(app()?, certificate)));
    }
    if let Some(file) = variable("AZURE_FEDERATED_TOKEN_FILE") {
        return Ok(Arc::new(FederatedCredential::new(app()?, file)));
    }
    if let Some(endpoint) = variable("IDENTITY_ENDPOINT") {
        let header = variable("IDENTITY_HEADER").ok_or_else(|| missing("IDENTITY_HEADER"))?;
        let identity =
            variable("AZURE_CLIENT_ID").map_or(ManagedIdentity::System, ManagedIdentity::ClientId);
        let header = IdentityHeader::new(header);
        return Ok(Arc::new(ManagedIdentityCredential::of_app(identity, endpoint, header)));
    }
    Err(Error::new(Code::InvalidCredential, "the environment names no credential").with_hint(
        "set AZURE_CLIENT_ID and one of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE",
    ))
}

fn cloud(variable: &impl Fn(&str) -> Option<String>) -> Result<Cloud, Error> {
    let cloud: Cloud = variable("MDE_CLOUD").map_or(Ok(Cloud::default()), |name| name.parse())?;
    let url = |name: &str| variable(name).map(|url| BaseUrl::parse(&url)).transpose();
    cloud.customized(
        url("MDE_API_URL")?,
        url("MDE_LOGIN_URL")?,
        variable("MDE_RESOURCE").as_deref(),
    )
}

fn missing(name: &str) -> Error {
    Error::new(Code::InvalidCredential, format!("the variable `{name}` is not set"))
}

#[cfg(test)]
mod tests;
