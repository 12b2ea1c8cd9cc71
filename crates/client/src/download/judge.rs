//! The overall verdict on a package from its inventory.

use std::fs::File;
use std::path::Path;

use mde_forensics_core::Error;
use mde_forensics_core::download::{Judgement, MemberEntry};
use mde_forensics_core::engine::Verdict;
use mde_forensics_package::{Budgets, Digests, Inventory, Member};
use serde_json::json;

use super::output;
use crate::evidence::FileSource;

/// Checks the structure and every member of the file at `path`.
///
/// Fails with `output_failed` if the file cannot be read.
pub(super) fn judge(file: &File, path: &Path) -> Result<Judgement, Error> {
    let at = |e| output::failed(path, &e);
    let source = file.try_clone().and_then(FileSource::of).map_err(at)?;
    match Inventory::verify(&source, &Budgets::default(), Digests::Sha256, |_| ()) {
        Ok(inventory) => Ok(judgement(&inventory)),
        Err(mde_forensics_package::Error::ReadFailed { source, .. }) => Err(at(source)),
        Err(e) => Ok(Judgement::no_archive(e.to_string())),
    }
}

/// Converts an inventory to the manifest's terms.
fn judgement(inventory: &Inventory) -> Judgement {
    let entry = |member: &Member| {
        let sha256 = member.sha256.map(|sha256| sha256.to_string());
        MemberEntry::new(&member.name, member.size, member.crc32, sha256, &member.verdict)
    };
    Judgement {
        verdict: Verdict::of(inventory.is_whole(), inventory.is_verified()),
        why: inventory.why_not(),
        members: inventory.members.iter().map(entry).collect(),
        findings: inventory.findings.iter().map(|finding| json!(finding)).collect(),
        notable: inventory.notable(),
    }
}
