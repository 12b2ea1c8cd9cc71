//! Work that is written as one piece of code and does no I/O: it says what it wishes, and goes on with what it is given.
//!
//! A download, a seal or a login is an `async` function, because that is how such a thing reads best. But nothing runs in
//! the background, and no waker wakes anybody:
//!
//! 1. The function asks its [`Porter`] for one thing, by [`Porter::ask`], and waits for nothing else. One ask is under way
//!    at a time: a second would overwrite the first one's wish.
//! 2. [`Work::step`] polls the function. It comes back with that [`Wish`], or with what the function came to.
//! 3. The driver fulfils the wish in its own way, at its own pace, and on whatever thread it likes that owns the work.
//! 4. It hands what came of that, and the time, to the next step: the ask gives it back, and the function goes on.
//!
//! So one ask is one step, and only drivers poll. Whoever drops a [`Work`] ends its function where it stands, at an ask:
//! what has to be put right then is put right by a `Drop`.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::{Error, Now};

/// One thing that work wishes from its driver. File names are plain names within the output folder.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Wish {
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
    /// Ask for a package; the head of the reply is given, its body comes as [`Wish::Chunk`].
    Download {
        /// The link; a secret.
        url: String,
        /// All headers.
        headers: Vec<(String, String)>,
        /// The longest wait for the head, in seconds.
        seconds: f64,
    },
    /// Check the structure and every member of a package.
    // Not a wish to JavaScript: the wasm fulfils it.
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

impl Wish {
    /// The file that it is about.
    fn file(&self) -> Option<&str> {
        match self {
            Self::Create { name, .. }
            | Self::Judge { name, .. }
            | Self::Keep { name, .. }
            | Self::Lock { name }
            | Self::Look { name }
            | Self::Read { name, .. }
            | Self::Remove { name }
            | Self::Rename { name, .. }
            | Self::Replace { name, .. }
            | Self::Truncate { name, .. }
            | Self::Unlock { name } => Some(name),
            Self::Sync { name } => name.as_deref(),
            _ => None,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Assertion { .. } => "Assertion",
            Self::Chunk { .. } => "Chunk",
            Self::Create { .. } => "Create",
            Self::Credential { .. } => "Credential",
            Self::Download { .. } => "Download",
            Self::Judge { .. } => "Judge",
            Self::Keep { .. } => "Keep",
            Self::Lock { .. } => "Lock",
            Self::Look { .. } => "Look",
            Self::Progress { .. } => "Progress",
            Self::Read { .. } => "Read",
            Self::Remove { .. } => "Remove",
            Self::Rename { .. } => "Rename",
            Self::Replace { .. } => "Replace",
            Self::Send { .. } => "Send",
            Self::Sync { .. } => "Sync",
            Self::Truncate { .. } => "Truncate",
            Self::Unlock { .. } => "Unlock",
            Self::Wait { .. } => "Wait",
        }
    }
}

/// Its kind and its file alone: the rest can be a token, a client secret, or a package's link.
impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(self.kind());
        if let Some(file) = self.file() {
            shown.field("name", &file);
        }
        shown.finish_non_exhaustive()
    }
}

/// What a driver gives for a wish: those of the fields that the wish asks for.
#[derive(Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
pub struct Given {
    /// Why the wish could not be fulfilled.
    pub failed: Option<Failure>,
    /// The reply's status.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub status: u16,
    /// The reply's headers.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub headers: Vec<(String, String)>,
    /// Where a redirect leads, as an absolute URL.
    pub location: Option<String>,
    /// How many bytes a file has; none where there is no file.
    pub length: Option<u64>,
    /// Whether what is there is a plain file.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_file: bool,
    /// Whether a file of that name exists already.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub exists: bool,
    /// A token, or a JWT.
    pub token: Option<String>,
    /// For how many seconds the token is good.
    pub expires_in: Option<f64>,
    /// What checking a package gave.
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub judgement: Option<crate::download::Judgement>,
    /// A body, a chunk, or a part of a file; none at the end of what comes in chunks.
    #[cfg_attr(feature = "typescript", ts(optional, type = "Uint8Array"))]
    pub bytes: Option<Vec<u8>>,
}

/// Without what can be a token or a package's link.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("failed", &self.failed)
            .field("status", &self.status)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl From<Error> for Given {
    fn from(error: Error) -> Self {
        Self { failed: Some(error.into()), ..Self::default() }
    }
}

/// Why a wish could not be fulfilled, in the words of whoever could not.
#[derive(Clone, Debug, Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a driver says each of these by itself, or not at all"
)]
pub struct Failure {
    /// What happened.
    pub message: String,
    /// The system's or the library's own name for it, such as `ENOSPC` or `ECONNREFUSED`.
    pub code: Option<String>,
    /// Whether the head of a reply had come.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub has_head: bool,
    /// Whether the body had more bytes than may be kept.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_too_large: bool,
    /// Whether the time was up.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_timeout: bool,
    /// Whether the reply was a redirect that could not be looked at.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_redirect: bool,
    /// Whether, for certain, not a byte of the request has left.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_unsent: bool,
    /// The error itself, where the driver has made one: then nothing else here counts.
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub error: Option<Error>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error: Some(error), ..Self::default() }
    }
}

impl Read for Given {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                failed: fields.optional("failed"),
                status: fields.take_or("status", 0)?,
                headers: fields.take_or("headers", Vec::new())?,
                location: fields.optional("location"),
                length: fields.optional("length"),
                is_file: fields.take_or("isFile", false)?,
                exists: fields.take_or("exists", false)?,
                token: fields.optional("token"),
                expires_in: fields.optional("expiresIn"),
                judgement: None,
                bytes: None,
            })
        })
    }
}

impl Read for Failure {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                message: fields.take_or("message", String::new())?,
                code: fields.optional("code"),
                has_head: fields.take_or("hasHead", false)?,
                is_too_large: fields.take_or("isTooLarge", false)?,
                is_timeout: fields.take_or("isTimeout", false)?,
                is_redirect: fields.take_or("isRedirect", false)?,
                is_unsent: fields.take_or("isUnsent", false)?,
                error: None,
            })
        })
    }
}

deserialize!(Given, Failure);

/// What [`Work::step`] came to.
#[derive(Debug)]
pub enum Step<T> {
    /// The work is done.
    Done(T),
    /// It goes on when this is given.
    Wish(Wish),
}

/// One piece of work under way.
pub struct Work<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    porter: Porter,
}

impl<T> Work<T> {
    /// Work of which nothing was done yet.
    pub fn new<F>(work: impl FnOnce(Porter) -> F) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        let porter = Porter(Rc::default());
        Self { future: Box::pin(work(porter.clone())), porter }
    }

    /// Goes on to the next wish, or to the end. `given` is what the last wish was answered with.
    pub fn step(&mut self, given: Given, now: Now) -> Step<T> {
        {
            let mut slot = self.porter.slot();
            slot.now = now;
            slot.given = Some(given);
        }
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(done) = self.future.as_mut().poll(&mut cx) {
                return Step::Done(done);
            }
            let wish = self.porter.slot().wish.take();
            debug_assert!(wish.is_some(), "work waits for something that it has not asked for");
            if let Some(wish) = wish {
                return Step::Wish(wish);
            }
        }
    }
}

impl<T> fmt::Debug for Work<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}

/// Through which work says what it wishes.
#[derive(Clone, Debug)]
pub struct Porter(Rc<RefCell<Slot>>);

#[derive(Debug)]
struct Slot {
    now: Now,
    wish: Option<Wish>,
    given: Option<Given>,
}

impl Default for Slot {
    fn default() -> Self {
        let now = Now::new(OffsetDateTime::UNIX_EPOCH, Duration::ZERO);
        Self { now, wish: None, given: None }
    }
}

impl Porter {
    /// What the driver gives for this wish.
    pub async fn ask(&self, wish: Wish) -> Given {
        {
            let mut slot = self.slot();
            slot.given = None;
            slot.wish = Some(wish);
        }
        std::future::poll_fn(|_| match self.slot().given.take() {
            Some(given) => Poll::Ready(given),
            None => Poll::Pending,
        })
        .await
    }

    /// The time at which the work went on last.
    #[must_use]
    pub fn now(&self) -> Now {
        self.slot().now
    }

    fn slot(&self) -> RefMut<'_, Slot> {
        self.0.borrow_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange;

    #[test]
    fn no_secret_is_shown() {
        let secret = || "s3cret".to_owned();
        let request = http::Request::post("https://login.example/?x=s3cret")
            .header("authorization", "Bearer s3cret")
            .body(b"client_secret=s3cret".to_vec());
        let send = exchange::wish(request.unwrap(), 1, 1.0);
        let headers = vec![("authorization".to_owned(), secret())];
        let url = "https://blob.example/p?sig=s3cret".to_owned();
        let download = Wish::Download { url, headers, seconds: 1.0 };
        let text = secret();
        let create = Wish::Create { name: "a.zip".to_owned(), text };
        let given = Given {
            headers: vec![("location".to_owned(), secret())],
            location: Some(secret()),
            token: Some(secret()),
            bytes: Some(b"s3cret".to_vec()),
            ..Given::default()
        };
        assert_eq!(format!("{create:?}"), r#"Create { name: "a.zip", .. }"#);
        let mut reply = http::Response::new(b"s3cret".to_vec());
        reply.headers_mut().insert("location", http::HeaderValue::from_static("s3cret"));
        let reply = crate::engine::Exchange::Reply(reply);
        let steps = [Step::<()>::Wish(send.clone()), Step::Wish(download.clone())];
        let mut work = Work::new(|porter| async move { porter.ask(send).await.status });
        assert!(matches!(work.step(Given::default(), Porter(Rc::default()).now()), Step::Wish(_)));
        work.porter.slot().given = Some(given);
        work.porter.slot().wish = Some(download);
        let head = crate::download::Head::Redirect(secret());
        let all = format!("{steps:?} {:?} {reply:?} {head:?}", work.porter);
        assert!(all.contains("Send") && all.contains("Download") && all.contains("Given"), "{all}");
        // As a text, as bytes, and in hexadecimal.
        assert!(!all.contains("s3cret") && !all.contains("115, 51"), "{all}");
    }
}
