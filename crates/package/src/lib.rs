//! Opens a Microsoft Defender for Endpoint investigation package safely: inventory, hashes, findings.
//!
//! A package comes from a machine that may be in an attacker's hands, so it is hostile input. This
//! crate reads it through a [`Source`] and does nothing else: no clock, no environment, no file
//! system, no network, no threads, no randomness. Nothing is ever written by a member's name.
//!
//! ```
//! use mde_forensics_package::{Budgets, Digests, Inventory};
//!
//! // The smallest zip that there is: an end record and nothing before it. No collection makes that.
//! let package: Vec<u8> = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
//! let inventory = Inventory::verify(&package, &Budgets::default(), Digests::Sha256, |_| ())?;
//! assert!(!inventory.is_whole());
//! assert_eq!(inventory.findings[0].code(), "empty_archive");
//! # Ok::<(), mde_forensics_package::Error>(())
//! ```

mod budgets;
mod digest;
mod error;
mod finding;
mod inventory;
mod member;
mod name;
mod source;
mod zip;

pub use budgets::Budgets;
pub use digest::{Digests, Sha256};
pub use error::Error;
pub use finding::{Finding, Kind, Severity};
pub use inventory::{Inventory, MemberReader};
pub use member::{DosTime, Member, Method, Verdict};
pub use name::Encoding;
pub use source::Source;
