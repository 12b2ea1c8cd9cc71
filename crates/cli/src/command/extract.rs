//! `mde-forensics extract`

use std::path::PathBuf;

use clap::Args;
use mde_forensics::evidence::Parts;
use mde_forensics_package::Error;
use serde_json::json;

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::members::{self, Extracted, MemberFiles};
use crate::terminal::{beyond, count, print, safe};
use crate::unread;

/// Extract members to files named by their SHA-256.
///
/// `members.json` in the folder maps the files to members; member names are never used as file names. `--zip` writes one
/// zip instead, encrypted with the password `infected`, so that antivirus software leaves it alone.
///
/// Exits with 1 if a member could not be extracted or no member matches, and with 4 if the package is damaged or cannot be
/// verified.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Package: a zip, or a folder with an extracted one.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// Folder to write to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Extract only members whose name contains this text, ignoring case; repeatable.
    #[arg(long = "member", value_name = "TEXT")]
    members: Vec<String>,
    /// Write one zip, AES-encrypted with the password `infected`.
    #[arg(long)]
    zip: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Writes the members.
///
/// Giving up `parts` removes unfinished files.
pub(crate) async fn run(
    arguments: Arguments,
    console: &Console,
    parts: &Parts,
) -> Result<Exit, Failure> {
    let (console, parts) = (console.clone(), parts.clone());
    let is_json = console.output.json;
    blocking(move || {
        let package = evidence::open(&arguments.package, &arguments.evidence.access()?)?;
        let files = if arguments.zip { MemberFiles::Zip } else { MemberFiles::Plain };
        let (wanted, out) = (&arguments.members, &arguments.out);
        let extracted =
            members::extract_among(&package, wanted, out, files, &parts).map_err(|error| {
                match error {
                    Error::Write(error) => {
                        Failure::new(Exit::Output, format!("cannot write {error}"))
                    }
                    error => Failure::from_package(&arguments.package, error),
                }
            })?;
        let folder = safe(&arguments.out.display().to_string());
        print(&if is_json {
            let mut document = extracted.document.clone();
            if let Some(fields) = document.as_object_mut() {
                fields.insert("not_extracted".to_owned(), json!(extracted.unread));
            }
            document.to_string()
        } else {
            to_text(&extracted, &folder)
        })?;
        let left_out = unread::tell(&console, &package, &[]);
        // Report what was written before failing.
        for text in &arguments.members {
            let text = text.to_lowercase();
            let has_it = |name: &str| name.to_lowercase().contains(&text);
            let is_met = extracted.members.iter().any(|own| has_it(&own.member))
                || extracted.unread.iter().any(|own| has_it(&own.member));
            if !is_met {
                let message = format!("no member name contains `{text}`");
                return Err(Failure::new(Exit::Incomplete, message)
                    .with_hint("list the members with `mde-forensics open PACKAGE --all --json`"));
            }
        }
        Ok(unread::graver(left_out, unread::exit(&package, !extracted.unread.is_empty())))
    })
    .await
}

fn to_text(extracted: &Extracted, folder: &str) -> String {
    let already = match extracted.already {
        0 => String::new(),
        number => format!(", {number} already there"),
    };
    let mut lines = vec![format!(
        "{} of {} written to {folder}{already}; `members.json` there maps them to members",
        count(extracted.files, "file"),
        count(extracted.members.len(), "member"),
    )];
    let unread = &extracted.unread;
    if !unread.is_empty() {
        lines.push(format!(
            "not extracted because they cannot be read: {}",
            count(unread.len(), "member")
        ));
    }
    let shown = unread.iter().take(SHOWN);
    lines
        .extend(shown.map(|own| format!("  {}: {}", safe(&own.member), own.why.replace('_', " "))));
    if let Some(more) = beyond(SHOWN, unread.len()) {
        lines.push(format!("  and {more} more (shown with `--json`)"));
    }
    lines.join("\n")
}

/// Maximum number of members that were not extracted to show.
const SHOWN: usize = 10;
