mod breach;
mod clippy;
mod reach;

use crate::{
    failure::Failure,
    rules::{BREACHES, PURE},
    test::{
        scratch::Scratch,
        tally::{Broken, Tally},
    },
    workspace::Workspace,
};

/// Shows, on a throw-away copy, that the pure libraries reach for nothing outside, and that the
/// lints of each pure crate would see it if one did.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let scratch = Scratch::of(workspace, "purity")?;
    let mut offences = Vec::new();
    for pure in PURE {
        let member = workspace
            .member(pure.name)
            .ok_or_else(|| Failure::new(format!("the workspace has no `{}`", pure.name)))?;
        let folder = scratch.folder(workspace, &member.folder);
        offences.extend(reach::uses(workspace, &folder)?);
        offences.extend(breach::unrefused(workspace, &folder, pure)?);
    }
    Tally::of_offences(&offences)?;
    Ok(Tally::passed((PURE.len() * (1 + BREACHES.len())) as u64))
}
