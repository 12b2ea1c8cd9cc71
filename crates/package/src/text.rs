//! Text members: how they are decoded, and their lines and records.

mod code_page;
mod csv;
mod decode;
mod lines;
mod registry;

pub(crate) use code_page::CodePage;
pub(crate) use csv::{Records, Shape, parse_fields};
pub use decode::TextEncoding;
use decode::{Decoded, guess};
pub(crate) use lines::{Line, Lines, Told};
pub(crate) use registry::{Piece, Registry};
