//! A person who signs in on another screen, prompted by a Python function.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, Either, select};
use mde_forensics::core::endpoint::token::{DeviceCodePrompt, Token};
use mde_forensics::core::{Code, Error};
use mde_forensics::{Credential, DeviceCodeCredential, TokenContext};
use pyo3::prelude::*;
use serde_json::json;
use tokio::sync::Notify;

use crate::convert;
use crate::error;

/// A device-code sign-in that fails if the prompt fails.
pub(super) struct Prompted {
    inner: DeviceCodeCredential<Show>,
    failure: Arc<Failure>,
}

type Show = Box<dyn Fn(&DeviceCodePrompt) + Send + Sync>;

/// The function's exception.
#[derive(Default)]
struct Failure {
    error: Mutex<Option<Error>>,
    raised: Notify,
}

impl Prompted {
    /// `prompt` is called, on a thread that nothing else waits for, with a dict that says what the
    /// person must do.
    pub(super) fn new(client_id: String, prompt: Py<PyAny>) -> Self {
        let prompt = Arc::new(prompt);
        let failure = Arc::new(Failure::default());
        let told = Arc::clone(&failure);
        let show = move |shown: &DeviceCodePrompt| {
            let shown = json!({
                "user_code": shown.user_code,
                "verification_uri": shown.verification_uri,
                "message": shown.message,
                "expires_in": shown.expires_in.as_secs(),
            });
            let (prompt, told) = (Arc::clone(&prompt), Arc::clone(&told));
            tokio::task::spawn_blocking(move || {
                let failed = Python::try_attach(|py| {
                    let shown = convert::to_python(py, &shown);
                    let called = shown.and_then(|shown| prompt.call1(py, (shown,)));
                    let text = "the prompt for the device code failed";
                    called.err().map(|e| error::of_callback(py, Code::CredentialFailed, text, e))
                });
                if let Some(Some(error)) = failed {
                    told.tell(error);
                }
            });
        };
        Self { inner: DeviceCodeCredential::new(client_id, Box::new(show)), failure }
    }
}

impl Failure {
    fn tell(&self, error: Error) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        self.raised.notify_one();
    }

    fn take(&self) -> Option<Error> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn heard(&self) -> Error {
        loop {
            self.raised.notified().await;
            if let Some(error) = self.take() {
                return error;
            }
        }
    }
}

impl fmt::Debug for Prompted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Credential for Prompted {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async move {
            // It belongs to an earlier sign-in.
            drop(self.failure.take());
            match select(self.inner.token(cx), pin!(self.failure.heard())).await {
                Either::Left((token, _)) => token,
                Either::Right((error, _)) => Err(error),
            }
        })
    }

    fn client_id(&self) -> Option<&str> {
        self.inner.client_id()
    }
}
