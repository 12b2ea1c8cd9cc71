//! The complete list of findings.

use serde::Serialize;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Unusual but harmless.
    Notice,
    /// It could harm or mislead a careless reader; the bytes are whole.
    Hazard,
    /// Some bytes could not be checked; they are not known to be broken.
    Unread,
    /// Bytes are missing, changed or contradictory.
    Damage,
}

/// What was found. Each kind has one severity and a stable name.
///
/// Field names, flags and records are those of APPNOTE.TXT 6.3.10 (PKWARE, ".ZIP File Format
/// Specification"). Names that are special on Windows are those of "Naming Files, Paths, and
/// Namespaces" (Microsoft).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "FindingKind"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A name begins with a slash or a backslash, and would lead out of the folder it is extracted
    /// to.
    AbsoluteName,
    /// More than one end record or central directory fits, so readers may list different members.
    AmbiguousEnd,
    /// A name separates its folders with backslashes, which the zip format forbids but Windows
    /// tools write.
    BackslashName,
    /// A member's compressed bytes are not a valid deflate stream.
    BadData,
    /// A name has invisible or bidirectional control characters, and reads as another name.
    BidiName,
    /// Two different names are the same file on Windows (case, slashes, trailing dots and spaces).
    CaseCollision,
    /// The archive or a member carries a comment.
    Comment,
    /// A name has control characters.
    ControlName,
    /// The CRC-32 of a member's inflated bytes differs from the central directory.
    CrcMismatch,
    /// Bytes between the members or around the central directory belong to no member.
    DataBetweenEntries,
    /// The data descriptor after a member's bytes is missing or differs from the central directory.
    DescriptorMismatch,
    /// A member is a device, a pipe or a socket.
    DeviceEntry,
    /// The central directory is missing, or stops before its end.
    DirectoryDamaged,
    /// A name ends like a folder's, but the member has bytes.
    DirectoryWithData,
    /// A name begins with a drive letter, and would lead out of the folder it is extracted to.
    DriveName,
    /// Two members have the same name, so readers may show different bytes for it.
    DuplicateName,
    /// The archive has no members, so whatever it was made for is missing.
    EmptyArchive,
    /// A member has no name.
    EmptyName,
    /// A member is encrypted, so its bytes were not checked.
    Encrypted,
    /// The end record declares a different number of members than the central directory has.
    EntryCountMismatch,
    /// The declared length of an extra field exceeds the space there is.
    ExtraField,
    /// A name is marked as UTF-8 but is not valid UTF-8.
    InvalidUtf8Name,
    /// A local header's time or informative flags differ from the central directory.
    LocalHeaderDiffers,
    /// A local header's name, method, size, CRC-32 or decisive flags differ from the central directory.
    LocalHeaderMismatch,
    /// There is no local header where the central directory says one is.
    LocalHeaderMissing,
    /// A name is longer than the budget and was cut.
    LongName,
    /// The archive declares that it is one part of several.
    MultiDisk,
    /// A member is itself an archive: zip, cab, 7z or rar.
    NestedArchive,
    /// A member's authentication code does not match its bytes, which were changed.
    NotAuthentic,
    /// An extra field gives a member a different name, which some readers use.
    OtherName,
    /// The budget for inflated bytes ran out, so some bytes were not checked.
    OverBudget,
    /// Two members, or a member and the central directory, share bytes.
    Overlap,
    /// Bytes precede the zip archive, as in a self-extracting program.
    PrefixData,
    /// Bytes inflate beyond the ratio that the budget allows, so the rest was not checked.
    RatioBomb,
    /// The reader failed on a member. This is a bug of this crate and says nothing about the bytes.
    ReaderFailed,
    /// A name is a device name on Windows, such as `CON` or `COM1`.
    ReservedName,
    /// A member inflates to a different size than declared, or ends before its compressed bytes do.
    SizeMismatch,
    /// A name has a colon, which denotes an alternate data stream on Windows.
    StreamName,
    /// A member is a symbolic link or a reparse point.
    SymbolicLink,
    /// The archive has more members than the budget allows; the rest is not listed.
    TooManyEntries,
    /// Bytes follow the end record.
    TrailingData,
    /// A name has a part that ends in a dot or a space, which Windows drops.
    TrailingDotOrSpace,
    /// A name leads out of its folder with `..`.
    TraversalName,
    /// Bytes are missing: a member or a record extends past the end, or a compressed stream ends
    /// too early.
    Truncated,
    /// The archive has a local header that the central directory does not list. That member's bytes
    /// are neither checked nor hashed.
    UnlistedEntry,
    /// A name is valid UTF-8 without being marked as such, and was read as UTF-8; other readers may
    /// show a different name.
    UnmarkedUtf8Name,
    /// A member's compression method is not supported, so its bytes were not checked.
    UnsupportedMethod,
    /// A member is encrypted with a different password than the one supplied.
    WrongPassword,
    /// The zip64 records are missing, too short, or contradict the records they extend.
    Zip64Mismatch,
}

impl Kind {
    /// Every kind, in alphabetical order.
    pub const ALL: &'static [Self] = &[
        Self::AbsoluteName,
        Self::AmbiguousEnd,
        Self::BackslashName,
        Self::BadData,
        Self::BidiName,
        Self::CaseCollision,
        Self::Comment,
        Self::ControlName,
        Self::CrcMismatch,
        Self::DataBetweenEntries,
        Self::DescriptorMismatch,
        Self::DeviceEntry,
        Self::DirectoryDamaged,
        Self::DirectoryWithData,
        Self::DriveName,
        Self::DuplicateName,
        Self::EmptyArchive,
        Self::EmptyName,
        Self::Encrypted,
        Self::EntryCountMismatch,
        Self::ExtraField,
        Self::InvalidUtf8Name,
        Self::LocalHeaderDiffers,
        Self::LocalHeaderMismatch,
        Self::LocalHeaderMissing,
        Self::LongName,
        Self::MultiDisk,
        Self::NestedArchive,
        Self::NotAuthentic,
        Self::OtherName,
        Self::OverBudget,
        Self::Overlap,
        Self::PrefixData,
        Self::RatioBomb,
        Self::ReaderFailed,
        Self::ReservedName,
        Self::SizeMismatch,
        Self::StreamName,
        Self::SymbolicLink,
        Self::TooManyEntries,
        Self::TrailingData,
        Self::TrailingDotOrSpace,
        Self::TraversalName,
        Self::Truncated,
        Self::UnlistedEntry,
        Self::UnmarkedUtf8Name,
        Self::UnsupportedMethod,
        Self::WrongPassword,
        Self::Zip64Mismatch,
    ];

    /// The stable name in `snake_case`, as in serialized findings.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.facts().0
    }

    /// The severity of every finding of this kind.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.facts().1
    }

    /// Whether there are, or may be, members that no list has, so that nothing tells of their bytes but this.
    pub(crate) fn hides_members(self) -> bool {
        matches!(
            self,
            Self::DirectoryDamaged
                | Self::EntryCountMismatch
                | Self::TooManyEntries
                | Self::UnlistedEntry
        )
    }

    /// Whether a budget kept its bytes from being checked.
    pub(crate) fn is_of_budget(self) -> bool {
        matches!(self, Self::OverBudget | Self::RatioBomb | Self::TooManyEntries)
    }

    fn facts(self) -> (&'static str, Severity) {
        use Severity::{Damage, Hazard, Notice, Unread};

        match self {
            Self::AbsoluteName => ("absolute_name", Hazard),
            Self::AmbiguousEnd => ("ambiguous_end", Hazard),
            Self::BackslashName => ("backslash_name", Notice),
            Self::BadData => ("bad_data", Damage),
            Self::BidiName => ("bidi_name", Hazard),
            Self::CaseCollision => ("case_collision", Hazard),
            Self::Comment => ("comment", Notice),
            Self::ControlName => ("control_name", Hazard),
            Self::CrcMismatch => ("crc_mismatch", Damage),
            Self::DataBetweenEntries => ("data_between_entries", Hazard),
            Self::DescriptorMismatch => ("descriptor_mismatch", Damage),
            Self::DeviceEntry => ("device_entry", Hazard),
            Self::DirectoryDamaged => ("directory_damaged", Damage),
            Self::DirectoryWithData => ("directory_with_data", Hazard),
            Self::DriveName => ("drive_name", Hazard),
            Self::DuplicateName => ("duplicate_name", Hazard),
            Self::EmptyArchive => ("empty_archive", Damage),
            Self::EmptyName => ("empty_name", Hazard),
            Self::Encrypted => ("encrypted", Unread),
            Self::EntryCountMismatch => ("entry_count_mismatch", Damage),
            Self::ExtraField => ("extra_field", Hazard),
            Self::InvalidUtf8Name => ("invalid_utf8_name", Hazard),
            Self::LocalHeaderDiffers => ("local_header_differs", Notice),
            Self::LocalHeaderMismatch => ("local_header_mismatch", Damage),
            Self::LocalHeaderMissing => ("local_header_missing", Damage),
            Self::LongName => ("long_name", Hazard),
            Self::MultiDisk => ("multi_disk", Damage),
            Self::NestedArchive => ("nested_archive", Notice),
            Self::NotAuthentic => ("not_authentic", Damage),
            Self::OtherName => ("other_name", Hazard),
            Self::OverBudget => ("over_budget", Unread),
            Self::Overlap => ("overlap", Damage),
            Self::PrefixData => ("prefix_data", Hazard),
            Self::RatioBomb => ("ratio_bomb", Unread),
            Self::ReaderFailed => ("reader_failed", Unread),
            Self::ReservedName => ("reserved_name", Hazard),
            Self::SizeMismatch => ("size_mismatch", Damage),
            Self::StreamName => ("stream_name", Hazard),
            Self::SymbolicLink => ("symbolic_link", Hazard),
            Self::TooManyEntries => ("too_many_entries", Unread),
            Self::TrailingData => ("trailing_data", Hazard),
            Self::TrailingDotOrSpace => ("trailing_dot_or_space", Hazard),
            Self::TraversalName => ("traversal_name", Hazard),
            Self::Truncated => ("truncated", Damage),
            Self::UnlistedEntry => ("unlisted_entry", Unread),
            Self::UnmarkedUtf8Name => ("unmarked_utf8_name", Notice),
            Self::UnsupportedMethod => ("unsupported_method", Unread),
            Self::WrongPassword => ("wrong_password", Unread),
            Self::Zip64Mismatch => ("zip64_mismatch", Damage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn codes_are_unique_and_what_serde_writes() {
        for (index, kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
            assert_eq!(*kind as usize, index, "`ALL` has every kind once");
        }
    }
}
