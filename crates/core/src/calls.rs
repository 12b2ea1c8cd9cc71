//! Single calls, outside of a run of the engine: looking things up, and cancelling.

mod call;
mod find;

pub use self::call::{Courier, call};
pub use self::find::find;
