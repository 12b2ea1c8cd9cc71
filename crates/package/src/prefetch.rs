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

/// A prefetch file (`.pf`): a program's runs, and the files and volumes it used while starting.
///
/// Source: Joachim Metz, "Windows Prefetch File (PF) format"; versions 17 (XP), 23 (Vista, 7), 26
/// (8), 30 (10) and 31 (11).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prefetch {
    /// The version of the format: 17, 23, 26, 30 or 31.
    pub version: u32,
    /// Whether the file was compressed (`MAM`).
    pub is_compressed: bool,
    /// The program's name in upper case, cut by Windows at 29 characters.
    pub executable: String,
    /// The hash of the program's path, and for some host programs of the command line as well: the
    /// eight hexadecimal digits in the file's name.
    pub hash: u32,
    /// How often the program ran. May exceed the number of [`last_runs`](Self::last_runs).
    pub run_count: u32,
    /// The last runs in UTC, in the order of the file: one in versions 17 and 23, up to eight in
    /// later ones. Empty slots are left out. The newest usually comes first, except for runs within
    /// the same few seconds.
    pub last_runs: Vec<FileTime>,
    /// The files loaded in the first ten seconds, in the order of the file.
    pub files: Vec<LoadedFile>,
    /// The volumes that these files are on.
    pub volumes: Vec<Volume>,
    /// Contradictions to the format. If there are any, something may be missing above.
    pub defects: Vec<Defect>,
}

impl Prefetch {
    /// The default size limit, compressed or not: 8 MiB. Real files are below 1 MiB.
    pub const LIMIT: usize = 8 << 20;

    /// Reads a prefetch file, compressed or not, of up to `limit` bytes.
    ///
    /// If the file is damaged after its header, the result has what could be read, and
    /// [`defects`](Self::defects) says what could not. Memory and time are bounded by `limit`,
    /// whatever the file declares.
    ///
    /// Fails with [`PrefetchError`] if the file is not a prefetch file, has an unknown version or
    /// compression, is larger than `limit`, or ends inside its header.
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

    /// The path of the program itself: the only loaded file with its name. `None` if no loaded file
    /// has that name, or several do.
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

    /// The file name that Windows uses: `NAME.EXE-01234567.pf`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{:08X}.pf", self.executable, self.hash)
    }
}
