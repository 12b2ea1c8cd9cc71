//! The recorded calls.

use std::collections::VecDeque;

use serde::Serialize;
use time::OffsetDateTime;

use crate::config::Endpoint;
use crate::site::Site;

/// The recorded calls, oldest first.
#[derive(Debug)]
pub(crate) struct Calls {
    records: VecDeque<CallRecord>,
    most: usize,
    seen: u64,
}

/// A recorded call, without its token and without the query of a link.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// Its number, counted from 1.
    pub number: u64,
    /// When it arrived, by the emulator's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The listener.
    pub site: Site,
    /// The method.
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The query of a call to the API, as it was sent.
    pub query: Option<String>,
    /// The endpoint; absent for an unknown address.
    pub endpoint: Option<Endpoint>,
    /// The id of the device it was about.
    pub device: Option<String>,
    /// The status of the response; absent if the connection was dropped.
    pub status: Option<u16>,
    /// Whether it had a bearer token.
    pub bearer: bool,
    /// The kind of fault that was applied.
    pub fault: Option<&'static str>,
}

impl Calls {
    pub(super) fn new(most: usize) -> Self {
        Self { records: VecDeque::new(), most: most.max(1), seen: 0 }
    }

    pub(crate) fn push(&mut self, record: CallRecord) {
        if self.records.len() >= self.most {
            self.records.pop_front();
        }
        self.seen += 1;
        self.records.push_back(CallRecord { number: self.seen, ..record });
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.seen = 0;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &CallRecord> {
        self.records.iter()
    }

    /// How many calls there were, including those no longer recorded.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }
}
