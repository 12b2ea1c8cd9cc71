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

/// Check packages against their manifests, byte for byte.
///
/// Exits with 0 if every package is unchanged and whole. Exits with 4 if one was altered, was already damaged or could not
/// be verified when it was received, has no manifest, or is missing from its folder. Exits with 2 if an input is not a
/// package, and nothing else is wrong.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Packages, or output folders with everything that was collected there; the manifest is `ZIP.manifest.json`.
    #[arg(value_name = "ZIP|DIR", required = true)]
    packages: Vec<PathBuf>,
}

/// Checks the packages and prints the differences.
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
        let verified = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Failure::new(Exit::Incomplete, format!("internal error: {error}")))?;
        match verified {
            Err(failure) if is_one => return Err(failure),
            // Continue with the other packages.
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
                format!("{}: not checked: {failure}", safe(&package.display().to_string()))
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
        // Only the command line is wrong.
        (false, false) => Exit::Usage,
    })
}

/// Checks one package. An input that is not a finished package is a usage error, not a sign of tampering.
fn one(package: &Path) -> Result<Verification, Failure> {
    let name = package.display();
    let kind = fs::metadata(package).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(format!("`{name}` does not exist"))
            .with_hint("pass the path of a package, which ends in `.zip`"),
        _ => evidence::unreadable(package, &error),
    })?;
    if !kind.is_file() {
        return Err(Failure::usage(format!("`{name}` is neither a file nor a folder")));
    }
    if folder::has_end(package, "part") {
        return Err(Failure::usage(format!("`{name}` is an unfinished download"))
            .with_hint("`mde-forensics resume FOLDER` continues it"));
    }
    if folder::has_end(package, "json") {
        return Err(Failure::usage(format!("`{name}` is not a package"))
            .with_hint("pass the package; its manifest is found next to it"));
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
            Verdict::Unverified => format!("as received, but NOT VERIFIED ({})", why()),
            _ => format!("as received, which was DAMAGED ({})", why()),
        };
        return format!(
            "{package}: {verdict}, {} in {members}, SHA-256 {}",
            bytes(verification.size),
            verification.sha256,
        );
    }
    let mut lines = vec![format!("{package}: does not match its manifest")];
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

const EXAMPLES: &str = "\
Examples:
  mde-forensics verify evidence/
  mde-forensics verify package.zip --json";
