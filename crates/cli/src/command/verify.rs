//! `mde-forensics verify`

use std::path::PathBuf;

use clap::Args;
use mde_forensics::{Verdict, Verification};
use serde_json::{Value, json};

use super::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{bytes, count, print, safe};

/// Compares packages with the manifests beside them, byte for byte.
///
/// Ends with 0 if every byte is the one that the manifest was written for and the package is whole. Ends with 4 if
/// not: it was altered, or it is as it was received and that was damaged or could not be verified.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Packages; the manifest of each is `ZIP.manifest.json` beside it.
    #[arg(value_name = "ZIP", required = true)]
    packages: Vec<PathBuf>,
}

/// Compares, and says what differs.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let mut verifications = Vec::new();
    for package in arguments.packages {
        let work = move || mde_forensics::verify(&package);
        let verification = tokio::task::spawn_blocking(work).await.map_err(|error| {
            Failure::new(Exit::Incomplete, format!("the work ended badly: {error}"))
        })??;
        verifications.push(verification);
    }
    let is_intact = verifications.iter().all(Verification::is_intact);
    let is_verified = verifications.iter().all(Verification::is_verified);
    let text = if console.output.json {
        let packages: Vec<_> = verifications.iter().map(to_json).collect();
        json!({ "intact": is_intact, "verified": is_verified, "packages": packages }).to_string()
    } else {
        verifications.iter().map(to_text).collect::<Vec<_>>().join("\n")
    };
    print(&text)?;
    Ok(if is_verified { Exit::Success } else { Exit::Altered })
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
