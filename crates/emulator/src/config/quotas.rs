//! How the emulator counts calls.

use serde::{Deserialize, Serialize};

use super::RetryAfter;

/// How the emulator counts calls. The default numbers are the documented ones. It is not known what
/// the service counts together, and in which kind of window.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Quotas {
    /// Whether calls are counted.
    pub on: bool,
    /// The kind of window.
    pub window: QuotaWindow,
    /// What is counted together.
    pub scope: QuotaScope,
    /// Calls per minute.
    pub per_minute: u32,
    /// Calls per hour.
    pub per_hour: u32,
    /// Requests for a link per minute.
    pub links_per_minute: u32,
    /// Requests for a link per hour.
    pub links_per_hour: u32,
    /// How a 429 response says when to retry.
    pub retry_after: RetryAfter,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            on: true,
            window: QuotaWindow::default(),
            scope: QuotaScope::default(),
            per_minute: 100,
            per_hour: 1_500,
            links_per_minute: 2,
            links_per_hour: 120,
            retry_after: RetryAfter::default(),
        }
    }
}

/// The kind of window in which calls are counted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuotaWindow {
    /// A bucket that starts full and refills evenly.
    Bucket,
    /// Whole minutes and hours of the clock.
    Fixed,
    /// The last 60 s and the last 3,600 s.
    #[default]
    Sliding,
}

/// What is counted together, for each app.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuotaScope {
    /// All calls of the app; requests for links also separately.
    App,
    /// The calls of each endpoint.
    #[default]
    Endpoint,
}
