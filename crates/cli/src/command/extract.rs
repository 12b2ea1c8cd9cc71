//! `mde-forensics extract`

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use mde_forensics::evidence::FileSource;
use mde_forensics_package::{Error, Extract, Package};
use serde_json::json;
use zip::{AesMode, ZipWriter, write::SimpleFileOptions};

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
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
        fs::create_dir_all(&arguments.out).map_err(|error| unwritable(&arguments.out, &error))?;
        let wanted: Vec<_> = arguments.members.iter().map(|text| text.to_lowercase()).collect();
        let mut extracts: Vec<_> = package
            .extracts()
            .filter(|extract| {
                let name = extract.member.to_lowercase();
                wanted.is_empty() || wanted.iter().any(|text| name.contains(text))
            })
            .collect();
        extracts.sort_by(|one, other| one.member.cmp(&other.member));
        let written = if arguments.zip {
            zipped(&package, &extracts, &arguments.out)?
        } else {
            plain(&package, &extracts, &arguments.out)?
        };
        let list = arguments.out.join("members.json");
        let document = json!({ "package_id": package.id(), "members": extracts });
        fs::write(&list, format!("{document:#}\n")).map_err(|error| unwritable(&list, &error))?;
        let folder = safe(&arguments.out.display().to_string());
        print(&if is_json {
            document.to_string()
        } else {
            format!(
                "{} of {} in {folder}; `members.json` there says which is which",
                count(written, "file"),
                count(extracts.len(), "member")
            )
        })?;
        Ok(Exit::Success)
    })
    .await
}

/// One file for each content; what is there already has the same content, by its name.
fn plain(
    package: &Package<FileSource>,
    extracts: &[Extract],
    out: &Path,
) -> Result<usize, Failure> {
    let mut written = 0;
    for extract in extracts {
        let path = out.join(&extract.file);
        if path.exists() {
            continue;
        }
        let part = out.join(format!("{}.part", extract.file));
        let mut file =
            BufWriter::new(File::create(&part).map_err(|error| unwritable(&part, &error))?);
        copy(package, extract, &mut file)?;
        file.flush().map_err(|error| unwritable(&part, &error))?;
        fs::rename(&part, &path).map_err(|error| unwritable(&path, &error))?;
        written += 1;
    }
    Ok(written)
}

fn zipped(
    package: &Package<FileSource>,
    extracts: &[Extract],
    out: &Path,
) -> Result<usize, Failure> {
    let path = out.join("members.infected.zip");
    let failed = |error: zip::result::ZipError| {
        Failure::new(Exit::Output, format!("cannot write `{}`: {error}", path.display()))
    };
    let file = File::create_new(&path).map_err(|error| unwritable(&path, &error))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let options = SimpleFileOptions::default()
        .large_file(true)
        .with_aes_encryption(AesMode::Aes256, "infected");
    let mut names = std::collections::BTreeSet::new();
    for extract in extracts {
        if names.insert(&extract.file) {
            zip.start_file(&extract.file, options).map_err(failed)?;
            copy(package, extract, &mut zip)?;
        }
    }
    zip.finish().map_err(failed)?.flush().map_err(|error| unwritable(&path, &error))?;
    Ok(names.len())
}

fn copy(
    package: &Package<FileSource>,
    extract: &Extract,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    package
        .extract(&extract.member, &mut |bytes| out.write_all(bytes).map_err(Error::Write))
        .map_err(|error| Failure::from_package(Path::new(&extract.member), error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Output, format!("cannot write `{}`: {error}", path.display()))
}
