use serde::Serialize;

/// What checking a member gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Its compressed bytes are no valid stream.
    BadData,
    /// Its inflated bytes do not have the declared CRC-32.
    CrcMismatch,
    /// It is a folder and has no bytes.
    Directory,
    /// It is encrypted, and was not checked: there was no password, or its encryption is not read.
    Encrypted,
    /// Size and CRC-32 are as declared.
    Good,
    /// The code that its encryption keeps of its bytes is not theirs: they were changed, or the password is
    /// another that only looks right.
    NotAuthentic,
    /// Only the structure was read.
    NotChecked,
    /// A budget ran out before all its bytes were seen.
    OverBudget,
    /// The reader failed on it, which is a defect of ours and says nothing of its bytes.
    ReaderFailed,
    /// It inflates to another size than declared.
    SizeMismatch,
    /// Bytes of it are missing.
    Truncated,
    /// It is compressed by this method, which is not read.
    Unsupported(u16),
    /// It is encrypted with another password than the one that was given.
    WrongPassword,
}

impl Verdict {
    /// Its name, in `snake_case`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BadData => "bad_data",
            Self::CrcMismatch => "crc_mismatch",
            Self::Directory => "directory",
            Self::Encrypted => "encrypted",
            Self::Good => "good",
            Self::NotAuthentic => "not_authentic",
            Self::NotChecked => "not_checked",
            Self::OverBudget => "over_budget",
            Self::ReaderFailed => "reader_failed",
            Self::SizeMismatch => "size_mismatch",
            Self::Truncated => "truncated",
            Self::Unsupported(_) => "unsupported",
            Self::WrongPassword => "wrong_password",
        }
    }

    /// Whether every byte of it was seen and is as declared; also true of a folder.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Good | Self::Directory)
    }

    /// Whether nothing speaks against its bytes: a file of a folder has nothing to hold it against.
    pub(crate) fn is_usable(self) -> bool {
        self.is_good() || self == Self::NotChecked
    }
}
