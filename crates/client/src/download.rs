//! Turns a link into evidence on disk.
//!
//! A download is written to `NAME.part`; `NAME.part.json` beside it says which package the bytes
//! belong to. Sealing turns it into `NAME` with `NAME.manifest.json`. No existing file is
//! overwritten, and no link is written to disk.

mod folder;
mod judge;
mod line;
mod manifest;
pub(crate) mod output;
mod verify;
mod work;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use mde_forensics_core::download::{self as core, Fetch, Seal};
use mde_forensics_core::engine::{Custody, Fetched, Held, Partial, Sealed};
use mde_forensics_core::{Code, Error, PackageLink};

use crate::place;
use crate::transport::Transport;

use folder::Folder;
use line::Line;
pub use manifest::{manifest_beside, manifest_path};
pub use mde_forensics_core::download::{Manifest, MemberEntry, PackageEntry, Tool};
pub use verify::{Difference, Verification, verify};
use work::{perform, perform_online};

/// The output folder and its packages.
#[derive(Clone, Debug)]
pub(crate) struct Downloads {
    folder: Arc<Path>,
    /// The folder's canonical path.
    real: Arc<OnceLock<PathBuf>>,
    options: Arc<serde_json::Value>,
    transport: Transport,
}

impl Downloads {
    /// Packages are stored under `folder`; `options` is written into manifests as the settings of
    /// the run.
    pub(crate) fn new(folder: PathBuf, options: serde_json::Value, transport: Transport) -> Self {
        Self { folder: folder.into(), real: Arc::default(), options: Arc::new(options), transport }
    }

    /// The canonical path of a package with this name.
    pub(crate) fn path(&self, name: &str) -> String {
        let real = self.real.get_or_init(|| {
            // A folder that does not exist is created first: it has no canonical path before.
            let real = place::create_folder(&self.folder).and_then(|()| self.folder.canonicalize());
            real.unwrap_or_else(|_| self.folder.to_path_buf())
        });
        real.join(name).display().to_string()
    }

    /// Reports what the folder has under this name.
    pub(crate) async fn inspect(&self, name: &str) -> Held {
        let (files, folder, name) = (Folder::new(&self.folder), self.shown(), name.to_owned());
        let work = move || perform(files, |effects| core::inspect(effects, folder, name));
        blocking(work).await.unwrap_or_else(Held::Conflict)
    }

    /// Streams the link's content into `NAME.part`. `progress` receives the bytes so far and, if
    /// known, the total.
    pub(crate) async fn fetch(
        &self,
        link: PackageLink,
        name: &str,
        resume: Option<Partial>,
        progress: impl Fn(u64, Option<u64>) + Send + 'static,
    ) -> Fetched {
        let files = Folder::new(&self.folder);
        let limits = self.transport.limits();
        let fetch = Fetch { folder: self.shown(), name: name.to_owned(), link, resume, limits };
        let (asking, exchange) = Line::new(&self.transport);
        let work =
            move || perform_online(files, asking, progress, |effects| core::fetch(effects, fetch));
        let (fetched, ()) = tokio::join!(blocking(work), exchange.serve());
        fetched.unwrap_or_else(Fetched::Output)
    }

    /// Turns `NAME.part` into evidence.
    ///
    /// `size` and `sha256` are what the download reported; `keep_damaged` keeps a damaged package
    /// under another name. `held` is dropped when the work ends; the work continues even if the
    /// future is dropped.
    pub(crate) async fn seal(
        &self,
        name: &str,
        custody: Custody,
        size: u64,
        sha256: String,
        keep_damaged: bool,
        held: impl Send + 'static,
    ) -> Sealed {
        let (folder, name) = (self.shown(), name.to_owned());
        let options = self.options.as_ref().clone();
        let seal = Seal { folder, name, custody, options, size, sha256, keep_damaged };
        let files = Folder::new(&self.folder);
        let work = move || {
            let sealed = perform(files, |effects| core::seal(effects, seal));
            drop(held);
            sealed
        };
        blocking(work).await.unwrap_or_else(Sealed::Failed)
    }

    /// The folder's name in error messages.
    fn shown(&self) -> String {
        self.folder.display().to_string()
    }
}

/// Runs file work on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::new(Code::Internal, format!("work on a file ended badly: {e}")))
}

#[cfg(test)]
mod tests;
