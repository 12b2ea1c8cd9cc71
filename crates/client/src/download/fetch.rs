//! Streams a package into its `.part`.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderValue, IF_RANGE, RANGE};
use mde_forensics_core::download::{Head, Sidecar, is_markup};
use mde_forensics_core::engine::{Fetched, Partial};
use mde_forensics_core::{Code, Error, PackageLink, retry};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::blocking;
use super::part::Part;
use super::paths::Paths;
use crate::transport::{Download, Limits, Transport};

/// One download, from the link to the last byte or to why there is none.
pub(super) struct Fetch<'a, P> {
    transport: &'a Transport,
    paths: Paths,
    progress: P,
}

impl<'a, P: Fn(u64, Option<u64>) + Send + Sync> Fetch<'a, P> {
    pub(super) fn new(transport: &'a Transport, paths: Paths, progress: P) -> Self {
        Self { transport, paths, progress }
    }

    pub(super) async fn run(self, link: PackageLink, resume: Option<Partial>) -> Fetched {
        let paths = self.paths.clone();
        let opened =
            blocking(move || Part::open(paths, resume.as_ref())).await.and_then(|part| part);
        let part = match opened {
            Ok(Some(part)) if part.is_complete() => return complete(&part),
            Ok(Some(part)) => part,
            Ok(None) => return Fetched::InPlace,
            Err(error) => return Fetched::Output(error),
        };
        match self.request(link, &part).await {
            Ok((response, head)) => self.take(response, head, part).await,
            Err(stopped) => {
                discard(part).await;
                stopped
            }
        }
    }

    /// Asks for the package or its rest, and follows a few redirects with nothing in hand.
    async fn request(&self, link: PackageLink, part: &Part) -> Result<(Download, Head), Fetched> {
        let may_be_loopback = link.is_loopback();
        let mut link = link;
        for _ in 0..=MAX_REDIRECTS {
            let response = self
                .get(&link, part)
                .await
                .map_err(|error| Fetched::Interrupted { partial: part.partial(), error })?;
            match Head::judge(response.status, &response.headers, part.sidecar(), part.received()) {
                Head::Redirect(to) => {
                    link = follow(&link, &to, may_be_loopback).map_err(Fetched::Refused)?;
                }
                head => return Ok((response, head)),
            }
        }
        let text = format!("the package link was redirected more than {MAX_REDIRECTS} times");
        Err(Fetched::Refused(Error::new(Code::UnexpectedRedirect, text)))
    }

    async fn get(&self, link: &PackageLink, part: &Part) -> Result<Download, Error> {
        let mut headers = HeaderMap::new();
        if let (Some(tag), true) = (&part.sidecar().validator, part.received() > 0) {
            let range = HeaderValue::try_from(format!("bytes={}-", part.received()));
            // A tag that is no header, which only an edited sidecar can hold, means a download from the start.
            if let (Ok(range), Ok(tag)) = (range, HeaderValue::from_str(tag)) {
                headers.insert(RANGE, range);
                headers.insert(IF_RANGE, tag);
            }
        }
        self.transport.download(link, headers).await
    }

    /// Acts on the reply's head.
    async fn take(&self, mut response: Download, head: Head, part: Part) -> Fetched {
        let most = self.transport.limits().most_bytes;
        let stopped = match head {
            Head::Whole { length: Some(length), .. } if length > most => {
                Fetched::Refused(too_large(most))
            }
            Head::Whole { sidecar, length } => {
                return self.whole(response, sidecar, length, part).await;
            }
            Head::Rest { length } => {
                let expected = Some(part.received() + length);
                return self.stream(response, None, expected, part).await;
            }
            Head::Nothing => return complete(&part),
            Head::Changed(error) => {
                return match restart(part, Sidecar::new(None, None)).await {
                    Ok(part) => {
                        discard(part).await;
                        Fetched::Interrupted { partial: Partial::default(), error }
                    }
                    Err(error) => Fetched::Output(error),
                };
            }
            Head::Dead(error) => {
                Fetched::Dead(error.with_body(&start_of_body(&mut response).await))
            }
            Head::Later(error) => {
                let error = match wait(&response) {
                    Some(wait) => error.with_retry_after(wait),
                    None => error,
                };
                Fetched::Interrupted { partial: part.partial(), error }
            }
            Head::Refused(error) => {
                Fetched::Refused(error.with_body(&start_of_body(&mut response).await))
            }
            // `request` has followed or refused every redirect.
            Head::Redirect(_) => Fetched::Refused(Error::new(
                Code::UnexpectedRedirect,
                "the package link was redirected",
            )),
        };
        discard(part).await;
        stopped
    }

    /// Looks at the first bytes before anything that was received earlier is given up for them.
    async fn whole(
        &self,
        mut response: Download,
        sidecar: Sidecar,
        length: Option<u64>,
        part: Part,
    ) -> Fetched {
        let dead = |why: &str| {
            Error::new(Code::LinkDead, format!("the package link gave {why}")).with_status(200)
        };
        let stopped = match first_chunk(&mut response).await {
            Ok(Some(first)) if is_markup(&first) => {
                Fetched::Dead(dead("a page in place of the package").with_body(&first))
            }
            Ok(Some(first)) => {
                return match restart(part, sidecar).await {
                    Ok(part) => self.stream(response, Some(first), length, part).await,
                    Err(error) => Fetched::Output(error),
                };
            }
            Ok(None) => Fetched::Dead(dead("nothing")),
            Err(error) => Fetched::Interrupted { partial: part.partial(), error },
        };
        discard(part).await;
        stopped
    }

    /// Hands what arrives to a thread that writes and hashes it; a full channel holds the network back.
    async fn stream(
        &self,
        mut response: Download,
        first: Option<Bytes>,
        expected: Option<u64>,
        mut part: Part,
    ) -> Fetched {
        let limits = self.transport.limits();
        let mut received = part.received();
        let mut told = received;
        let mut pace = Pace::new(limits);
        let (chunks, mut waiting) = mpsc::channel(CHUNKS);
        let writer = blocking(move || {
            let written = part.fill(&mut waiting);
            (part, written)
        });
        let reader = async move {
            let mut next = Ok(first);
            loop {
                match next {
                    Ok(Some(chunk)) => {
                        let length = chunk.len() as u64;
                        received += length;
                        if received > limits.most_bytes {
                            return Err(too_large(limits.most_bytes));
                        }
                        if expected != Some(received) {
                            pace.came(length)?;
                        }
                        if chunks.send(chunk).await.is_err() {
                            // The writer has stopped and says why.
                            return Ok(());
                        }
                        if received - told >= TELL_EVERY {
                            told = received;
                            (self.progress)(received, expected);
                        }
                    }
                    Ok(None) => {}
                    Err(error) => return Err(error),
                }
                let asked = Instant::now();
                next = response.chunk().await;
                pace.waited += asked.elapsed();
                if matches!(next, Ok(None)) {
                    return Ok(());
                }
            }
        };
        let (written, read) = tokio::join!(writer, reader);
        let part = match written {
            Ok((part, Ok(()))) => part,
            Ok((part, Err(e))) => return Fetched::Output(part.failed(&e)),
            Err(error) => return Fetched::Output(error),
        };
        (self.progress)(part.received(), expected);
        match read {
            Ok(()) if expected.is_none_or(|expected| expected == part.received()) => {
                complete(&part)
            }
            Ok(()) => {
                Fetched::Interrupted { partial: part.partial(), error: mismatch(&part, expected) }
            }
            Err(error) if error.code() == Code::TooLarge => {
                match restart(part, Sidecar::new(None, None)).await {
                    Ok(part) => {
                        discard(part).await;
                        Fetched::Refused(error)
                    }
                    Err(error) => Fetched::Output(error),
                }
            }
            Err(error) => Fetched::Interrupted { partial: part.partial(), error },
        }
    }
}

/// How fast a download comes. What the disk takes is not held against the network.
struct Pace {
    limits: Limits,
    waited: Duration,
    came: u64,
}

impl Pace {
    fn new(limits: Limits) -> Self {
        Self { limits, waited: Duration::ZERO, came: 0 }
    }

    /// Fails with `timed_out` at the end of a window in which too little came.
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
            "the package came too slowly: {came} bytes in {:.1} s, and at least {} were awaited",
            waited.as_secs_f64(),
            self.limits.least_bytes
        );
        Err(Error::new(Code::TimedOut, text))
    }
}

/// The redirect's target, if it may be gone to: by https, or to this machine if the link was of this machine.
fn follow(from: &PackageLink, to: &str, may_be_loopback: bool) -> Result<PackageLink, Error> {
    let foreign =
        |why: &str| Error::new(Code::ForeignLink, format!("the package link is redirected {why}"));
    let url = reqwest::Url::parse(from.expose())
        .and_then(|from| from.join(to))
        .map_err(|_| foreign("to what is no URL"))?;
    let link = PackageLink::parse(url.as_str())?;
    if link.is_loopback() && !may_be_loopback {
        return Err(foreign("to this machine"));
    }
    Ok(link)
}

async fn restart(mut part: Part, sidecar: Sidecar) -> Result<Part, Error> {
    blocking(move || part.restart(sidecar).map(|()| part)).await?
}

async fn discard(part: Part) {
    // Nothing hangs on it: an empty file may stay behind.
    let _ = blocking(move || part.discard()).await;
}

async fn first_chunk(response: &mut Download) -> Result<Option<Bytes>, Error> {
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if chunk.is_empty() => {}
            Ok(chunk) => return Ok(chunk),
            Err(error) => return Err(error),
        }
    }
}

/// The start of a body that says why there is no package; what cannot be read says nothing.
async fn start_of_body(response: &mut Download) -> Bytes {
    first_chunk(response).await.ok().flatten().unwrap_or_default()
}

fn wait(response: &Download) -> Option<Duration> {
    let mut head = http::Response::new(());
    head.headers_mut().clone_from(&response.headers);
    retry::retry_after(&head)
}

fn complete(part: &Part) -> Fetched {
    Fetched::Complete { size: part.received(), sha256: part.sha256() }
}

fn too_large(most: u64) -> Error {
    let text = format!("the package is larger than the {most} bytes that are taken");
    Error::new(Code::TooLarge, text)
        .with_hint("raise the largest package that is taken, if there is room on the disk for it")
}

fn mismatch(part: &Part, expected: Option<u64>) -> Error {
    let text = format!(
        "the package ended after {} bytes, and {} were announced",
        part.received(),
        expected.unwrap_or_default()
    );
    Error::new(Code::SizeMismatch, text)
}

const MAX_REDIRECTS: usize = 3;
/// How many chunks may wait for the disk; reqwest gives at most some hundred KiB in one.
const CHUNKS: usize = 8;
const TELL_EVERY: u64 = 1 << 20;
