//! Why an emulator could not be started.

use std::io;
use std::path::PathBuf;

/// Why an emulator could not be started, or why the control of one was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A listener could not be opened.
    #[error("cannot listen on `127.0.0.1:{port}` for {listener}; choose another port or 0")]
    Bind {
        /// The listener: login, api or download.
        listener: &'static str,
        /// The port that was asked for.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certificates for TLS could not be made.
    #[error("cannot make the certificates for TLS: {0}")]
    Certificate(String),
    /// The CA certificate could not be written.
    #[error("cannot write the CA certificate to `{}`; choose another file", path.display())]
    CaFile {
        /// The file that was asked for.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The configuration, or a value given to the control plane, makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The control plane was asked for something that is not there.
    #[error("{0}")]
    Missing(String),
}
