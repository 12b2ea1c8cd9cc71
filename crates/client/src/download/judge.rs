//! What an inventory says of a package as a whole.

use std::fs::File;
use std::path::Path;

use mde_forensics_core::Error;
use mde_forensics_core::engine::Verdict;
use mde_forensics_package::{Budgets, Digests, Finding, Inventory};

use super::output;
use super::source::FileSource;

/// A verdict on a package, and the reason for it unless it is whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) why: Option<String>,
}

/// Checks structure and every member of the file at `path`; without an inventory if its bytes are no archive.
///
/// Fails with `output_failed` if the file cannot be read.
pub(super) fn judge(file: &File, path: &Path) -> Result<(Judgement, Option<Inventory>), Error> {
    let at = |e| output::failed(path, &e);
    let source = FileSource::new(file).map_err(at)?;
    match Inventory::verify(&source, &Budgets::default(), Digests::Sha256, |_| ()) {
        Ok(inventory) => Ok((Judgement::of(&inventory), Some(inventory))),
        Err(mde_forensics_package::Error::ReadFailed { source, .. }) => Err(at(source)),
        Err(e) => Ok((Judgement::damaged(e.to_string()), None)),
    }
}

impl Judgement {
    fn of(inventory: &Inventory) -> Self {
        if inventory.is_verified() {
            Self { verdict: Verdict::Whole, why: None }
        } else if inventory.is_whole() {
            let why = told(inventory.unread(), "some of its bytes could not be checked");
            Self { verdict: Verdict::Unverified, why: Some(why) }
        } else {
            Self::damaged(told(inventory.damage(), "its structure is wrong"))
        }
    }

    fn damaged(why: String) -> Self {
        Self { verdict: Verdict::Damaged, why: Some(why) }
    }
}

/// The first finding in the words of the inventory, and how many more there are.
fn told<'a>(findings: impl Iterator<Item = &'a Finding>, otherwise: &str) -> String {
    let mut findings = findings.map(|finding| finding.message.as_str());
    match (findings.next(), findings.count()) {
        (Some(first), 0) => first.to_owned(),
        (Some(first), 1) => format!("{first}, and 1 finding more"),
        (Some(first), more) => format!("{first}, and {more} findings more"),
        (None, _) => otherwise.to_owned(),
    }
}
