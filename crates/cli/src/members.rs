//! Members of a package as files.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, ErrorKind, IntoInnerError, Write};
use std::path::Path;

use mde_forensics_package::{Error, Extract, NotExtracted, Package, Source};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use zip::{AesMode, ZipWriter, write::SimpleFileOptions};

/// How members become files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MemberFiles {
    /// One file for each content, whose name is its SHA-256. One that is there already has the same content.
    Plain,
    /// One zip of these files, `members.infected.zip`, encrypted (AES-256) with the password `infected`, so that no
    /// antivirus takes the evidence away.
    Zip,
}

/// What was written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Extracted {
    /// Members, by their names.
    pub members: Vec<Extract>,
    /// Members that are wanted and cannot be read whole.
    pub unread: Vec<NotExtracted>,
    /// How many files were written: fewer, where members are the same or were there already.
    pub files: usize,
    /// How many files were there already.
    pub already: usize,
    /// What `members.json` beside them says: which is which.
    pub document: Value,
}

/// Writes the members of a package into a folder, which is made if need be; nothing is written by a member's name.
///
/// `wanted` are parts of names, in any case; without one, all members are. What is begun has another name until it is
/// whole, and what is written is for this user alone. Fails with [`Error::Write`], also where the zip is there already, and as [`Package::extract`] does.
pub fn extract<S: Source>(
    package: &Package<S>,
    wanted: &[String],
    folder: &Path,
    files: MemberFiles,
) -> Result<Extracted, Error> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let wanted: Vec<_> = wanted.iter().map(|text| text.to_lowercase()).collect();
    let is_wanted = |member: &str| {
        let name = member.to_lowercase();
        wanted.is_empty() || wanted.iter().any(|text| name.contains(text))
    };
    let mut members: Vec<_> =
        package.extracts().filter(|extract| is_wanted(&extract.member)).collect();
    let unread: Vec<_> = package.not_extracts().filter(|own| is_wanted(&own.member)).collect();
    members.sort_by(|one, other| one.member.cmp(&other.member));
    let contents: BTreeMap<_, _> =
        members.iter().map(|member| (member.file.as_str(), member.member.as_str())).collect();
    let count = match files {
        MemberFiles::Plain => plain(package, &contents, folder)?,
        MemberFiles::Zip => zipped(package, &contents, folder)?,
    };
    let document = json!({ "package_id": package.id(), "members": members });
    let list = folder.join("members.json");
    let mut part = part(folder)?;
    part.write_all(format!("{document:#}\n").as_bytes()).map_err(|error| failed(&list, &error))?;
    part.persist(&list).map_err(|error| failed(&list, &error.error))?;
    let already = contents.len() - count;
    Ok(Extracted { members, unread, files: count, already, document })
}

/// By the name of the file, the member whose bytes it has.
type Contents<'a> = BTreeMap<&'a str, &'a str>;

fn plain<S: Source>(
    package: &Package<S>,
    contents: &Contents<'_>,
    folder: &Path,
) -> Result<usize, Error> {
    let mut written = 0;
    for (file, member) in contents {
        let path = folder.join(file);
        if path.exists() {
            continue;
        }
        let mut part = BufWriter::new(part(folder)?);
        copy(package, member, &mut part)?;
        match part
            .into_inner()
            .map_err(IntoInnerError::into_error)
            .map(|part| part.persist_noclobber(&path))
        {
            Ok(Ok(_)) => written += 1,
            // Somebody else wrote the same just now.
            Ok(Err(error)) if error.error.kind() == ErrorKind::AlreadyExists => {}
            Ok(Err(error)) => return Err(failed(&path, &error.error)),
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    Ok(written)
}

fn zipped<S: Source>(
    package: &Package<S>,
    contents: &Contents<'_>,
    folder: &Path,
) -> Result<usize, Error> {
    let path = folder.join("members.infected.zip");
    let unwritten = |error: zip::result::ZipError| failed(&path, &io::Error::other(error));
    let mut zip = ZipWriter::new(BufWriter::new(part(folder)?));
    let options = SimpleFileOptions::default()
        .large_file(true)
        .with_aes_encryption(AesMode::Aes256, "infected");
    for (file, member) in contents {
        zip.start_file(*file, options).map_err(unwritten)?;
        copy(package, member, &mut zip)?;
    }
    let part = zip.finish().map_err(unwritten)?.into_inner();
    let part = part.map_err(|error| failed(&path, error.error()))?;
    part.persist_noclobber(&path).map_err(|error| failed(&path, &error.error))?;
    Ok(contents.len())
}

fn copy<S: Source>(package: &Package<S>, member: &str, out: &mut dyn Write) -> Result<(), Error> {
    package.extract(member, &mut |bytes| out.write_all(bytes).map_err(Error::Write))
}

/// A file of no name that anybody would look for; it is gone where it gets none.
fn part(folder: &Path) -> Result<NamedTempFile, Error> {
    tempfile::Builder::new()
        .prefix(".members-")
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Write(io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}
