//! Streams a package into its `.part` file.

use std::time::Duration;

use http::header::{ACCEPT_ENCODING, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::files::{Files, Found};
use super::{Head, Sidecar, is_markup};
use crate::engine::{Fetched, Partial};
use crate::work::{Effect, EffectResult, Effects};
use crate::{Code, Error, PackageLink, exchange, hex, retry};

/// The request for one download.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// The output folder's name in error messages.
    pub folder: String,
    /// The package's file name.
    pub name: String,
    /// The package's link.
    pub link: PackageLink,
    /// The partial download to resume, if any.
    pub resume: Option<Partial>,
    /// The limits of the download.
    pub limits: Limits,
}

/// The limits of a download.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest package to accept, in bytes (default: 64 GiB).
    pub most_bytes: u64,
    /// The span of waiting in which [`least_bytes`](Self::least_bytes) must arrive (default: 60 s).
    pub window: Duration,
    /// The minimum number of bytes per window (default: 60 KiB).
    pub least_bytes: u64,
    /// The time limit for the reply to begin, and then between any two parts of it (default: 60 s).
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { most_bytes: 64 << 30, window: minute, least_bytes: 60 << 10, silence: minute }
    }
}

/// Runs one download, from the link to the last byte or to the reason for its failure.
pub async fn fetch(effects: Effects, fetch: Fetch) -> Fetched {
    let Fetch { folder, name, link, resume, limits } = fetch;
    if let Err(error) = super::check_name(&name) {
        return Fetched::Output(error);
    }
    let files = Files::new(effects, &folder, &name);
    if let Err(error) = files.lock().await {
        return Fetched::Output(error);
    }
    let fetched = match Part::open(files.clone(), resume, limits).await {
        Ok(Some(part)) if part.is_complete() => part.complete(),
        Ok(Some(mut part)) => {
            let fetched = part.fetch(link).await;
            if part.received == 0 {
                let _ = files.remove(&files.part()).await;
                let _ = files.remove(&files.sidecar_name()).await;
            }
            fetched
        }
        Ok(None) => Fetched::InPlace,
        Err(error) => Fetched::Output(error),
    };
    files.unlock().await;
    fetched
}

/// A download in progress: its file and the hash of the file's content.
struct Part {
    files: Files,
    hash: Sha256,
    received: u64,
    sidecar: Sidecar,
    limits: Limits,
}

impl Part {
    /// Hashes `NAME.part` from its first byte if it can be resumed. Starts over unless `resume`
    /// matches the file and there is a strong validator. `None` if the package is already in place.
    async fn open(
        files: Files,
        resume: Option<Partial>,
        limits: Limits,
    ) -> Result<Option<Self>, Error> {
        if files.look(&files.package).await? != Found::Nothing {
            let _ = files.remove(&files.part()).await;
            return Ok(None);
        }
        let length = match files.look(&files.part()).await? {
            Found::Nothing => 0,
            Found::File(length) => length,
            Found::Other => {
                let part = files.shown(&files.part());
                let text =
                    format!("`{part}` is no plain file, and nothing is written through a link");
                return Err(Error::new(Code::OutputFailed, text));
            }
        };
        let sidecar = files.sidecar().await;
        let can_continue = resume.is_some_and(|resume| resume.validator == sidecar.validator)
            && sidecar.validator.is_some()
            && sidecar.total.is_none_or(|total| length <= total);
        let mut hash = Sha256::new();
        let mut received = 0;
        if can_continue {
            received = files.read_all(&files.part(), &mut |bytes| hash.update(bytes)).await?;
        }
        Ok(Some(Self { files, hash, received, sidecar, limits }))
    }

    fn partial(&self) -> Partial {
        self.sidecar.partial(self.received)
    }

    fn is_complete(&self) -> bool {
        self.received > 0 && self.sidecar.total == Some(self.received)
    }

    fn complete(&self) -> Fetched {
        Fetched::Complete { size: self.received, sha256: hex(&self.hash.clone().finalize()) }
    }

    fn interrupted(&self, error: Error) -> Fetched {
        Fetched::Interrupted { partial: self.partial(), error }
    }

    async fn restart(&mut self, sidecar: Sidecar) -> Result<(), Error> {
        self.files.truncate(&self.files.part(), 0).await?;
        self.received = 0;
        self.hash = Sha256::new();
        self.sidecar = sidecar;
        self.files.replace(&self.files.sidecar_name(), self.sidecar.to_text()).await
    }

    /// Requests the package or the rest of it, and follows a few redirects without credentials.
    async fn fetch(&mut self, link: PackageLink) -> Fetched {
        let may_be_loopback = link.is_loopback();
        let mut link = link;
        for _ in 0..=MAX_REDIRECTS {
            let given = self.get(&link).await;
            if let Some(failure) = &given.failed {
                return if failure.is_redirect {
                    let text =
                        "the package link was redirected, and the browser does not say whereto";
                    Fetched::Refused(Error::new(Code::UnexpectedRedirect, text))
                } else {
                    let error = exchange::failure(failure);
                    match error.code() {
                        Code::TooLarge => Fetched::Refused(error),
                        _ => self.interrupted(error),
                    }
                };
            }
            let headers = exchange::headers(&given.headers);
            let Ok(status) = StatusCode::from_u16(given.status) else {
                return Fetched::Refused(exchange::opaque());
            };
            match Head::judge(status, &headers, &self.sidecar, self.received) {
                Head::Redirect(to) => {
                    let to = given.location.unwrap_or(to);
                    match follow(&to, may_be_loopback) {
                        Ok(to) => link = to,
                        Err(error) => return Fetched::Refused(error),
                    }
                }
                head => return self.take(head, headers).await,
            }
        }
        let text = format!("the package link was redirected more than {MAX_REDIRECTS} times");
        Fetched::Refused(Error::new(Code::UnexpectedRedirect, text))
    }

    async fn get(&self, link: &PackageLink) -> EffectResult {
        // A package is hashed as received: the server must not encode it.
        let mut headers = vec![(ACCEPT_ENCODING.to_string(), "identity".to_owned())];
        // A tag that is not a valid header value can only come from an edited sidecar; then the
        // download starts over.
        let tag = self.sidecar.validator.as_ref().filter(|tag| HeaderValue::from_str(tag).is_ok());
        if let (Some(tag), true) = (tag, self.received > 0) {
            headers.push((RANGE.to_string(), format!("bytes={}-", self.received)));
            headers.push((IF_RANGE.to_string(), tag.clone()));
        }
        let url = link.expose().to_owned();
        let seconds = self.limits.silence.as_secs_f64();
        self.files.effects.ask(Effect::Download { url, headers, seconds }).await
    }

    /// Acts on the head of the reply.
    async fn take(&mut self, head: Head, headers: HeaderMap) -> Fetched {
        match head {
            Head::Whole { length: Some(length), .. } if length > self.limits.most_bytes => {
                Fetched::Refused(self.too_large())
            }
            Head::Whole { sidecar, length } => self.whole(sidecar, length).await,
            Head::Rest { length } => self.stream(None, Some(self.received + length)).await,
            Head::Nothing => self.complete(),
            Head::Changed(error) => match self.restart(Sidecar::default()).await {
                Ok(()) => Fetched::Interrupted { partial: Partial::default(), error },
                Err(error) => Fetched::Output(error),
            },
            Head::Dead(error) => Fetched::Dead(error.with_body(&self.start_of_body().await)),
            Head::Later(error) => {
                let mut reply = http::Response::new(());
                *reply.headers_mut() = headers;
                self.interrupted(match retry::retry_after(&reply) {
                    Some(wait) => error.with_retry_after(wait),
                    None => error,
                })
            }
            Head::Refused(error) => Fetched::Refused(error.with_body(&self.start_of_body().await)),
            // Redirects were already followed or refused.
            Head::Redirect(_) => Fetched::Refused(Error::new(
                Code::UnexpectedRedirect,
                "the package link was redirected",
            )),
        }
    }

    /// Checks the first bytes before earlier ones are discarded.
    async fn whole(&mut self, sidecar: Sidecar, length: Option<u64>) -> Fetched {
        let dead = |why: &str| {
            Error::new(Code::LinkDead, format!("the package link gave {why}")).with_status(200)
        };
        match self.chunk().await {
            Ok(Some(first)) if is_markup(&first) => {
                Fetched::Dead(dead("a page in place of the package").with_body(&first))
            }
            Ok(Some(first)) => match self.restart(sidecar).await {
                Ok(()) => self.stream(Some(first), length).await,
                Err(error) => Fetched::Output(error),
            },
            Ok(None) => Fetched::Dead(dead("nothing")),
            Err(error) => self.interrupted(error),
        }
    }

    async fn stream(&mut self, first: Option<Vec<u8>>, expected: Option<u64>) -> Fetched {
        let part = self.files.part();
        let mut told = self.received;
        let mut pace = Pace { limits: self.limits, waited: Duration::ZERO, came: 0 };
        let mut next = first;
        let read = loop {
            if let Some(chunk) = next {
                let length = chunk.len() as u64;
                if self.received + length > self.limits.most_bytes {
                    break Err(self.too_large());
                }
                let keep = Effect::Keep { name: part.clone(), at: self.received };
                if let Err(error) = self.files.ask(&part, keep).await {
                    return Fetched::Output(error);
                }
                self.hash.update(&chunk);
                self.received += length;
                if expected != Some(self.received)
                    && let Err(error) = pace.came(length)
                {
                    break Err(error);
                }
                if self.received - told >= TELL_EVERY {
                    told = self.received;
                    self.tell(expected).await;
                }
            }
            let asked = self.files.effects.now().monotonic;
            let came = self.chunk().await;
            pace.waited += self.files.effects.now().monotonic.saturating_sub(asked);
            next = match came {
                Ok(Some(chunk)) => Some(chunk),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
        };
        self.tell(expected).await;
        match read {
            Ok(()) if expected.is_none_or(|expected| expected == self.received) => self.complete(),
            Ok(()) => self.interrupted(self.mismatch(expected)),
            Err(error) if error.code() == Code::TooLarge => {
                match self.restart(Sidecar::default()).await {
                    Ok(()) => Fetched::Refused(error),
                    Err(error) => Fetched::Output(error),
                }
            }
            Err(error) => self.interrupted(error),
        }
    }

    async fn tell(&self, total: Option<u64>) {
        self.files.effects.ask(Effect::Progress { received: self.received, total }).await;
    }

    async fn chunk(&self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            let seconds = self.limits.silence.as_secs_f64();
            let given = self.files.effects.ask(Effect::Chunk { seconds }).await;
            if let Some(failure) = &given.failed {
                return Err(exchange::failure(failure));
            }
            match given.bytes {
                Some(chunk) if chunk.is_empty() => {}
                chunk => return Ok(chunk),
            }
        }
    }

    /// The start of a body that explains why there is no package; empty if it cannot be read.
    async fn start_of_body(&self) -> Vec<u8> {
        self.chunk().await.ok().flatten().unwrap_or_default()
    }

    fn too_large(&self) -> Error {
        let text = format!(
            "the package is larger than the {} bytes that are taken",
            self.limits.most_bytes
        );
        Error::new(Code::TooLarge, text).with_hint(
            "raise the largest package that is taken, if there is room on the disk for it",
        )
    }

    fn mismatch(&self, expected: Option<u64>) -> Error {
        let text = format!(
            "the package ended after {} bytes, and {} were announced",
            self.received,
            expected.unwrap_or_default()
        );
        Error::new(Code::SizeMismatch, text)
    }
}

/// The download's speed. Time spent on the disk does not count.
struct Pace {
    limits: Limits,
    waited: Duration,
    came: u64,
}

impl Pace {
    /// Fails with `timed_out` at the end of a window in which too few bytes arrived.
    fn came(&mut self, bytes: u64) -> Result<(), Error> {
        self.came += bytes;
        if self.waited < self.limits.window {
            return Ok(());
        }
        let (waited, came) = (std::mem::take(&mut self.waited), std::mem::take(&mut self.came));
        if came >= self.limits.least_bytes {
            return Ok(());
        }
        let text = format!(
            "the package came too slowly: {came} bytes in {}.{} s, and at least {} were awaited",
            waited.as_secs(),
            waited.subsec_millis() / 100,
            self.limits.least_bytes
        );
        Err(Error::new(Code::TimedOut, text))
    }
}

/// The redirect's target, if it is allowed: https, or this machine if the original link led to this
/// machine.
fn follow(to: &str, may_be_loopback: bool) -> Result<PackageLink, Error> {
    let link = PackageLink::parse(to)?;
    if link.is_loopback() && !may_be_loopback {
        let text = "the package link is redirected to this machine";
        return Err(Error::new(Code::ForeignLink, text));
    }
    Ok(link)
}

const MAX_REDIRECTS: usize = 3;
const TELL_EVERY: u64 = 1 << 20;
