//! Starts and stops an emulator.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::Error;
use crate::config::Config;
use crate::handle::{Handle, Origins, Shared};
use crate::net::listener::{bind, serve};
use crate::net::tls::Identity;
use crate::site::Site;

/// A running emulator. It stops when dropped.
#[derive(Debug)]
pub struct Emulator {
    shared: Arc<Shared>,
    listeners: Vec<JoinHandle<()>>,
}

impl Emulator {
    /// Opens the three listeners on the loopback interface and serves them on the caller's tokio
    /// runtime.
    ///
    /// Fails with [`Error::Bind`] if a port is not available, with [`Error::Certificate`] or
    /// [`Error::CaFile`] if the certificates cannot be created or written, and with
    /// [`Error::Invalid`] if the configuration is not valid.
    pub async fn start(config: Config) -> Result<Self, Error> {
        if config.ca_file.is_some() && !config.tls {
            let message = "there is no CA certificate to write without TLS; ask for TLS too";
            return Err(Error::Invalid(message.to_owned()));
        }
        let identity = config.tls.then(Identity::generate).transpose()?;
        if let (Some(path), Some(identity)) = (&config.ca_file, &identity) {
            fs::write(path, &identity.ca_pem)
                .map_err(|source| Error::CaFile { path: path.clone(), source })?;
        }
        let (login, login_address) = bind("login", config.ports.login).await?;
        let (api, api_address) = bind("api", config.ports.api).await?;
        let (download, download_address) = bind("download", config.ports.download).await?;
        let scheme = if config.tls { "https" } else { "http" };
        let origin = |address: SocketAddr| format!("{scheme}://{address}");
        let origins = Origins {
            login: origin(login_address),
            api: origin(api_address),
            download: origin(download_address),
        };
        let (acceptor, ca_pem) =
            identity.map(|identity| (identity.acceptor, identity.ca_pem)).unzip();
        let shared = Arc::new(Shared::new(config, origins, ca_pem)?);
        let listeners = [(login, Site::Login), (api, Site::Api), (download, Site::Download)].map(
            |(listener, site)| {
                tokio::spawn(serve(listener, acceptor.clone(), site, Arc::clone(&shared)))
            },
        );
        Ok(Self { shared, listeners: listeners.into() })
    }

    /// The origin of the login host, such as `http://127.0.0.1:50001`.
    #[must_use]
    pub fn login_url(&self) -> &str {
        &self.shared.origins().login
    }

    /// The origin of the API, such as `http://127.0.0.1:50002`, without `/api`.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.shared.origins().api
    }

    /// The origin of the download links, such as `http://127.0.0.1:50003`.
    #[must_use]
    pub fn download_url(&self) -> &str {
        &self.shared.origins().download
    }

    /// The CA certificate to trust (PEM); `None` without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.shared.ca_pem()
    }

    /// One line of JSON with the addresses and the credentials. Its secrets belong to this emulator
    /// and open nothing else.
    #[must_use]
    pub fn ready_line(&self) -> String {
        self.shared.ready().to_string()
    }

    /// A handle that controls the emulator from this process.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.shared))
    }

    /// Stops the emulator and waits until its ports are free.
    pub async fn shutdown(mut self) {
        for listener in std::mem::take(&mut self.listeners) {
            listener.abort();
            // It was cancelled, which is what was wanted.
            let _ = listener.await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.listeners.iter().for_each(JoinHandle::abort);
    }
}
