//! Single calls outside a run of the engine: look-ups and cancelling.

mod call;
mod cancel;
mod find;

pub use self::call::{Courier, call};
pub use self::cancel::{cancel, is_own, not_ours};
pub use self::find::find;
