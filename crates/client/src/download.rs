//! From a link to evidence on disk.
//!
//! A download goes to `NAME.part`, with `NAME.part.json` beside it that says what the bytes belong to. Sealing turns
//! it into `NAME` with `NAME.manifest.json`. Nothing that exists is overwritten, and no link is ever written down.

mod fetch;
mod inspect;
mod judge;
mod manifest;
pub(crate) mod output;
mod part;
mod paths;
mod seal;
mod sidecar;
mod source;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mde_forensics_core::engine::{Custody, Fetched, Held, Partial, Sealed};
use mde_forensics_core::{Code, Error, PackageLink};

use crate::transport::Transport;

use fetch::Fetch;
pub use manifest::{manifest_beside, manifest_path};
pub use mde_forensics_core::download::{Manifest, MemberEntry, PackageEntry, Tool};
use paths::Paths;
pub use verify::{Difference, Verification, verify};

/// The output folder, and how packages get into it.
#[derive(Clone, Debug)]
pub(crate) struct Downloads {
    folder: Arc<Path>,
    options: Arc<serde_json::Value>,
    transport: Transport,
}

impl Downloads {
    /// Packages go under `folder`; `options` are what the manifest says of how the run was set up.
    pub(crate) fn new(folder: PathBuf, options: serde_json::Value, transport: Transport) -> Self {
        Self { folder: folder.into(), options: Arc::new(options), transport }
    }

    /// Says what lies in the folder under this name.
    pub(crate) async fn inspect(&self, name: &str) -> Held {
        let paths = match Paths::new(&self.folder, name) {
            Ok(paths) => paths,
            Err(error) => return Held::Conflict(error),
        };
        blocking(move || inspect::inspect(&paths)).await.unwrap_or_else(Held::Conflict)
    }

    /// Streams what the link gives into `NAME.part`; `progress` hears of bytes received and, where known, of all.
    pub(crate) async fn fetch(
        &self,
        link: PackageLink,
        name: &str,
        resume: Option<Partial>,
        progress: impl Fn(u64, Option<u64>) + Send + Sync,
    ) -> Fetched {
        match Paths::new(&self.folder, name) {
            Ok(paths) => Fetch::new(&self.transport, paths, progress).run(link, resume).await,
            Err(error) => Fetched::Output(error),
        }
    }

    /// Turns `NAME.part` into evidence.
    ///
    /// `size` and `sha256` are what the download reported; `keep_damaged` keeps a damaged package under another name.
    pub(crate) async fn seal(
        &self,
        name: &str,
        custody: Custody,
        size: u64,
        sha256: String,
        keep_damaged: bool,
    ) -> Sealed {
        let paths = match Paths::new(&self.folder, name) {
            Ok(paths) => paths,
            Err(error) => return Sealed::Failed(error),
        };
        let options = Arc::clone(&self.options);
        let seal = seal::Seal { paths, custody, options, size, sha256, keep_damaged };
        blocking(move || seal.run()).await.unwrap_or_else(Sealed::Failed)
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::new(Code::Internal, format!("work on a file ended badly: {e}")))
}

#[cfg(test)]
mod tests;
