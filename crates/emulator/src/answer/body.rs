//! A body that is generated while it is sent, and that can be slow or stop early.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use time::OffsetDateTime;

use super::{Payload, Travel};
use crate::clock::Clock;
use crate::text::seconds;

/// A body that is generated while it is sent, so that little of it is in memory.
pub(crate) struct Body {
    payload: Payload,
    travel: Travel,
    clock: Clock,
    started: OffsetDateTime,
    sent: u64,
    wait: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
    ending: bool,
}

/// A fault ends the connection here.
#[derive(Debug)]
pub(crate) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection was cut by a fault")
    }
}

impl std::error::Error for Cut {}

impl Body {
    pub(super) fn new(payload: Payload, travel: Travel, clock: Clock) -> Self {
        let started = clock.now();
        Self { payload, travel, clock, started, sent: 0, wait: None, ending: false }
    }

    fn next_chunk(&self) -> Bytes {
        let left = self.size().saturating_sub(self.sent).min(self.allowance());
        let length = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        match &self.payload {
            Payload::Chunked(bytes) | Payload::Whole(bytes) => part(bytes, self.sent, length),
            Payload::Padded { bytes, .. } if self.sent < bytes.len() as u64 => {
                part(bytes, self.sent, length)
            }
            Payload::Padded { .. } => Bytes::from_static(BLANKS).slice(..length.min(BLANKS.len())),
            Payload::Package { package, range } => {
                let mut chunk = vec![0; length];
                let read = package.read_at(range.start + self.sent, &mut chunk);
                chunk.truncate(read);
                chunk.into()
            }
        }
    }

    fn size(&self) -> u64 {
        match &self.payload {
            Payload::Chunked(bytes) | Payload::Whole(bytes) => bytes.len() as u64,
            Payload::Padded { size, bytes } => (*size).max(bytes.len() as u64),
            Payload::Package { range, .. } => range.end.saturating_sub(range.start),
        }
    }

    /// How many bytes may be sent at once: up to the cut, and at most a tenth of a second's worth.
    fn allowance(&self) -> u64 {
        let before_cut = self.travel.cut.map_or(u64::MAX, |cut| cut.saturating_sub(self.sent));
        let pace = self.travel.bytes_per_second.map_or(u64::MAX, |rate| (rate / 10).max(1));
        before_cut.min(pace)
    }

    fn pause(&mut self) {
        let Some(rate) = self.travel.bytes_per_second else { return };
        #[expect(clippy::cast_precision_loss, reason = "a pace need not be exact")]
        let due = self.started.saturating_add(seconds(self.sent as f64 / rate.max(1) as f64));
        let clock = self.clock.clone();
        self.wait = Some(Box::pin(async move { clock.wait_until(due).await }));
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        if self.travel.cut.is_some_and(|cut| self.sent >= cut) {
            if self.ending {
                return Poll::Ready(Some(Err(Cut)));
            }
            // What was sent before must reach the caller before the connection goes.
            self.ending = true;
            self.wait = Some(Box::pin(tokio::time::sleep(Duration::from_millis(10))));
            return self.poll_frame(context);
        }
        let chunk = self.next_chunk();
        if chunk.is_empty() {
            return Poll::Ready(None);
        }
        self.sent += chunk.len() as u64;
        self.pause();
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.travel.cut.is_none() && self.sent >= self.size()
    }

    fn size_hint(&self) -> SizeHint {
        match self.payload {
            Payload::Chunked(_) => SizeHint::default(),
            _ => SizeHint::with_exact(self.size().saturating_sub(self.sent)),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Body").field("sent", &self.sent).finish_non_exhaustive()
    }
}

fn part(bytes: &Bytes, from: u64, length: usize) -> Bytes {
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(from..from.saturating_add(length).min(bytes.len()))
}

const CHUNK: usize = 128 * 1024;
static BLANKS: &[u8] = &[b' '; 16 * 1024];
