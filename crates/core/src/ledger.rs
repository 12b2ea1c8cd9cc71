//! The content of a ledger, and its file format: one JSON object per line.

mod account;
mod book;
mod lately;
mod line;
mod quota_line;
mod taken;

pub use self::account::Account;
pub use self::book::{Book, Wanted};
use self::lately::Lately;
pub use self::line::{Line, Lines};
pub use self::quota_line::{QuotaLine, Seen, snapshot};
pub use self::taken::Taken;

/// The name of the file in an output folder.
pub const FILE_NAME: &str = "mde-forensics.ledger.jsonl";
