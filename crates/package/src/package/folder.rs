use super::{Entry, Key, Origin, Package, Place, in_words};
use crate::{
    Budgets, Error, Inventory, Issue, IssueKind, Password, Sha256, Source, Verdict, name::safe,
    source::fill,
};
use sha2::Digest;

/// A file from a folder that a package was extracted to.
#[derive(Debug)]
#[non_exhaustive]
pub struct FolderFile<S> {
    /// Its path below the folder, with slashes.
    pub name: String,
    /// Its bytes.
    pub source: S,
}

impl<S> FolderFile<S> {
    /// Creates a file with its path below the folder.
    #[must_use]
    pub fn new(name: impl Into<String>, source: S) -> Self {
        Self { name: name.into(), source }
    }
}

/// Something below the folder that was not read, and why.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// Its path below the folder, with slashes.
    pub name: String,
    /// What it is, worded to follow "is".
    pub why: &'static str,
}

impl<S: Source> Package<S> {
    /// Adds what the caller left out of the folder to the package's issues.
    pub fn leave_out(&mut self, left_out: &[LeftOut]) {
        let told = left_out.iter().take(MOST_LEFT_OUT).map(|LeftOut { name, why }| {
            Issue::of_package(
                IssueKind::LeftOut,
                format!("`{}` is {why}, and was not read", safe(name, MOST_NAME)),
            )
        });
        self.issues.extend(told);
        if let Some(more) = left_out.len().checked_sub(MOST_LEFT_OUT).filter(|more| *more > 0) {
            self.issues
                .push(Issue::of_package(IssueKind::LeftOut, format!("{more} more were not read")));
        }
    }

    /// Opens the files of an extracted package. They are hashed, but nothing says whether they are
    /// unchanged or complete.
    ///
    /// Fails with [`Error::ReadFailed`], or with [`Error::SeveralPackages`] if they belong to
    /// several packages.
    pub fn open_folder(files: Vec<FolderFile<S>>, budgets: &Budgets) -> Result<Self, Error> {
        Self::open_folder_with(files, budgets, None)
    }

    /// Like [`open_folder`](Self::open_folder), with a password that is tried on zips in the
    /// folder.
    ///
    /// Fails with [`Error::ReadFailed`], or with [`Error::SeveralPackages`] if the files belong to
    /// several packages: the rows of two devices would share one package id and one time zone.
    pub fn open_folder_with(
        files: Vec<FolderFile<S>>,
        budgets: &Budgets,
        password: Option<&Password>,
    ) -> Result<Self, Error> {
        let mut entries = Vec::new();
        let mut sources = Vec::new();
        let mut issues = Vec::new();
        let mut block = vec![0; BLOCK];
        let mut left = budgets.total_bytes;
        let room = usize::try_from(budgets.entries).unwrap_or(usize::MAX);
        let (count, mut unhashed) = (files.len(), 0_u64);
        for file in files.into_iter().take(room) {
            let name = safe(&file.name, usize::from(budgets.name_bytes));
            let length = file.source.len();
            let sha256 = if length <= left {
                left -= length;
                Some(hash(&file.source, &mut block)?)
            } else {
                unhashed += 1;
                None
            };
            let key = Key::of(&file.name);
            entries.push(Entry {
                origin: Origin::of(&key),
                depth: 0,
                key,
                path: name,
                size: length,
                sha256,
                verdict: if sha256.is_some() { Verdict::NotChecked } else { Verdict::OverBudget },
                place: Place::File(sources.len()),
            });
            sources.push(file.source);
        }
        if unhashed > 0 {
            issues.push(Issue::of_package(
                IssueKind::OverBudget,
                format!(
                    "{unhashed} files are not hashed: they have more bytes than the budget allows"
                ),
            ));
        }
        if count > room {
            issues.push(Issue::of_package(
                IssueKind::OverBudget,
                format!("the folder has {count} files, and {room} are read"),
            ));
        }
        let inventory = Inventory {
            length: entries.iter().map(|entry| entry.size).sum(),
            base: 0,
            is_zip64: false,
            declared_members: count as u64,
            members: Vec::new(),
            findings: Vec::new(),
            counts: std::collections::BTreeMap::new(),
            password: password.cloned(),
        };
        let package = Self::assemble(sources, inventory, entries, issues, budgets)?;
        match package.roots().as_slice() {
            [] | [_] => Ok(package),
            several => {
                Err(Error::SeveralPackages { count: several.len(), places: in_words(several) })
            }
        }
    }
}

fn hash(source: &impl Source, block: &mut [u8]) -> Result<Sha256, Error> {
    let mut sum = sha2::Sha256::new();
    let mut at = 0;
    loop {
        let filled = fill(source, at, block)?;
        if filled.is_empty() {
            return Ok(Sha256::finish(sum));
        }
        at += filled.len() as u64;
        sum.update(filled);
    }
}

/// So many are told of one by one.
const MOST_LEFT_OUT: usize = 100;
/// Bytes of a name that are shown.
const MOST_NAME: usize = 1 << 10;
/// Bytes that are hashed at once.
const BLOCK: usize = 256 << 10;
