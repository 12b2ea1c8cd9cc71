//! What work asks its driver to do.

use std::fmt;

use serde::Serialize;

/// One effect that work asks its driver to carry out. File names are plain names in the output
/// folder.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Effect {
    /// Create a signed JWT that authenticates the app to this token endpoint.
    Assertion {
        /// The token endpoint, which is the JWT's audience.
        audience: String,
    },
    /// Get the next part of the download's body; no bytes at its end.
    Chunk {
        /// The time limit in seconds.
        seconds: f64,
    },
    /// Write text to a new file and sync it; report whether a file of that name exists.
    Create {
        /// The file name.
        name: String,
        /// The whole content.
        text: String,
    },
    /// Get a token from the caller's own credential.
    Credential {
        /// The tenant.
        tenant: String,
        /// The scope.
        scope: String,
    },
    /// Request a package. The result is the head of the reply; the body follows through
    /// [`Effect::Chunk`].
    Download {
        /// The link; a secret.
        url: String,
        /// All headers.
        headers: Vec<(String, String)>,
        /// The time limit for the head, in seconds.
        seconds: f64,
    },
    /// Check the structure and every member of a package.
    // JavaScript does not see this effect: the wasm carries it out.
    #[cfg_attr(feature = "typescript", ts(skip))]
    Judge {
        /// The file name.
        name: String,
        /// The file's size in bytes.
        length: u64,
    },
    /// Write the last chunk at this offset of a file.
    Keep {
        /// The file name.
        name: String,
        /// The offset in bytes.
        at: u64,
    },
    /// Lock a file for this work alone, creating it if needed.
    Lock {
        /// The file name.
        name: String,
    },
    /// Report whether a file exists, whether it is a regular file, and its size in bytes.
    Look {
        /// The file name.
        name: String,
    },
    /// Bytes of the package have arrived.
    Progress {
        /// The bytes received so far.
        received: u64,
        /// The total number of bytes, if known.
        total: Option<u64>,
    },
    /// Read part of a file; fewer bytes only at its end.
    Read {
        /// The file name.
        name: String,
        /// The offset in bytes.
        at: u64,
        /// The maximum number of bytes.
        length: u64,
    },
    /// Remove a file; a missing file is not an error.
    Remove {
        /// The file name.
        name: String,
    },
    /// Rename a file, never over another; report whether a file of the new name exists.
    Rename {
        /// The current name.
        name: String,
        /// The new name.
        to: String,
    },
    /// Replace a file's whole content.
    Replace {
        /// The file name.
        name: String,
        /// The whole content.
        text: String,
    },
    /// Send a request once, unchanged, and return the whole reply.
    Send {
        /// The method.
        method: String,
        /// The URL.
        url: String,
        /// All headers; `authorization` is a secret.
        headers: Vec<(String, String)>,
        /// The body.
        body: Option<String>,
        /// The maximum size of the reply's body, in bytes.
        body_limit: usize,
        /// The time limit for the whole reply, in seconds.
        seconds: f64,
    },
    /// Sync a file or, without a name, the folder.
    Sync {
        /// The file name.
        name: Option<String>,
    },
    /// Truncate a file to this length.
    Truncate {
        /// The file name.
        name: String,
        /// The length in bytes.
        length: u64,
    },
    /// Unlock a file.
    Unlock {
        /// The file name.
        name: String,
    },
    /// Wait until this monotonic time, in seconds.
    Wait {
        /// The time to wait for.
        until: f64,
    },
}

/// Prints only the kind and the file name: the rest may be a token, a client secret or a package
/// link.
impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, file) = match self {
            Self::Assertion { .. } => ("Assertion", None),
            Self::Chunk { .. } => ("Chunk", None),
            Self::Create { name, .. } => ("Create", Some(name)),
            Self::Credential { .. } => ("Credential", None),
            Self::Download { .. } => ("Download", None),
            Self::Judge { name, .. } => ("Judge", Some(name)),
            Self::Keep { name, .. } => ("Keep", Some(name)),
            Self::Lock { name } => ("Lock", Some(name)),
            Self::Look { name } => ("Look", Some(name)),
            Self::Progress { .. } => ("Progress", None),
            Self::Read { name, .. } => ("Read", Some(name)),
            Self::Remove { name } => ("Remove", Some(name)),
            Self::Rename { name, .. } => ("Rename", Some(name)),
            Self::Replace { name, .. } => ("Replace", Some(name)),
            Self::Send { .. } => ("Send", None),
            Self::Sync { name } => ("Sync", name.as_ref()),
            Self::Truncate { name, .. } => ("Truncate", Some(name)),
            Self::Unlock { name } => ("Unlock", Some(name)),
            Self::Wait { .. } => ("Wait", None),
        };
        let mut shown = f.debug_struct(kind);
        if let Some(file) = file {
            shown.field("name", file);
        }
        shown.finish_non_exhaustive()
    }
}
