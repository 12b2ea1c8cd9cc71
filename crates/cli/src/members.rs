//! Extracts the members of a package to files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, IntoInnerError, Write as _};
use std::path::Path;

use mde_forensics::evidence::{OutputFolder, Part, Parts};
use mde_forensics_package::{Error, Extract, NotExtracted, Package, Sha256, Source};
use serde_json::{Value, json};
use zip::{AesMode, ZipWriter, write::SimpleFileOptions};

/// How members are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MemberFiles {
    /// One file per distinct content, named by its SHA-256. A file that already exists is hashed, and kept if the hash
    /// matches its name.
    Plain,
    /// One zip of these files, `members.infected.zip`, encrypted (AES-256) with the password `infected`, so that
    /// antivirus software leaves it alone.
    Zip,
}

/// What was written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Extracted {
    /// The extracted members, sorted by name.
    pub members: Vec<Extract>,
    /// Selected members that could not be read completely.
    pub unread: Vec<NotExtracted>,
    /// Number of files written; fewer than members if some have the same content or already existed.
    pub files: usize,
    /// Number of files that already existed.
    pub already: usize,
    /// The package id and its members, with the file of each.
    pub document: Value,
}

/// Writes the members of a package into a folder, which is created if necessary. Member names are never used as file names.
///
/// `wanted` are parts of member names, compared without case; if it is empty, all members are written. Files have a
/// temporary name until they are complete, and only the current user can read them. A member that cannot be read does not
/// prevent the others from being written. `members.json` maps files to members, and keeps its entries for other members
/// and packages. Where the system can lock a folder, only one run at a time writes to it, and another waits. Fails with
/// [`Error::Write`], including when the zip already exists, when an existing file does not match the hash in its name, and
/// when an existing `members.json` is not such a list; and as [`Package::extract`] does.
pub fn extract<S: Source>(
    package: &Package<S>,
    wanted: &[String],
    folder: &Path,
    files: MemberFiles,
) -> Result<Extracted, Error> {
    extract_among(package, wanted, folder, files, &Parts::default())
}

/// The same with files that somebody else may give up. Fails as [`extract`] does.
pub(crate) fn extract_among<S: Source>(
    package: &Package<S>,
    wanted: &[String],
    folder: &Path,
    files: MemberFiles,
    parts: &Parts,
) -> Result<Extracted, Error> {
    // Until the list is written too: of two who read it, one would write over what the other has added.
    let folder = OutputFolder::wait_for(folder, parts).map_err(|error| failed(folder, &error))?;
    let wanted: Vec<_> = wanted.iter().map(|text| text.to_lowercase()).collect();
    let is_wanted = |member: &str| {
        let name = member.to_lowercase();
        wanted.is_empty() || wanted.iter().any(|text| name.contains(text))
    };
    let mut members: Vec<_> =
        package.extracts().filter(|extract| is_wanted(&extract.member)).collect();
    let mut unread: Vec<_> = package.not_extracts().filter(|own| is_wanted(&own.member)).collect();
    members.sort_by(|one, other| (&one.member, one.index).cmp(&(&other.member, other.index)));
    // The parts of an archive that were not kept are extracted along with the archive itself.
    let is_with = |own: &NotExtracted| {
        let archive = own.member.rsplit_once('!').map(|(archive, _)| archive);
        archive.is_some_and(|archive| members.iter().any(|other| other.member == archive))
    };
    unread.retain(|own| own.why != "not_kept" || !is_with(own));
    let contents: BTreeMap<_, _> =
        members.iter().map(|member| (member.file.as_str(), member)).collect();
    let list = folder.path().join("members.json");
    // Report an existing list that cannot be merged before anything is written.
    package
        .list_extracts(&members, there(&list)?.as_deref())
        .map_err(|error| named(&list, error))?;
    let Written { count, lost } = match files {
        MemberFiles::Plain => plain(package, &contents, &folder)?,
        MemberFiles::Zip => zipped(package, &contents, &folder)?,
    };
    let already = contents.len() - count - lost.len();
    let is_lost = |member: &Extract| lost.contains(&member.file);
    unread.extend(members.iter().filter(|own| is_lost(own)).map(NotExtracted::unreadable));
    members.retain(|own| !is_lost(own));
    let document = json!({ "package_id": package.id(), "members": members });
    let text = package
        .list_extracts(&members, there(&list)?.as_deref())
        .map_err(|error| named(&list, error))?;
    let mut part = part(&folder)?;
    part.write_all(text.as_bytes()).map_err(|error| failed(&list, &error))?;
    part.put(&list, true).map_err(|error| failed(&list, &error))?;
    Ok(Extracted { members, unread, files: count, already, document })
}

/// One member per distinct content, by file name.
type Contents<'a> = BTreeMap<&'a str, &'a Extract>;

/// The existing list, if any.
fn there(list: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::symlink_metadata(list) {
        Ok(there) if there.is_file() => {
            fs::read(list).map(Some).map_err(|error| failed(list, &error))
        }
        Ok(_) => {
            let why = "it exists and is not a regular file: choose another folder";
            Err(failed(list, &io::Error::new(ErrorKind::InvalidData, why)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(list, &error)),
    }
}

/// The number of files written, and the files whose member turned out to be unreadable.
#[derive(Default)]
struct Written {
    count: usize,
    lost: BTreeSet<String>,
}

fn plain<S: Source>(
    package: &Package<S>,
    contents: &Contents<'_>,
    folder: &OutputFolder,
) -> Result<Written, Error> {
    let mut written = Written::default();
    for (file, member) in contents {
        let path = folder.path().join(file);
        if is_there(&path, member)? {
            continue;
        }
        let mut part = BufWriter::new(part(folder)?);
        match copy(package, member, &mut part) {
            Err(error) if error.is_of_the_member() => {
                written.lost.insert(member.file.clone());
                continue;
            }
            copied => copied?,
        }
        let part = part.into_inner().map_err(IntoInnerError::into_error);
        match part.and_then(|part| part.put(&path, false)) {
            Ok(()) => written.count += 1,
            // Another process has just written it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                is_there(&path, member)?;
            }
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    Ok(written)
}

/// Whether the file already exists. A file with wrong content under the name of a hash would pass for evidence.
fn is_there(path: &Path, member: &Extract) -> Result<bool, Error> {
    // A link may point anywhere, and opening a pipe would block.
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => {}
        Ok(_) => {
            let why = "it exists and is not a regular file: find out why, then move it away";
            return Err(failed(path, &io::Error::new(ErrorKind::InvalidData, why)));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(path, &error)),
    }
    let file = File::open(path).map_err(|error| failed(path, &error))?;
    let sum = Sha256::of(file).map_err(|error| failed(path, &error))?;
    if sum == member.sha256 {
        return Ok(true);
    }
    let why = "it exists and its content does not match the hash in its name: find out why, then move it away";
    Err(failed(path, &io::Error::new(ErrorKind::InvalidData, why)))
}

fn zipped<S: Source>(
    package: &Package<S>,
    contents: &Contents<'_>,
    folder: &OutputFolder,
) -> Result<Written, Error> {
    let mut written = Written::default();
    let path = folder.path().join("members.infected.zip");
    // Check first, since packing may take long.
    if fs::symlink_metadata(&path).is_ok() {
        let why = "it already exists: choose another folder, or move it away";
        return Err(failed(&path, &io::Error::new(ErrorKind::AlreadyExists, why)));
    }
    let unwritten = |error: zip::result::ZipError| failed(&path, &io::Error::other(error));
    let mut zip = ZipWriter::new(BufWriter::new(part(folder)?));
    let options = SimpleFileOptions::default()
        .large_file(true)
        .with_aes_encryption(AesMode::Aes256, "infected");
    for (file, member) in contents {
        zip.start_file(*file, options).map_err(unwritten)?;
        match copy(package, member, &mut zip) {
            Err(error) if error.is_of_the_member() => {
                zip.abort_file().map_err(unwritten)?;
                written.lost.insert(member.file.clone());
            }
            copied => {
                copied?;
                written.count += 1;
            }
        }
    }
    let part = zip.finish().map_err(unwritten)?.into_inner();
    let part = part.map_err(|error| failed(&path, error.error()))?;
    part.put(&path, false).map_err(|error| failed(&path, &error))?;
    Ok(written)
}

fn copy<S: Source>(
    package: &Package<S>,
    member: &Extract,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    package.extract(member.index, &mut |bytes| out.write_all(bytes).map_err(Error::Write))
}

/// A temporary file, deleted unless it is put in place.
fn part(folder: &OutputFolder) -> Result<Part, Error> {
    folder.begin(".members").map_err(Error::Write)
}

fn named(path: &Path, error: Error) -> Error {
    match error {
        Error::Write(error) => failed(path, &error),
        error => error,
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Write(io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}
