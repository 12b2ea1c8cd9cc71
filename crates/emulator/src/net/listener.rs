//! The accept loop of one listener.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::socket::{Socket, Wire};
use crate::Error;
use crate::config::Limits;
use crate::exchange::exchange;
use crate::handle::Shared;
use crate::site::Site;

/// Opens a listener on the loopback interface.
pub(crate) async fn bind(
    listener: &'static str,
    port: u16,
) -> Result<(TcpListener, SocketAddr), Error> {
    let refused = |source| Error::Bind { listener, port, source };
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)?;
    let address = socket.local_addr().map_err(refused)?;
    Ok((socket, address))
}

/// Serves `site` until the future is dropped, which also closes its connections.
pub(crate) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    site: Site,
    shared: Arc<Shared>,
) {
    let places =
        Arc::new(Semaphore::new(shared.limits().connections.clamp(1, Semaphore::MAX_PERMITS)));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: give the others time to end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            let _place = place;
            let _ = stream.set_nodelay(true);
            let wire = Wire::default();
            let socket = Socket::new(stream, wire.clone());
            match acceptor {
                None => connection(socket, wire, site, shared).await,
                Some(acceptor) => {
                    let hands = tokio::time::timeout(PATIENCE, acceptor.accept(socket)).await;
                    if let Ok(Ok(stream)) = hands {
                        connection(stream, wire, site, shared).await;
                    }
                }
            }
        });
    }
}

/// An error means that the connection broke, because of the caller or of a fault.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    wire: Wire,
    site: Site,
    shared: Arc<Shared>,
) {
    let Limits { head, .. } = *shared.limits();
    let service = service_fn(|request| exchange(site, Arc::clone(&shared), wire.clone(), request));
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(head.max(8_192))
        .max_headers(100)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// How long a TLS handshake may take, in real time.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may wait for a complete request head: the idle timeout of Azure's load
/// balancers.
const IDLE: Duration = Duration::from_secs(240);
