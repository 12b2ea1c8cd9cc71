//! The logic of downloads, the same for every driver.

mod fetch;
mod files;
mod head;
mod inspect;
mod manifest;
mod name;
mod seal;
mod sidecar;

pub use self::fetch::{Fetch, Limits, fetch};
pub use self::files::disk_hint;
pub use self::head::{Head, is_markup};
pub use self::inspect::inspect;
pub use self::manifest::{Judgement, Manifest, MemberEntry, PackageEntry, Tool};
pub use self::name::check_name;
pub use self::seal::{Seal, seal};
pub use self::sidecar::Sidecar;
