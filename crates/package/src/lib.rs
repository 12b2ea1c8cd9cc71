//! Opens Microsoft Defender for Endpoint investigation packages: inventory, hashes, and evidence as
//! tables.
//!
//! A package comes from a machine that an attacker may control, so it is treated as hostile input.
//! This crate reads it through a [`Source`] and does nothing else: it uses no clock, environment,
//! file system, network, threads or randomness. It never writes a file under a member's name.
//!
//! [`Package::open`] opens a zip, and [`Package::open_folder`] the files of an extracted package.
//! The tables are Arrow record batches. Each row names its member, the member's hash, the line or
//! record number and a parse status, and has the raw text if the member is text.
//! [`Package::read_all`] reads every table once and reports what is covered, what is missing, and
//! what does not add up.
//!
//! ```no_run
//! use mde_forensics_package::{Budgets, Package};
//!
//! # fn read(bytes: Vec<u8>) -> Result<(), mde_forensics_package::Error> {
//! let package = Package::open(bytes, &Budgets::default())?;
//! let processes = package.table("processes")?;
//! let report = package.report()?;
//! assert!(processes.rows() > 0 && !report.needs_a_look());
//! # Ok(())
//! # }
//! ```
//!
//! To list and check the members without interpreting them, make an [`Inventory`]:
//!
//! ```
//! use mde_forensics_package::{Budgets, Digests, Inventory};
//!
//! // The smallest possible zip: an end record and nothing before it. It is not a package.
//! let package: Vec<u8> = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
//! let inventory = Inventory::verify(&package, &Budgets::default(), Digests::Sha256, |_| ())?;
//! assert!(!inventory.is_whole());
//! assert_eq!(inventory.findings[0].code(), "empty_archive");
//! # Ok::<(), mde_forensics_package::Error>(())
//! ```

mod address;
mod artifact;
mod budgets;
mod cab;
mod clock;
mod compare;
mod crc;
mod digest;
mod edge;
mod error;
mod escape;
pub mod event_log;
mod export;
mod extract;
mod file_time;
mod finding;
mod inventory;
mod issue;
mod member;
mod name;
mod order;
mod package;
mod password;
pub mod prefetch;
mod report;
pub mod safe;
mod search;
mod source;
mod table;
mod text;
mod tree;
#[cfg(feature = "typescript")]
pub mod typescript;
mod zip;

pub use arrow_array;
pub use arrow_schema;

pub use budgets::Budgets;
pub use clock::{DateOrderSource, Precision, Stamp, TzSource};
pub use compare::{Change, Comparison, NotCompared, compare};
pub use digest::{Digests, Sha256};
pub use error::Error;
pub use export::{
    Dataset, FileStore, Format, RECORD, Redaction, TableFormat, TableWriter, files_of_record,
    unfinished_record, write_ocsf, write_timesketch,
};
pub use extract::{Extract, NotExtracted};
pub use file_time::FileTime;
pub use finding::{Finding, Kind, Severity};
pub use inventory::{Inventory, MemberReader, Verification};
pub use issue::{Issue, IssueKind};
pub use member::{DosTime, Encryption, Member, Method, Verdict};
pub use name::Encoding;
pub use package::{About, Collection, FolderFile, LeftOut, Package, Places};
pub use password::Password;
pub use report::{Coverage, CoverageStatus, Report, TableCount, timeline_lines};
pub use search::{
    Hit, Indicator, IndicatorKind, Indicators, NotSearched, Search, UnusableLine, parse_indicators,
    read_indicators,
};
pub use source::{Source, Work};
pub use table::{Column, ColumnKind, ParseStatus, Table, TableSchema};
pub use text::TextEncoding;
pub use tree::{Parent, ProcessNode, ProcessTree};
