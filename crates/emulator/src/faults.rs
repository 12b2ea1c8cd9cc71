//! What goes wrong: which rule matches a call, and what it does to the answer.

mod after;
mod before;
mod book;

pub(crate) use after::change;
pub(crate) use before::{before, retry_after_text, storage_refusal};
pub(crate) use book::Book;
pub use book::Standing;

use crate::answer::Travel;
use crate::config::Fault;

/// How an exchange ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Ending {
    #[default]
    Answer,
    Drop,
    Reset,
}

/// What a fault does to the sending of an answer.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) ending: Ending,
    /// Seconds to hold the answer back.
    pub(crate) hold: Option<f64>,
    pub(crate) travel: Travel,
    pub(crate) may_compress: bool,
}

impl Fault {
    /// The name that it has in a rule.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::BadGzip => "bad_gzip",
            Self::ChangePackage => "change_package",
            Self::DeadLink => "dead_link",
            Self::DeepJson => "deep_json",
            Self::Empty => "empty",
            Self::Html => "html",
            Self::LateVisibility { .. } => "late_visibility",
            Self::LostAnswer => "lost_answer",
            Self::LostRequest => "lost_request",
            Self::MalformedJson => "malformed_json",
            Self::Oversize { .. } => "oversize",
            Self::Redirect { .. } => "redirect",
            Self::Reset => "reset",
            Self::Slow { .. } => "slow",
            Self::Stall { .. } => "stall",
            Self::Status { .. } => "status",
            Self::Throttle { .. } => "throttle",
            Self::Truncate { .. } => "truncate",
            Self::WrongContent => "wrong_content",
            Self::WrongContentType => "wrong_content_type",
            Self::Xml403 => "xml_403",
        }
    }
}
