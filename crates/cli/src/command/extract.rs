//! `mde-forensics extract`

use std::path::PathBuf;

use clap::Args;
use mde_forensics_package::Error;

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::members::{self, MemberFiles};
use crate::terminal::{count, print, safe};

/// Writes members as files whose names are their SHA-256, and a list of which is which.
///
/// Nothing is ever written by a member's name. `--zip` writes one zip instead, encrypted with the password `infected`,
/// so that no antivirus takes the evidence away.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// A package: a zip, or a folder that somebody extracted one to.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// The folder to write to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only members whose name has this in it, without case; may be given again.
    #[arg(long = "member", value_name = "TEXT")]
    members: Vec<String>,
    /// Write one zip, AES-encrypted with the password `infected`.
    #[arg(long)]
    zip: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Writes the members.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    blocking(move || {
        let package = evidence::open(&arguments.package, &arguments.evidence.access()?)?;
        let files = if arguments.zip { MemberFiles::Zip } else { MemberFiles::Plain };
        let extracted = members::extract(&package, &arguments.members, &arguments.out, files)
            .map_err(|error| match error {
                Error::Write(error) => Failure::new(Exit::Output, format!("cannot write {error}")),
                error => Failure::from_package(&arguments.package, error),
            })?;
        let folder = safe(&arguments.out.display().to_string());
        print(&if is_json {
            extracted.document.to_string()
        } else {
            format!(
                "{} of {} in {folder}; `members.json` there says which is which",
                count(extracted.files, "file"),
                count(extracted.members.len(), "member")
            )
        })?;
        Ok(Exit::Success)
    })
    .await
}
