use std::fmt;

/// What contradicts the format in a prefetch file that could be read in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// The compressed data has another CRC-32 than the file declares.
    Checksum,
    /// The compressed data is damaged or cut: only this many bytes came out of it.
    Compressed {
        /// How many bytes could be decompressed.
        inflated: usize,
        /// How many bytes the file declares.
        declared: usize,
    },
    /// Folders of volumes lie outside the file or are cut.
    Directories {
        /// Of how many volumes.
        volumes: u32,
    },
    /// Names of files lie outside the file.
    FileNames {
        /// Of how many files.
        files: u32,
    },
    /// The list of files reaches beyond the end.
    Files {
        /// How many files are declared.
        declared: u32,
        /// How many there are.
        read: u32,
    },
    /// The file's own statement of its size is not its size.
    Size {
        /// Bytes that it declares.
        declared: u32,
        /// Bytes that it has.
        actual: usize,
    },
    /// Text overlaps so often that reading all of it would cost more than the file is worth.
    TextBudget,
    /// A name is no valid UTF-16; the broken units read as U+FFFD.
    Utf16,
    /// The paths of volumes' devices lie outside the file.
    VolumePaths {
        /// Of how many volumes.
        volumes: u32,
    },
    /// The list of volumes reaches beyond the end.
    Volumes {
        /// How many volumes are declared.
        declared: u32,
        /// How many there are.
        read: u32,
    },
}

impl Defect {
    /// A stable name for this kind of defect, in `snake_case`.
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
