//! Why a package could not be opened, read or exported.

use std::io;

/// Why a package could not be opened, read or exported.
///
/// As long as anything can be listed, a problem is a [`Finding`](crate::Finding) of the inventory
/// and not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The format cannot hold the table.
    #[error("`{format}` cannot hold the table `{table}`; use one of {others}")]
    NoPlace {
        /// The table's name.
        table: &'static str,
        /// The format's name.
        format: &'static str,
        /// The names of the formats that can hold it.
        others: String,
    },

    /// The bytes are not a zip archive, but for example an error page, an empty body or another
    /// format.
    #[error(
        "these {length} bytes are no zip archive, they begin with `{begin}`: check what was \
         downloaded, and download it again"
    )]
    NotAZip {
        /// The number of bytes.
        length: u64,
        /// The first bytes as printable text, escaped.
        begin: String,
    },

    /// A member is larger than the budget for holding one in memory.
    #[error(
        "member `{name}` inflates to more than {limit} bytes, the budget for a member that is held \
         in memory: stream it, or raise the budget"
    )]
    OverBudget {
        /// The member's name as safe text.
        name: String,
        /// The budget in bytes.
        limit: u64,
    },

    /// The caller's source could not supply bytes that its length promises.
    #[error("the package could not be read at byte {offset}: check the file or the disk it is on")]
    ReadFailed {
        /// The offset in the package, in bytes.
        offset: u64,
        /// The error that the source returned.
        source: io::Error,
    },

    /// The reader failed on this member before, which is a bug of this crate.
    #[error(
        "the reader failed on member `{name}`, which is a defect of mde-forensics: please report it; \
         other members are read all the same"
    )]
    ReaderFailed {
        /// The member's name as safe text.
        name: String,
    },

    /// The files of a folder belong to several packages, which cannot be read as one.
    #[error("it holds {count} packages ({places}): open one of them")]
    SeveralPackages {
        /// The number of packages.
        count: usize,
        /// The paths of some of them, as safe text.
        places: String,
    },

    /// There are more names than can be replaced. An export that keeps some of them would not be
    /// redacted.
    #[error(
        "the package names more than {limit} users or hosts, and no more are replaced: export \
         without `redact`, and keep what comes of it to yourself"
    )]
    TooManyNames {
        /// How many names of each kind can be replaced.
        limit: usize,
    },

    /// The bytes start like a zip archive but have no end record, so the rest is missing.
    #[error(
        "the zip archive has no end record within its {length} bytes, so its end is missing: \
         download the package again"
    )]
    Truncated {
        /// The number of bytes.
        length: u64,
    },

    /// A member is damaged, encrypted, or compressed with an unsupported method.
    #[error("member `{name}` cannot be read: {reason}")]
    Unreadable {
        /// The member's name as safe text.
        name: String,
        /// What is wrong with it.
        reason: String,
    },

    /// No table has this name.
    #[error("there is no table `{name}` in a package")]
    UnknownTable {
        /// The requested name, as safe text.
        name: String,
    },

    /// The password does not open this member.
    #[error(
        "the password does not open member `{name}`: check it, byte for byte; where it is right, the \
         member is damaged"
    )]
    WrongPassword {
        /// The member's name as safe text.
        name: String,
    },

    /// The output could not be written.
    #[error("the output could not be written: {0}")]
    Write(#[source] io::Error),
}

/// One row a variant: its stable name, and what to do about it.
macro_rules! codes {
    ($($variant:ident $name:literal $hint:literal;)+) => {
        impl Error {
            /// Every code with its hint, in alphabetical order.
            pub const CODES: &'static [(&'static str, &'static str)] = &[$(($name, $hint),)+];

            /// The stable name of this kind of error, in `snake_case`.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)+
                }
            }

            /// What to do if the message alone does not help.
            #[must_use]
            pub fn hint(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $hint,)+
                }
            }
        }
    };
}

codes! {
    NoPlace "no_place"
        "leave the table out, or name another format";
    NotAZip "not_a_zip"
        "a sign-in page or an error page is often saved in the place of a download; a manifest tells the size and the SHA-256 that the package must have";
    OverBudget "over_budget"
        "the budget is `held_bytes`, on the command line `held-bytes`; to extract the member to a file needs none of it";
    ReadFailed "read_failed"
        "copy the package to a disk of this machine, compare the SHA-256 of both, and open the copy";
    ReaderFailed "reader_failed"
        "report the message and the version of mde-forensics, and where it may be shared the member";
    SeveralPackages "several_packages"
        "each has a path of its own; to read them as one would mix the evidence of several devices or days";
    TooManyNames "too_many_names"
        "a redaction that leaves names standing would be none; hand on only what a person has read";
    Truncated "truncated"
        "a copy or a download was cut short; a manifest tells the size that the package must have";
    UnknownTable "unknown_table"
        "check the spelling; a table of a newer version needs a newer mde-forensics";
    Unreadable "unreadable"
        "the other members can be read; the reason says whether this one is damaged, or packed in a way that is not read here";
    Write "write_failed"
        "check that the place exists, may be written to, has room, and holds nothing of the kind yet";
    WrongPassword "wrong_password"
        "many pack evidence with the password `infected`; mind the encoding of letters that are not ASCII, and a line end that was copied along";
}

impl Error {
    /// Whether the error concerns one member only, so that others can still be read.
    #[must_use]
    pub fn is_of_the_member(&self) -> bool {
        matches!(
            self,
            Self::OverBudget { .. }
                | Self::ReaderFailed { .. }
                | Self::Unreadable { .. }
                | Self::WrongPassword { .. }
        )
    }

    pub(crate) fn read_failed(offset: u64, source: io::Error) -> Self {
        Self::ReadFailed { offset, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_told_once_and_has_a_hint_in_our_style() {
        let codes: Vec<_> = Error::CODES.iter().map(|(code, _)| *code).collect();
        assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
        for (code, hint) in Error::CODES {
            assert!(!hint.is_empty() && !hint.ends_with('.'), "{code}: {hint}");
            assert!(hint.starts_with(|first: char| first.is_lowercase()), "{code}: {hint}");
        }
        let error = Error::Truncated { length: 1 };
        assert!(Error::CODES.contains(&(error.code(), error.hint())));
    }
}
