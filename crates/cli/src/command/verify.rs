//! `mde-forensics verify`

use std::path::PathBuf;

use clap::Args;
use mde_forensics::Verification;
use serde_json::{Value, json};

use super::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{bytes, count, print, safe};

/// Compares packages with the manifests beside them, byte for byte.
///
/// Ends with 0 if every byte is the one that the manifest was written for, and with 4 if not.
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
    let text = if console.output.json {
        let packages: Vec<_> = verifications.iter().map(to_json).collect();
        json!({ "intact": is_intact, "packages": packages }).to_string()
    } else {
        verifications.iter().map(to_text).collect::<Vec<_>>().join("\n")
    };
    print(&text)?;
    Ok(if is_intact { Exit::Success } else { Exit::Altered })
}

fn to_json(verification: &Verification) -> Value {
    let mut document = json!(verification);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("intact".to_owned(), verification.is_intact().into());
    }
    document
}

fn to_text(verification: &Verification) -> String {
    let package = safe(&verification.package.display().to_string());
    if verification.is_intact() {
        let members = count(verification.manifest.members.len(), "member");
        return format!(
            "{package}: intact, {} in {members}, SHA-256 {}",
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
