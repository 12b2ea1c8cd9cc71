use serde::Serialize;

/// The result of checking a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Its compressed bytes are not a valid stream.
    BadData,
    /// The CRC-32 of its inflated bytes differs from the declared one.
    CrcMismatch,
    /// It is a folder and has no bytes.
    Directory,
    /// It is encrypted and was not checked, because there was no password or the encryption is not
    /// supported.
    Encrypted,
    /// Size and CRC-32 are as declared.
    Good,
    /// Its authentication code does not match its bytes: they were changed, or a wrong password
    /// only seemed right.
    NotAuthentic,
    /// Only the structure was read.
    NotChecked,
    /// A budget ran out before all its bytes were read.
    OverBudget,
    /// The reader failed on it. This is a bug of this crate and says nothing about the bytes.
    ReaderFailed,
    /// It inflates to a different size than declared.
    SizeMismatch,
    /// Some of its bytes are missing.
    Truncated,
    /// Its compression method, with this number, is not supported.
    Unsupported(u16),
    /// It is encrypted with a different password than the one supplied.
    WrongPassword,
}

impl Verdict {
    /// The name in `snake_case`.
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

    /// Whether every byte was read and is as declared; also true for a folder.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Good | Self::Directory)
    }

    /// Whether nothing speaks against its bytes: a file of a folder has nothing to hold it against.
    pub(crate) fn is_usable(self) -> bool {
        self.is_good() || self == Self::NotChecked
    }
}
