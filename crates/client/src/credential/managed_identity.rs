//! The managed identity of a machine or app in Azure.

use std::time::Duration;

use futures_util::future::BoxFuture;
use mde_forensics_core::endpoint::token::{
    AppServiceIdentityRequest, ImdsRequest, ManagedIdentity, Token,
};
use mde_forensics_core::{BaseUrl, Code, Error, IdentityHeader};

use super::{Credential, TokenContext};

/// The managed identity of a virtual machine, or of an app in App Service, Functions or Automation.
#[derive(Clone, Debug)]
pub struct ManagedIdentityCredential {
    identity: ManagedIdentity,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    App { endpoint: String, header: IdentityHeader },
    Machine { endpoint: Option<BaseUrl> },
}

impl ManagedIdentityCredential {
    /// The identity of the virtual machine that this process runs on.
    #[must_use]
    pub fn of_machine(identity: ManagedIdentity) -> Self {
        Self { identity, place: Place::Machine { endpoint: None } }
    }

    /// Like [`of_machine`](Self::of_machine), but with the metadata service at another URL, such as
    /// an emulator's.
    #[must_use]
    pub fn of_machine_at(identity: ManagedIdentity, endpoint: BaseUrl) -> Self {
        Self { identity, place: Place::Machine { endpoint: Some(endpoint) } }
    }

    /// The identity of an app, from the values of `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    #[must_use]
    pub fn of_app(
        identity: ManagedIdentity,
        endpoint: impl Into<String>,
        header: IdentityHeader,
    ) -> Self {
        Self { identity, place: Place::App { endpoint: endpoint.into(), header } }
    }
}

impl Credential for ManagedIdentityCredential {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        let (resource, identity) = (cx.resource().to_owned(), self.identity.clone());
        match &self.place {
            Place::App { endpoint, header } => {
                let (endpoint, header) = (endpoint.clone(), header.clone());
                let request = AppServiceIdentityRequest { endpoint, header, resource, identity };
                Box::pin(async move {
                    let response = cx.exchange_direct(request.request()?).await?;
                    request.response(&response, cx.now().wall)
                })
            }
            Place::Machine { endpoint } => {
                let request = ImdsRequest { resource, identity, endpoint: endpoint.clone() };
                Box::pin(ask_machine(request, cx))
            }
        }
    }

    fn client_id(&self) -> Option<&str> {
        match &self.identity {
            ManagedIdentity::ClientId(id) => Some(id),
            _ => None,
        }
    }
}

/// Asks the metadata service, and retries while it is being updated.
async fn ask_machine(request: ImdsRequest, cx: &TokenContext) -> Result<Token, Error> {
    let mut waits = WAITS.into_iter();
    loop {
        let asked = match cx.exchange_direct(request.request()?).await {
            Ok(response) => request.response(&response, cx.now().wall),
            Err(error) if error.code() == Code::ConnectFailed => return Err(nobody(&error)),
            Err(error) => Err(error),
        };
        match asked {
            Err(error) if error.is_retryable() => match waits.next() {
                Some(wait) => cx.sleep(error.retry_after().unwrap_or_default().max(wait)).await,
                None => return Err(error),
            },
            asked => return asked,
        }
    }
}

fn nobody(error: &Error) -> Error {
    let text = format!("no metadata service answers: {}", error.message());
    Error::new(Code::CredentialFailed, text)
        .with_hint("a managed identity works only on the machine in Azure that has it; elsewhere use another credential")
}

/// The back-off of Microsoft's page "How to use managed identities for Azure resources on an Azure
/// VM", plus one more wait to outlast an update of up to 70 s.
const WAITS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(6),
    Duration::from_secs(14),
    Duration::from_secs(30),
    Duration::from_secs(30),
];
