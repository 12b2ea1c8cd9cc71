//! `mde-forensics verify`

mod folder;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use mde_forensics::{Verdict, Verification};
use serde_json::{Value, json};

use super::Console;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{bytes, count, print, safe};

/// Compares packages with the manifests beside them, byte for byte.
///
/// Ends with 0 if every byte is the one that the manifest was written for and the package is whole. Ends with 4 if
/// not: it was altered, it is as it was received and that was damaged or could not be verified, there is no manifest
/// beside it, or it is gone from its folder. Ends with 2 for what is no package at all.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Packages, or output folders for all that were collected there; the manifest of each is `ZIP.manifest.json` beside it.
    #[arg(value_name = "ZIP|DIR", required = true)]
    packages: Vec<PathBuf>,
}

/// Compares, and says what differs.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let mut verifications = Vec::new();
    let mut packages = Vec::new();
    let mut is_one = arguments.packages.len() == 1;
    for path in arguments.packages {
        if path.is_dir() {
            match folder::packages(&path) {
                Err(failure) if is_one => return Err(failure),
                Err(failure) => packages.push((path, Err(failure))),
                Ok(found) => packages.extend(found),
            }
            is_one = false;
        } else {
            packages.push((path, Ok(())));
        }
    }
    for (package, there) in packages {
        let at = package.clone();
        let work = move || there.and_then(|()| one(&at));
        let verified = tokio::task::spawn_blocking(work).await.map_err(|error| {
            Failure::new(Exit::Incomplete, format!("the work ended badly: {error}"))
        })?;
        match verified {
            Err(failure) if is_one => return Err(failure),
            // One that cannot be compared keeps nobody from comparing the others.
            verified => verifications.push((package, verified)),
        }
    }
    let all = |is: fn(&Verification) -> bool| {
        verifications.iter().all(|(_, verified)| verified.as_ref().is_ok_and(is))
    };
    let (is_intact, is_verified) = (all(Verification::is_intact), all(Verification::is_verified));
    let text = if console.output.json {
        let packages: Vec<_> = verifications
            .iter()
            .map(|(package, verified)| match verified {
                Ok(verification) => to_json(verification),
                Err(failure) => json!({ "package": package.display().to_string(), "failure": failure.to_json() }),
            })
            .collect();
        json!({ "intact": is_intact, "verified": is_verified, "packages": packages }).to_string()
    } else {
        let texts = verifications.iter().map(|(package, verified)| match verified {
            Ok(verification) => to_text(verification),
            Err(failure) => {
                format!("{}: not compared: {failure}", safe(&package.display().to_string()))
            }
        });
        texts.collect::<Vec<_>>().join("\n")
    };
    print(&text)?;
    let is_usage =
        |verified: &Result<_, Failure>| verified.as_ref().is_err_and(|e| e.exit == Exit::Usage);
    let compared = verifications.iter().filter(|(_, verified)| !is_usage(verified));
    let is_altered = compared
        .map(|(_, verified)| verified)
        .any(|one| !one.as_ref().is_ok_and(Verification::is_verified));
    Ok(match (is_verified, is_altered) {
        (true, _) => Exit::Success,
        (false, true) => Exit::Altered,
        // Nothing is known to be wrong but what was named.
        (false, false) => Exit::Usage,
    })
}

/// Compares one. What is no finished package is no evidence that something was altered.
fn one(package: &Path) -> Result<Verification, Failure> {
    let name = package.display();
    let kind = fs::metadata(package).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(format!("there is no file `{name}`"))
            .with_hint("give the path of a package, whose name ends in `.zip`"),
        _ => evidence::unreadable(package, &error),
    })?;
    if !kind.is_file() {
        return Err(Failure::usage(format!("`{name}` is neither a file nor a folder")));
    }
    if folder::has_end(package, "part") {
        return Err(Failure::usage(format!("`{name}` is a download that did not come to its end"))
            .with_hint("`mde-forensics resume FOLDER` goes on with it"));
    }
    if folder::has_end(package, "json") {
        return Err(Failure::usage(format!("`{name}` is no package"))
            .with_hint("give the package; its manifest is found beside it"));
    }
    Ok(mde_forensics::verify(package)?)
}

fn to_json(verification: &Verification) -> Value {
    let mut document = json!(verification);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("intact".to_owned(), verification.is_intact().into());
        fields.insert("verified".to_owned(), verification.is_verified().into());
    }
    document
}

fn to_text(verification: &Verification) -> String {
    let package = safe(&verification.package.display().to_string());
    if verification.is_intact() {
        let manifest = &verification.manifest;
        let members = count(manifest.members.len(), "member");
        let why = || safe(manifest.why.as_deref().unwrap_or("its manifest does not say why"));
        let verdict = match manifest.verdict {
            Verdict::Whole => "intact".to_owned(),
            Verdict::Unverified => format!("as it was received, but NOT VERIFIED ({})", why()),
            _ => format!("as it was received, and that is DAMAGED ({})", why()),
        };
        return format!(
            "{package}: {verdict}, {} in {members}, SHA-256 {}",
            bytes(verification.size),
            verification.sha256,
        );
    }
    let mut lines = vec![format!("{package}: not what its manifest says")];
    for difference in &verification.differences {
        let side =
            |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), safe);
        lines.push(format!(
            "  {}: the manifest says {}, the file has {}",
            safe(&difference.what),
            side(&difference.manifest),
            side(&difference.file),
        ));
    }
    lines.join("\n")
}
