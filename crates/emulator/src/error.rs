//! Errors of starting or controlling an emulator.

use std::io;
use std::path::PathBuf;

/// Why an emulator could not be started, or a control call was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A listener could not be opened.
    #[error("cannot listen on `127.0.0.1:{port}` for {listener}; choose another port or 0")]
    Bind {
        /// The listener: login, api or download.
        listener: &'static str,
        /// The requested port.
        port: u16,
        /// The operating system's error.
        source: io::Error,
    },
    /// The TLS certificates could not be created.
    #[error("cannot make the certificates for TLS: {0}")]
    Certificate(String),
    /// The CA certificate could not be written.
    #[error("cannot write the CA certificate to `{}`; choose another file", path.display())]
    CaFile {
        /// The requested file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The configuration, or a value passed to the control plane, is not valid.
    #[error("{0}")]
    Invalid(String),
    /// What the control plane was asked for does not exist.
    #[error("{0}")]
    Missing(String),
}
