//! Tracks what delays collections, for reporting when their time runs out.

use std::time::Duration;

use super::Context;
use crate::Error;
use crate::engine::EventKind;

/// The last error that was not followed by a success.
#[derive(Debug)]
pub(in crate::engine) struct Troubles {
    /// By collection.
    own: Vec<Option<Error>>,
    /// Errors that affect all: of the token and of the shared poll.
    shared: Option<Error>,
}

impl Troubles {
    pub(super) fn new(collections: usize) -> Self {
        Self { own: vec![None; collections], shared: None }
    }

    fn of(&mut self, index: Option<usize>) -> Option<&mut Option<Error>> {
        match index {
            Some(index) => self.own.get_mut(index),
            None => Some(&mut self.shared),
        }
    }
}

impl Context {
    /// What delays this collection; its own error comes before a shared one.
    pub(in crate::engine) fn trouble(&self, index: usize) -> Option<&Error> {
        let own = self.troubles.own.get(index).and_then(Option::as_ref);
        own.or(self.troubles.shared.as_ref())
    }

    pub(in crate::engine) fn has_trouble(&mut self, index: Option<usize>, error: &Error) {
        if let Some(trouble) = self.troubles.of(index) {
            *trouble = Some(error.clone());
        }
    }

    pub(in crate::engine) fn has_no_trouble(&mut self, index: Option<usize>) {
        if let Some(trouble) = self.troubles.of(index) {
            *trouble = None;
        }
    }

    /// Reports that a failed call will be tried again after `wait`.
    pub(in crate::engine) fn retrying(
        &mut self,
        index: Option<usize>,
        error: &Error,
        wait: Duration,
    ) {
        self.has_trouble(index, error);
        let (code, message) = (error.code(), error.to_string());
        self.event(index, EventKind::Retrying { code, message, seconds: wait.as_secs_f64() });
    }
}
