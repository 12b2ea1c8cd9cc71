//! The closed list of what can be found.

use serde::Serialize;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// Unusual and harmless.
    Notice,
    /// A careless reader could be harmed or misled; the bytes are whole.
    Hazard,
    /// Some bytes could not be checked; they are not known to be broken.
    Unread,
    /// Bytes are missing, changed, or contradict each other.
    Damage,
}

/// What was found; each kind has one severity and a stable name.
///
/// Field names, flags and records are those of APPNOTE.TXT 6.3.10 (PKWARE, ".ZIP File Format
/// Specification"); names that are special on Windows are those of "Naming Files, Paths, and
/// Namespaces" (Microsoft).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "FindingKind"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A name begins with a slash or a backslash, and so would leave the folder it is extracted to.
    AbsoluteName,
    /// More than one end record or central directory fits, so that readers may list different members.
    AmbiguousEnd,
    /// A name separates its folders with backslashes, which the zip format forbids and Windows tools write.
    BackslashName,
    /// A member's compressed bytes are no valid deflate stream.
    BadData,
    /// A name has invisible characters or characters that turn the direction of writing, and reads as another.
    BidiName,
    /// Two names differ, but are the same file on Windows (case, slashes, trailing dots and spaces).
    CaseCollision,
    /// The archive or a member carries a comment.
    Comment,
    /// A name has control characters.
    ControlName,
    /// A member's inflated bytes do not have the CRC-32 that the central directory declares.
    CrcMismatch,
    /// Bytes that belong to no member lie between the members or around the central directory.
    DataBetweenEntries,
    /// The data descriptor behind a member's bytes is missing or differs from the central directory.
    DescriptorMismatch,
    /// A member is a device, a pipe or a socket.
    DeviceEntry,
    /// The central directory is missing, or stops before its end.
    DirectoryDamaged,
    /// A name ends as a folder's does, but the member has bytes.
    DirectoryWithData,
    /// A name begins with a drive letter, and so would leave the folder it is extracted to.
    DriveName,
    /// Two members have the same name, so that readers may show different bytes for it.
    DuplicateName,
    /// The archive has no members, so whatever it was made for is missing.
    EmptyArchive,
    /// A member has no name.
    EmptyName,
    /// A member is encrypted, so its bytes were not checked.
    Encrypted,
    /// The end record declares another number of members than the central directory has.
    EntryCountMismatch,
    /// An extra field's declared length runs past the space there is.
    ExtraField,
    /// A name is marked as UTF-8 and is not.
    InvalidUtf8Name,
    /// A local header's time or informative flags differ from the central directory.
    LocalHeaderDiffers,
    /// A local header's name, method, size, CRC-32 or decisive flags differ from the central directory.
    LocalHeaderMismatch,
    /// There is no local header where the central directory says.
    LocalHeaderMissing,
    /// A name is longer than the budget and was cut.
    LongName,
    /// The archive says that it is one part of several.
    MultiDisk,
    /// A member is itself an archive: zip, cab, 7z or rar.
    NestedArchive,
    /// The code that a member's encryption keeps of its bytes is not theirs: they were changed.
    NotAuthentic,
    /// An extra field gives a member another name, which some readers use.
    OtherName,
    /// The budget for inflated bytes ran out, so that some bytes were not checked.
    OverBudget,
    /// Two members, or a member and the central directory, share bytes.
    Overlap,
    /// Bytes lie before the zip archive, as in a self-extracting program.
    PrefixData,
    /// Bytes inflate to more than the ratio that the budget allows, so the rest was not checked.
    RatioBomb,
    /// The reader failed on a member, which is a defect of ours and says nothing of its bytes.
    ReaderFailed,
    /// A name is a device on Windows, such as `CON` or `COM1`.
    ReservedName,
    /// A member inflates to another size than declared, or ends before its compressed bytes do.
    SizeMismatch,
    /// A name has a colon, which on Windows names an alternate data stream.
    StreamName,
    /// A member is a symbolic link or a reparse point.
    SymbolicLink,
    /// The archive has more members than the budget allows; those beyond are not listed.
    TooManyEntries,
    /// Bytes lie behind the end record.
    TrailingData,
    /// A name has a part that ends in a dot or a space, which Windows drops.
    TrailingDotOrSpace,
    /// A name steps out of its folder with `..`.
    TraversalName,
    /// Bytes are missing: a member or a record runs past the end, or its compressed stream stops early.
    Truncated,
    /// A member's local header lies in the archive, but the central directory does not list it: its bytes are neither
    /// checked nor hashed.
    UnlistedEntry,
    /// A name is not marked as UTF-8 and was read as that, since its bytes are; other readers may show another.
    UnmarkedUtf8Name,
    /// A member is compressed in a way that is not read, so its bytes were not checked.
    UnsupportedMethod,
    /// A member is encrypted with another password than the one that was given.
    WrongPassword,
    /// The zip64 records are missing, too short, or contradict the records that they extend.
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

    /// The stable name, in `snake_case`; the same as in serialized findings.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.facts().0
    }

    /// How grave every finding of this kind is.
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
