use super::{Defect, PrefetchError, region::Region};
use crate::FileTime;

/// Where the fields of one version stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    V17,
    V23,
    V26,
    /// Version 30 and 31 with the longer file information of early builds, or the shorter one.
    V30 {
        version: u32,
        is_short: bool,
    },
}

/// What the header and the file information say.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) executable: String,
    pub(super) hash: u32,
    pub(super) run_count: u32,
    pub(super) last_runs: Vec<FileTime>,
    pub(super) files_at: usize,
    pub(super) files: u32,
    pub(super) names_at: usize,
    pub(super) names_size: usize,
    pub(super) volumes_at: usize,
    pub(super) volumes: u32,
    pub(super) volumes_size: usize,
}

impl Layout {
    pub(super) fn of(region: Region<'_>) -> Result<Self, PrefetchError> {
        if region.array(4).ok() != Some(*b"SCCA") {
            return Err(PrefetchError::NotPrefetch { begin: region.begin() });
        }
        match region.u32(0)? {
            17 => Ok(Self::V17),
            23 => Ok(Self::V23),
            26 => Ok(Self::V26),
            version @ (30 | 31) => {
                let is_short = region.u32(INFORMATION)? == SHORT_INFORMATION_END;
                Ok(Self::V30 { version, is_short })
            }
            version => Err(PrefetchError::Version { version }),
        }
    }

    pub(super) fn version(self) -> u32 {
        match self {
            Self::V17 => 17,
            Self::V23 => 23,
            Self::V26 => 26,
            Self::V30 { version, .. } => version,
        }
    }

    /// Bytes of one file's metrics.
    pub(super) fn file_size(self) -> usize {
        if self == Self::V17 { 20 } else { 32 }
    }

    /// Bytes of one volume's information.
    pub(super) fn volume_size(self) -> usize {
        match self {
            Self::V17 => 40,
            Self::V23 | Self::V26 => 104,
            Self::V30 { .. } => 96,
        }
    }

    pub(super) fn header(
        self,
        region: Region<'_>,
        defects: &mut Vec<Defect>,
    ) -> Result<Header, PrefetchError> {
        let (runs_at, runs, count_at) = match self {
            Self::V17 => (36, 1, 60),
            Self::V23 => (44, 1, 68),
            Self::V26 | Self::V30 { is_short: false, .. } => (44, 8, 124),
            Self::V30 { is_short: true, .. } => (44, 8, 116),
        };
        let declared = region.u32(12)?;
        if usize::try_from(declared).ok() != Some(region.len()) {
            defects.push(Defect::Size { declared, actual: region.len() });
        }
        let mut last_runs = Vec::new();
        for slot in 0..runs {
            let ticks = region.u64(INFORMATION + runs_at + 8 * slot)?;
            if ticks != 0 {
                last_runs.push(FileTime::new(ticks));
            }
        }
        Ok(Header {
            executable: region.field(16, NAME_UNITS * 2, defects)?,
            hash: region.u32(76)?,
            run_count: region.u32(INFORMATION + count_at)?,
            last_runs,
            files_at: region.size(INFORMATION)?,
            files: region.u32(INFORMATION + 4)?,
            names_at: region.size(INFORMATION + 16)?,
            names_size: region.size(INFORMATION + 20)?,
            volumes_at: region.size(INFORMATION + 24)?,
            volumes: region.u32(INFORMATION + 28)?,
            volumes_size: region.size(INFORMATION + 32)?,
        })
    }
}

/// UTF-16 units of the program's name, with the NUL that ends it.
pub(super) const NAME_UNITS: usize = 30;

/// Where the file information begins, behind the header.
const INFORMATION: usize = 84;

/// Where the shorter file information of versions 30 and 31 ends, which is where the metrics begin.
const SHORT_INFORMATION_END: u32 = 296;
