//! Windows prefetch files: what ran, when, how often, and what it loaded.

mod defect;
mod error;
mod layout;
mod mam;
mod metrics;
mod region;
mod volumes;
mod xpress;

use crate::FileTime;

pub use defect::Defect;
pub use error::PrefetchError;
pub use metrics::LoadedFile;
pub use volumes::Volume;

use layout::Layout;
use region::Region;

/// One prefetch file (`.pf`): a program's runs, and the files and volumes that it touched as it
/// started.
///
/// Source: Joachim Metz, "Windows Prefetch File (PF) format"; versions 17 (XP), 23 (Vista, 7),
/// 26 (8), 30 (10) and 31 (11).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prefetch {
    /// Version of the format: 17, 23, 26, 30 or 31.
    pub version: u32,
    /// Whether the file was compressed (`MAM`).
    pub is_compressed: bool,
    /// Name of the program in upper case, at most 29 characters: Windows cuts the rest.
    pub executable: String,
    /// Hash of the program's path, and for some host programs of its command line; the eight
    /// hexadecimal digits of the file's name.
    pub hash: u32,
    /// How often the program was run; it may be larger than the number of [`last_runs`](Self::last_runs).
    pub run_count: u32,
    /// Its last runs in UTC, in the order of the file: one in version 17 and 23, else up to eight.
    /// Slots of zero are left out. The newest comes first as a rule, but for runs within seconds.
    pub last_runs: Vec<FileTime>,
    /// The files that were loaded in the first ten seconds, in the order of the file.
    pub files: Vec<LoadedFile>,
    /// The volumes that these files lie on.
    pub volumes: Vec<Volume>,
    /// What contradicts the format. Where it is not empty, something may be missing above.
    pub defects: Vec<Defect>,
}

impl Prefetch {
    /// Most bytes that a file may have, compressed or not, by default: 8 MiB. Real ones have less
    /// than 1 MiB.
    pub const LIMIT: usize = 8 << 20;

    /// Reads a prefetch file, compressed or not, that may have up to `limit` bytes.
    ///
    /// A file that is damaged behind its header gives what can be read and says in
    /// [`defects`](Self::defects) what could not. Memory and time are bounded by `limit`, whatever the
    /// file declares.
    ///
    /// Fails with [`PrefetchError`] where the file is no prefetch file, of an unknown version or
    /// compression, larger than `limit`, or ends inside its header.
    pub fn parse(file: &[u8], limit: usize) -> Result<Self, PrefetchError> {
        let mut defects = Vec::new();
        let (inflated, is_compressed) = match mam::inflate(file, limit, &mut defects)? {
            Some(inflated) => (inflated, true),
            None => (file.into(), false),
        };
        if inflated.len() > limit {
            return Err(PrefetchError::OverBudget { declared: inflated.len() as u64, limit });
        }
        let region = Region::new(&inflated);
        let layout = Layout::of(region)?;
        let header = layout.header(region, &mut defects)?;
        // Names may overlap, and then there is more text than file.
        let mut text = region.len().saturating_mul(2);
        let files = metrics::read(region, layout, &header, &mut text, &mut defects);
        let volumes = volumes::read(region, layout, &header, &mut text, &mut defects);
        Ok(Self {
            version: layout.version(),
            is_compressed,
            executable: header.executable,
            hash: header.hash,
            run_count: header.run_count,
            last_runs: header.last_runs,
            files,
            volumes,
            defects,
        })
    }

    /// To how many bytes a file says that it inflates; `None` where it is not compressed.
    pub(crate) fn declared(file: &[u8]) -> Option<u64> {
        mam::declared(file).map(u64::from)
    }

    /// The path of the program itself, as far as the file says: the one loaded file that has its name.
    ///
    /// `None` where none has, or several have.
    #[must_use]
    pub fn executable_path(&self) -> Option<&str> {
        let mut same = self.files.iter().map(|file| file.path.as_str()).filter(|path| {
            let name = path.rsplit('\\').next().unwrap_or_default();
            let cut = name.char_indices().nth(layout::NAME_UNITS - 1).map_or(name.len(), |at| at.0);
            name.get(..cut).is_some_and(|name| name.eq_ignore_ascii_case(&self.executable))
        });
        let first = same.next()?;
        same.all(|path| path == first).then_some(first)
    }

    /// The name that Windows gives to such a file: `NAME.EXE-01234567.pf`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{:08X}.pf", self.executable, self.hash)
    }
}
