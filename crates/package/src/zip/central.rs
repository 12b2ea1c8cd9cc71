//! The central directory.

use super::{
    end::End,
    extra::{Extra, Wide, widen},
    fields::Fields,
};
use crate::{
    Budgets, DosTime, Encryption, Error, Kind, Member, Method, Source, Verdict, finding::Log, name,
    source::Buffered,
};

/// Reads the central headers one after the other, up to the budget; APPNOTE.TXT 4.3.12.
///
/// With `is_unlocked` a password will be tried on members that are encrypted, and what comes of that
/// is noted then.
///
/// Fails with [`Error::ReadFailed`].
pub(crate) fn walk(
    source: &dyn Source,
    end: &End,
    budgets: &Budgets,
    is_unlocked: bool,
    log: &mut Log,
) -> Result<Vec<Member>, Error> {
    let mut directory = Directory {
        input: Buffered::new(source, AHEAD),
        position: end.directory.start,
        end: end.directory.end,
    };
    let mut members = Vec::new();
    for index in 0.. {
        let Some(lengths) = Lengths::parse(directory.peek(FIXED)?) else { break };
        let position = directory.position;
        if index == budgets.entries {
            log.archive(Kind::TooManyEntries, position, || {
                format!("only the first {index} of {} declared members are listed", end.entries)
            });
            break;
        }
        let record = directory.peek(lengths.total())?;
        let Some(header) = Header::parse(record, lengths) else { break };
        members.push(header.into_member(index, (position, end.base), budgets, is_unlocked, log));
        directory.position += lengths.total() as u64;
    }
    if !log.has(Kind::TooManyEntries) {
        report(end, members.len() as u64, directory.position, log);
    }
    Ok(members)
}

/// What is left of the central directory.
struct Directory<'a> {
    input: Buffered<'a>,
    position: u64,
    end: u64,
}

impl Directory<'_> {
    /// The next `count` bytes, fewer at the end.
    fn peek(&mut self, count: usize) -> Result<&[u8], Error> {
        let left = usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let count = count.min(left);
        let held = self.input.at(self.position, count)?;
        Ok(held.get(..count).unwrap_or(held))
    }
}

/// Compares what was walked with what the end record declares.
fn report(end: &End, count: u64, stopped: u64, log: &mut Log) {
    if stopped < end.directory.end {
        let left = end.directory.end - stopped;
        log.archive(Kind::DirectoryDamaged, stopped, || {
            format!(
                "the central directory stops after {count} members and {left} bytes before its end"
            )
        });
    }
    if count != end.entries {
        log.archive(Kind::EntryCountMismatch, end.records, || {
            format!("the end record declares {} members and {count} are listed", end.entries)
        });
    }
    if count == 0 {
        log.archive(Kind::EmptyArchive, end.records, || "the archive has no members".to_owned());
    }
}

/// The lengths of a central header's variable fields.
#[derive(Clone, Copy)]
struct Lengths {
    name: usize,
    extra: usize,
    comment: usize,
}

impl Lengths {
    /// Reads them from a header's fixed part; `None` where no header begins.
    fn parse(fixed: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(fixed.strip_prefix(b"PK\x01\x02")?);
        fields.bytes(24)?;
        let mut length = || fields.u16().map(usize::from);
        let lengths = Self { name: length()?, extra: length()?, comment: length()? };
        (fixed.len() == FIXED).then_some(lengths)
    }

    fn total(self) -> usize {
        FIXED + self.name + self.extra + self.comment
    }
}

/// A central header.
struct Header<'a> {
    made_by: u16,
    flags: u16,
    method: u16,
    modified: DosTime,
    crc32: u32,
    external_attributes: u32,
    name: &'a [u8],
    extra: Extra<'a>,
    comment: &'a [u8],
    wide: Wide,
}

impl<'a> Header<'a> {
    fn parse(record: &'a [u8], lengths: Lengths) -> Option<Self> {
        let mut fields = Fields::new(record.strip_prefix(b"PK\x01\x02")?);
        let made_by = fields.u16()?;
        fields.u16()?;
        let (flags, method, time, date) =
            (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
        let (crc32, compressed_size, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        fields.bytes(6)?;
        let disk = fields.u16()?;
        fields.u16()?;
        let (external_attributes, offset) = (fields.u32()?, fields.u32()?);
        let name = fields.bytes(lengths.name)?;
        let extra = Extra::parse(fields.bytes(lengths.extra)?);
        let comment = fields.bytes(lengths.comment)?;
        let wide = widen(size, compressed_size, offset, disk, extra.zip64);
        let modified = DosTime::new(date, time);
        Some(Self {
            made_by,
            flags,
            method,
            modified,
            crc32,
            external_attributes,
            name,
            extra,
            comment,
            wide,
        })
    }

    fn into_member(
        self,
        index: u32,
        (position, base): (u64, u64),
        budgets: &Budgets,
        is_unlocked: bool,
        log: &mut Log,
    ) -> Member {
        let limit = usize::from(budgets.name_bytes);
        let decoded = name::decode(self.name, self.flags);
        let method = Method::from(self.method);
        let member = Member {
            index,
            name: name::safe(&decoded.text, limit),
            raw_name: self.name.get(..limit).unwrap_or(self.name).to_vec(),
            name_is_cut: self.name.len() > limit,
            encoding: decoded.encoding,
            method,
            encryption: Encryption::of(self.flags, method, self.extra.aes),
            flags: self.flags,
            modified: self.modified,
            made_by: self.made_by,
            external_attributes: self.external_attributes,
            compressed_size: self.wide.compressed_size,
            size: self.wide.size,
            actual_size: None,
            crc32: self.crc32,
            actual_crc32: None,
            sha256: None,
            header_offset: self.wide.offset.saturating_add(base),
            data_offset: None,
            verdict: Verdict::NotChecked,
        };
        self.report(&member, &decoded, position, is_unlocked, log);
        member
    }

    fn report(
        &self,
        member: &Member,
        decoded: &name::Decoded,
        position: u64,
        is_unlocked: bool,
        log: &mut Log,
    ) {
        let mut note = |kind: Kind, what: &str| {
            log.member(kind, member.index, position, || format!("`{}` {what}", member.label()));
        };
        for kind in name::hazards(&decoded.text) {
            note(kind, name::what(kind));
        }
        if !decoded.is_valid {
            note(Kind::InvalidUtf8Name, "has a name that is marked as UTF-8 and is not");
        }
        if decoded.is_unmarked {
            note(Kind::UnmarkedUtf8Name, "has a name that is UTF-8 and is not marked as such");
        }
        if member.name_is_cut {
            note(Kind::LongName, "has a name that is longer than the budget and was cut");
        }
        if let Some(other) = self.extra.other_name(self.name) {
            let other = name::shorten(&String::from_utf8_lossy(other));
            note(Kind::OtherName, &format!("has another name in an extra field: `{other}`"));
        }
        if self.extra.overruns {
            note(Kind::ExtraField, "has an extra field that is longer than the space for it");
        }
        if self.wide.lacks_zip64 {
            note(Kind::Zip64Mismatch, "needs a zip64 field that is missing or too short");
        }
        if self.wide.disk != 0 {
            note(Kind::MultiDisk, "lies on another disk");
        }
        if !self.comment.is_empty() {
            note(Kind::Comment, &format!("has a comment of {} bytes", self.comment.len()));
        }
        if member.raw_name.ends_with(b"/") && !member.is_directory() {
            note(Kind::DirectoryWithData, "has a folder's name, and has bytes");
        }
        if member.is_encrypted() && !is_unlocked {
            note(Kind::Encrypted, "is encrypted and was not checked");
        }
        if let method @ Method::Other(_) = member.compression()
            && member.encryption != Some(Encryption::Other)
        {
            let what = format!("is compressed with {method}, which is not read");
            note(Kind::UnsupportedMethod, &what);
        }
        match special_file(self.made_by, self.external_attributes) {
            Some(Kind::SymbolicLink) => note(Kind::SymbolicLink, "is a symbolic link"),
            Some(kind) => note(kind, "is a device, a pipe or a socket"),
            None => {}
        }
    }
}

/// What kind of special file the attributes say that a member is.
fn special_file(made_by: u16, attributes: u32) -> Option<Kind> {
    const UNIX: u16 = 3;
    const MACOS: u16 = 19;
    const REPARSE_POINT: u32 = 0x400;
    const SYMBOLIC_LINK: u32 = 0o12;
    // Pipe, character device, block device, socket.
    const DEVICES: [u32; 4] = [0o1, 0o2, 0o6, 0o14];
    if ![UNIX, MACOS].contains(&(made_by >> 8)) {
        return (attributes & REPARSE_POINT != 0).then_some(Kind::SymbolicLink);
    }
    let file_type = attributes >> 28;
    if file_type == SYMBOLIC_LINK {
        return Some(Kind::SymbolicLink);
    }
    DEVICES.contains(&file_type).then_some(Kind::DeviceEntry)
}

/// The length of a central header without its variable fields.
const FIXED: usize = 46;
/// How much of the central directory is read at once; a header has up to 196,651 bytes.
const AHEAD: usize = 64 << 10;
