//! The channel between the thread that writes a package and the task that receives it.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use mde_forensics_core::work::EffectResult;
use mde_forensics_core::{Code, Error};
use tokio::sync::{mpsc, oneshot};

use crate::transport::{Download, Transport};

/// The thread's end.
pub(super) struct Line {
    asks: mpsc::Sender<Ask>,
    body: Option<mpsc::Receiver<Chunk>>,
}

/// The task's end.
pub(super) struct Exchange<'a> {
    transport: &'a Transport,
    asks: mpsc::Receiver<Ask>,
}

struct Ask {
    url: String,
    headers: HeaderMap,
    reply: oneshot::Sender<Result<Reply, Error>>,
}

struct Reply {
    given: EffectResult,
    body: mpsc::Receiver<Chunk>,
}

/// A part of the body, `None` at its end, or the reason why it broke off.
type Chunk = Result<Option<Bytes>, Error>;

impl Line {
    pub(super) fn new(transport: &Transport) -> (Self, Exchange<'_>) {
        let (sender, asks) = mpsc::channel(1);
        (Self { asks: sender, body: None }, Exchange { transport, asks })
    }

    /// Requests a package and waits for the head of the reply.
    pub(super) fn download(&mut self, url: String, headers: &[(String, String)]) -> EffectResult {
        self.body = None;
        let (reply, replied) = oneshot::channel();
        let headers = headers.iter().filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        });
        let ask = Ask { url, headers: headers.collect(), reply };
        let asked = self.asks.blocking_send(ask).ok().and_then(|()| replied.blocking_recv().ok());
        match asked {
            Some(Ok(Reply { given, body })) => {
                self.body = Some(body);
                given
            }
            Some(Err(error)) => error.into(),
            None => given_up().into(),
        }
    }

    /// Waits for the next part of the body.
    pub(super) fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = self.body.as_mut().and_then(mpsc::Receiver::blocking_recv);
        chunk.unwrap_or_else(|| Err(given_up()))
    }
}

impl Exchange<'_> {
    /// Serves the thread until it hangs up. A slow thread slows the network down.
    pub(super) async fn serve(mut self) {
        let mut body = None;
        loop {
            tokio::select! {
                ask = self.asks.recv() => match ask {
                    Some(ask) => body = answer(self.transport, ask).await,
                    None => return,
                },
                goes_on = pass_on(&mut body), if body.is_some() => if !goes_on {
                    body = None;
                },
            }
        }
    }
}

async fn answer(transport: &Transport, ask: Ask) -> Option<(Download, mpsc::Sender<Chunk>)> {
    let Ask { url, headers, reply } = ask;
    match transport.download(&url, headers).await {
        Ok(download) => {
            let (sender, body) = mpsc::channel(CHUNKS);
            let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
            let headers = &download.headers;
            let given = EffectResult {
                status: download.status.as_u16(),
                headers: headers.iter().map(|(name, it)| (name.to_string(), text(it))).collect(),
                location: download.location(&url),
                ..EffectResult::default()
            };
            reply.send(Ok(Reply { given, body })).ok().map(|()| (download, sender))
        }
        Err(error) => {
            let _ = reply.send(Err(error));
            None
        }
    }
}

/// Passes on the next part of the body; returns whether more may come. Dropping the future loses no
/// bytes.
async fn pass_on(body: &mut Option<(Download, mpsc::Sender<Chunk>)>) -> bool {
    let Some((download, sender)) = body else { return false };
    let Ok(place) = sender.reserve().await else { return false };
    let chunk = download.chunk().await;
    let goes_on = matches!(chunk, Ok(Some(_)));
    place.send(chunk);
    goes_on
}

/// Never seen: the caller that asked for the download is gone.
fn given_up() -> Error {
    Error::new(Code::ConnectionLost, "the download was given up")
}

/// How many chunks may wait for the disk; one chunk from the network is at most a few hundred KiB.
const CHUNKS: usize = 8;
