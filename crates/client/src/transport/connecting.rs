//! Knows whether a request still waits for its connection, so that it never leaves later than it may.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

/// How many connections are being made for one request just now.
#[derive(Clone, Debug, Default)]
pub(super) struct Connecting(Arc<AtomicUsize>);

tokio::task_local! {
    /// Of the request that is polled; a connector sees nothing else of it.
    static CURRENT: Connecting;
}

impl Connecting {
    /// Sends the request so that the connections that it asks for are counted here.
    pub(super) async fn watch<F: Future>(&self, request: F) -> F::Output {
        CURRENT.scope(self.clone(), request).await
    }

    /// Ends after this real time if a connection is being made just then, and never otherwise.
    ///
    /// A request that waits for no connection has left already and only its reply is outstanding.
    pub(super) async fn overdue(&self, after: Duration) {
        tokio::time::sleep(after).await;
        if self.0.load(Ordering::SeqCst) == 0 {
            std::future::pending::<()>().await;
        }
    }
}

/// Has the connections that a request asks for counted while they are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counting;

impl<S> Layer<S> for Counting {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner }
    }
}

/// A connector whose connections are counted while they are made.
#[derive(Clone)]
pub(super) struct Counted<S> {
    inner: S,
}

impl<S, R> Service<R> for Counted<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let one = CURRENT.try_with(One::new).ok();
        let connection = self.inner.call(request);
        Box::pin(async move {
            let _one = one;
            connection.await
        })
    }
}

/// One connection in the making.
struct One(Connecting);

impl One {
    fn new(connecting: &Connecting) -> Self {
        connecting.0.fetch_add(1, Ordering::SeqCst);
        Self(connecting.clone())
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}
