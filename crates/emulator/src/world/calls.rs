//! The calls that were seen.

use std::collections::VecDeque;

use serde::Serialize;
use time::OffsetDateTime;

use crate::config::Endpoint;
use crate::site::Site;

/// The calls that were seen, the oldest first.
#[derive(Debug)]
pub(crate) struct Calls {
    records: VecDeque<CallRecord>,
    most: usize,
    seen: u64,
}

/// A call that was seen. It holds no token, and of a link no query.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// Counted from 1.
    pub number: u64,
    /// When it came, by the emulator's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The listener.
    pub site: Site,
    /// The method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The query of a call to the API, as it was sent.
    pub query: Option<String>,
    /// What it called; absent for an unknown address.
    pub endpoint: Option<Endpoint>,
    /// The id of the device that it was about.
    pub device: Option<String>,
    /// The status of the answer; absent where the connection was dropped.
    pub status: Option<u16>,
    /// Whether a bearer token came with it.
    pub bearer: bool,
    /// What went wrong with it: the kind of the rule.
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

    /// How many there were, forgotten ones too.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }
}
