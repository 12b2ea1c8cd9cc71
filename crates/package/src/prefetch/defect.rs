use std::fmt;

/// A contradiction to the format, in a prefetch file that could be read in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// The CRC-32 of the compressed data differs from the declared one.
    Checksum,
    /// The compressed data is damaged or cut short.
    Compressed {
        /// How many bytes could be decompressed.
        inflated: usize,
        /// How many bytes the file declares.
        declared: usize,
    },
    /// Folders of volumes lie outside the file or are cut off.
    Directories {
        /// The number of volumes affected.
        volumes: u32,
    },
    /// File names lie outside the file.
    FileNames {
        /// The number of files affected.
        files: u32,
    },
    /// The list of files extends past the end.
    Files {
        /// The declared number of files.
        declared: u32,
        /// The number of files read.
        read: u32,
    },
    /// The file's declared size is not its actual size.
    Size {
        /// The declared size in bytes.
        declared: u32,
        /// The actual size in bytes.
        actual: usize,
    },
    /// Text overlaps so often that reading all of it would be disproportionately expensive.
    TextBudget,
    /// A name is not valid UTF-16; invalid units are read as U+FFFD.
    Utf16,
    /// Device paths of volumes lie outside the file.
    VolumePaths {
        /// The number of volumes affected.
        volumes: u32,
    },
    /// The list of volumes extends past the end.
    Volumes {
        /// The declared number of volumes.
        declared: u32,
        /// The number of volumes read.
        read: u32,
    },
}

impl Defect {
    /// The stable name of this kind of defect, in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Checksum => "checksum",
            Self::Compressed { .. } => "compressed",
            Self::Directories { .. } => "directories",
            Self::FileNames { .. } => "file_names",
            Self::Files { .. } => "files",
            Self::Size { .. } => "size",
            Self::TextBudget => "text_budget",
            Self::Utf16 => "utf16",
            Self::VolumePaths { .. } => "volume_paths",
            Self::Volumes { .. } => "volumes",
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checksum => f.write_str("the compressed data does not have the declared CRC-32"),
            Self::Compressed { inflated, declared } => write!(
                f,
                "the compressed data is damaged after {inflated} of {declared} decompressed bytes"
            ),
            Self::Directories { volumes } => {
                write!(f, "the folders of {volumes} volumes are cut or lie outside the file")
            }
            Self::FileNames { files } => {
                write!(f, "the names of {files} files lie outside the file")
            }
            Self::Files { declared, read } => {
                write!(f, "{declared} files are declared, and only {read} are there")
            }
            Self::Size { declared, actual } => {
                write!(f, "{declared} bytes are declared, and there are {actual}")
            }
            Self::TextBudget => f.write_str("names overlap, and only a part of them was read"),
            Self::Utf16 => f.write_str("a name is no valid UTF-16"),
            Self::VolumePaths { volumes } => {
                write!(f, "the device paths of {volumes} volumes lie outside the file")
            }
            Self::Volumes { declared, read } => {
                write!(f, "{declared} volumes are declared, and only {read} are there")
            }
        }
    }
}
