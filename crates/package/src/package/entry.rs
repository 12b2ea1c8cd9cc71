use super::{Key, Origin};
use crate::{Sha256, Verdict};

/// One file of a package, wherever it lies: in the zip, in an archive inside it, or in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its name as safe text; what lies in an inner archive has the archive's name and `!` before it.
    pub(crate) path: String,
    pub(crate) key: Key,
    pub(crate) origin: Origin,
    /// In how many archives it lies inside the package, whose own members and files have 0.
    pub(crate) depth: u32,
    pub(crate) size: u64,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) verdict: Verdict,
    pub(crate) place: Place,
}

/// Where an entry's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the outermost archive, by its index there.
    Member(u32),
    /// In a folder that somebody extracted, by its place in the list.
    File(usize),
    /// In an archive that lies in the package, by the archive's place in the list, and the place in it.
    Inner(usize, usize),
}
