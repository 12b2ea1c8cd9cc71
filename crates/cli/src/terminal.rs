//! Output to the terminal.

pub(crate) use self::cut::short;
pub(crate) use self::escape::safe;
pub(crate) use self::stdout::{lines, print};
pub(crate) use self::table::Table;
pub(crate) use self::units::{beyond, bytes, count};

mod cut;
mod escape;
mod stdout;
mod table;
mod units;
