//! What work asks its driver to do.

use std::fmt;

use serde::Serialize;

/// One thing that work asks its driver to do. File names are plain names within the output folder.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Effect {
    /// A signed JWT that proves who the app is, for this token endpoint.
    Assertion {
        /// The token endpoint, which is the JWT's audience.
        audience: String,
    },
    /// The next part of the download's body; none at its end.
    Chunk {
        /// The longest wait for it, in seconds.
        seconds: f64,
    },
    /// Write these bytes to a new file and sync it; says whether one exists already.
    Create {
        /// The file.
        name: String,
        /// All of its bytes.
        text: String,
    },
    /// A token of the caller's own.
    Credential {
        /// The tenant.
        tenant: String,
        /// The scope.
        scope: String,
    },
    /// Ask for a package; the head of the reply is given, its body comes as [`Effect::Chunk`].
    Download {
        /// The link; a secret.
        url: String,
        /// All headers.
        headers: Vec<(String, String)>,
        /// The longest wait for the head, in seconds.
        seconds: f64,
    },
    /// Check the structure and every member of a package.
    // Not an effect to JavaScript: the wasm carries it out.
    #[cfg_attr(feature = "typescript", ts(skip))]
    Judge {
        /// The file.
        name: String,
        /// Its bytes.
        length: u64,
    },
    /// Write the last chunk at this place of a file.
    Keep {
        /// The file.
        name: String,
        /// Where its bytes begin.
        at: u64,
    },
    /// Take a file for this work alone, and create it if need be.
    Lock {
        /// The file.
        name: String,
    },
    /// Say whether a file is there, whether it is a plain file, and how many bytes it has.
    Look {
        /// The file.
        name: String,
    },
    /// Bytes of the package have arrived.
    Progress {
        /// So many so far.
        received: u64,
        /// Of so many, where that is known.
        total: Option<u64>,
    },
    /// Read a part of a file; fewer bytes only at its end.
    Read {
        /// The file.
        name: String,
        /// Where to begin.
        at: u64,
        /// How many bytes at most.
        length: u64,
    },
    /// Remove a file; none is no failure.
    Remove {
        /// The file.
        name: String,
    },
    /// Rename a file, never over another; says whether one exists already.
    Rename {
        /// What it is called.
        name: String,
        /// What it will be called.
        to: String,
    },
    /// Replace a file as a whole.
    Replace {
        /// The file.
        name: String,
        /// All of its bytes.
        text: String,
    },
    /// Send a request as it is, once, and give the whole reply.
    Send {
        /// The method.
        method: String,
        /// The URL.
        url: String,
        /// All headers; `authorization` is a secret.
        headers: Vec<(String, String)>,
        /// The body.
        body: Option<String>,
        /// The longest body of the reply, in bytes, that may be kept.
        body_limit: usize,
        /// The longest wait for the whole reply, in seconds.
        seconds: f64,
    },
    /// Sync a file; with no name, the folder.
    Sync {
        /// The file.
        name: Option<String>,
    },
    /// Cut a file to this length.
    Truncate {
        /// The file.
        name: String,
        /// Bytes.
        length: u64,
    },
    /// Let go of a file that was taken.
    Unlock {
        /// The file.
        name: String,
    },
    /// Wait until this monotonic time, in seconds.
    Wait {
        /// When to go on.
        until: f64,
    },
}

/// Its kind and its file alone: the rest can be a token, a client secret, or a package's link.
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
