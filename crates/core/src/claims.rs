//! A token's claims, read but not verified: enough to refuse early what is certain to fail.

mod audience;
mod need;
mod read;

pub use self::need::{
    CANCEL, COLLECT, COLLECTION_PATH, FIND_DEVICE, Need, PACKAGE_LINK, READ_ACTION,
};
pub use self::read::{Claims, Preflight};
