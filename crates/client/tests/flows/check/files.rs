//! What lies in the folders: exactly what was reported, byte for byte what the service has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mde_forensics::verify;
use mde_forensics_core::engine::{Outcome, Stored};

use super::same;
use crate::expect::Whole;
use crate::play::{Ended, Played};
use crate::stage::{self, Stage};

/// Every package that the run reported is in its folder.
pub(super) fn of_run(complaints: &mut Vec<String>, played: &Played, stage: &Stage) {
    for (path, stored, action) in collected(played) {
        package(complaints, &path, stored, &action, stage);
    }
}

/// Nothing else lies there.
pub(super) fn of_flow(complaints: &mut Vec<String>, expect: &Whole, all: &[Played], stage: &Stage) {
    let found: Vec<_> = stage.folders.iter().flat_map(|folder| stage::files(folder)).collect();
    let ending = |end: &str| -> BTreeSet<PathBuf> {
        let has_it = |path: &&PathBuf| path.to_string_lossy().ends_with(end);
        found.iter().filter(has_it).cloned().collect()
    };
    let damaged = ending(".damaged.zip");
    same(complaints, "damaged packages", &expect.damaged, &damaged.len());
    same(complaints, "unfinished downloads", &expect.parts, &ending(".part").len());
    let reported = all.iter().flat_map(collected).map(|(path, ..)| path).collect::<BTreeSet<_>>();
    let packages = ending(".zip").difference(&damaged).cloned().collect();
    same(complaints, "packages", &reported, &packages);
    for path in damaged {
        if !with_end(&path, ".manifest.json").is_file() {
            complaints.push(format!("{} has no manifest", path.display()));
        }
    }
}

/// The packages that a run reported, with their actions.
fn collected(played: &Played) -> Vec<(PathBuf, &Stored, String)> {
    let Ended::Reported(devices) = &played.ended else { return Vec::new() };
    let collected = devices.iter().filter_map(|device| {
        let Outcome::Collected(stored) = &device.outcome else { return None };
        let action = device.handle.action().map(|action| action.id.to_string());
        Some((played.folder.join(&stored.name), stored, action.unwrap_or_default()))
    });
    collected.collect()
}

/// The package agrees with its report, its manifest, and what the service has.
fn package(
    complaints: &mut Vec<String>,
    path: &Path,
    stored: &Stored,
    action: &str,
    stage: &Stage,
) {
    let digest = match stage.service.package(action) {
        Ok(digest) => digest,
        Err(error) => return complaints.push(format!("of `{}`: {error}", stored.name)),
    };
    same(complaints, "reported size", &digest.length, &stored.size);
    same(complaints, "reported sha256", digest.sha256.as_str(), stored.sha256.as_str());
    match verify(path) {
        Ok(verification) => {
            let ours = &verification.manifest;
            same(
                complaints,
                "differences from the manifest",
                &Vec::new(),
                &verification.differences,
            );
            same(complaints, "size of the file", &digest.length, &verification.size);
            same(complaints, "sha256 of the file", &digest.sha256, &verification.sha256);
            let custody = ours.custody.action.as_ref().map(ToString::to_string);
            same(
                complaints,
                "action in the manifest",
                action,
                custody.unwrap_or_default().as_str(),
            );
            if ours.members.is_empty() {
                complaints.push(format!("the manifest of `{}` names no member", stored.name));
            }
        }
        Err(error) => complaints.push(format!("`{}` cannot be verified: {error}", stored.name)),
    }
    let part = with_end(path, ".part");
    if fs::exists(&part).unwrap() {
        complaints.push(format!("{} was left behind", part.display()));
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
