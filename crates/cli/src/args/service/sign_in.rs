//! Credentials.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use mde_forensics::{
    Client, ClientBuilder, DeviceCodeCredential, Environment, ManagedIdentityCredential,
};

use super::ServiceArguments;
use crate::command::Console;
use crate::core::endpoint::token::{DeviceCodePrompt, ManagedIdentity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::safe;

impl ServiceArguments {
    /// Starts a client for this tenant, with the credential of the options or else of the environment.
    pub(super) fn sign_in(&self, console: &Console) -> Result<ClientBuilder, Failure> {
        let tenant =
            filled(self.tenant.as_ref()).ok_or_else(|| unknown("`AZURE_TENANT_ID` is not"))?;
        let id = filled(self.client_id.as_ref());
        if self.managed_identity && variable("IDENTITY_ENDPOINT").is_none() {
            let identity = id.map_or(ManagedIdentity::System, ManagedIdentity::ClientId);
            return Ok(Client::builder(tenant, ManagedIdentityCredential::of_machine(identity)));
        }
        if id.is_none() && !self.managed_identity {
            return Err(unknown("`AZURE_CLIENT_ID` is not"));
        }
        if self.device_code {
            let console = console.clone();
            let prompt = move |prompt: &DeviceCodePrompt| console.note(&in_words(prompt));
            let id = id.unwrap_or_default();
            return Ok(Client::builder(tenant, DeviceCodeCredential::new(id, prompt)));
        }
        let secret = self.client_secret_file.as_deref().map(secret_in).transpose()?;
        let lookup = |name: &str| self.lookup(name, secret.as_deref());
        if CREDENTIALS.iter().all(|name| lookup(name).is_none()) {
            return Err(unknown("neither `AZURE_CLIENT_SECRET` nor another credential is"));
        }
        Ok(Environment::read(lookup)?.builder())
    }

    /// The environment with the options applied: a sign-in option overrides all sign-in variables.
    fn lookup(&self, name: &str, secret: Option<&str>) -> Option<String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|it| it.display().to_string());
        let is_by_option = secret.is_some()
            || self.certificate.is_some()
            || self.federated_token_file.is_some()
            || self.managed_identity;
        match name {
            "AZURE_TENANT_ID" => self.tenant.clone(),
            "AZURE_CLIENT_ID" => self.client_id.clone(),
            "AZURE_CLIENT_SECRET" if is_by_option => secret.map(str::to_owned),
            "AZURE_CLIENT_CERTIFICATE_PATH" if is_by_option => path(&self.certificate),
            "AZURE_FEDERATED_TOKEN_FILE" if is_by_option => path(&self.federated_token_file),
            "IDENTITY_ENDPOINT" if is_by_option && !self.managed_identity => None,
            "SSL_CERT_FILE" => path(&self.ca_file),
            // Clap has put these into the options.
            "MDE_API_URL" | "MDE_CLOUD" | "MDE_LOGIN_URL" | "MDE_RESOURCE" => None,
            _ => variable(name),
        }
    }
}

/// The trimmed value; a blank one counts as not set.
pub(super) fn filled(value: Option<&String>) -> Option<String> {
    value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn variable(name: &str) -> Option<String> {
    filled(env::var(name).ok().as_ref())
}

fn secret_in(file: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("cannot read the client secret from `{}`: {error}", file.display()))
    })?;
    filled(Some(&text))
        .ok_or_else(|| Failure::usage(format!("`{}` contains no client secret", file.display())))
}

fn in_words(prompt: &DeviceCodePrompt) -> String {
    let minutes = prompt.expires_in.as_secs() / 60;
    format!(
        "to sign in, open {} and enter the code {} (within {minutes} minutes)",
        safe(&prompt.verification_uri),
        safe(&prompt.user_code),
    )
}

fn unknown(missing: &str) -> Failure {
    Failure::new(Exit::NotAuthorised, format!("cannot sign in: {missing} set")).with_hint(HOW)
}

const CREDENTIALS: [&str; 4] = [
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "IDENTITY_ENDPOINT",
];

const HOW: &str = "\
set these environment variables:
  AZURE_TENANT_ID                    tenant id or domain
  AZURE_CLIENT_ID                    client id of the app registration
and one of:
  AZURE_CLIENT_SECRET                client secret
  AZURE_CLIENT_CERTIFICATE_PATH      file with certificate and private key, PEM or PFX
                                     (AZURE_CLIENT_CERTIFICATE_PASSWORD for PFX)
  AZURE_FEDERATED_TOKEN_FILE         file with a token from another issuer
or pass --device-code or --managed-identity
to try it without a tenant: mde-forensics demo";
