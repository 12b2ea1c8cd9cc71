//! Local headers and data descriptors, compared with the central directory.

use super::{
    extra::{Extra, widen},
    fields::Fields,
    layout::Span,
};
use crate::{
    DosTime, Encryption, Error, Kind, Member, Method, Verdict, finding::Log, source::Buffered,
};

/// Reads a member's local header and data descriptor, notes where they differ from the central
/// directory, and sets where its bytes lie; APPNOTE.TXT 4.3.7 and 4.3.9.
///
/// Returns what of the package the member takes, or `None` where it has no local header. Fails with
/// [`Error::ReadFailed`].
pub(crate) fn check(
    input: &mut Buffered<'_>,
    member: &mut Member,
    log: &mut Log,
) -> Result<Option<Span>, Error> {
    let (start, length) = (member.header_offset, input.source().len());
    let wanted = Header::length(input.at(start, FIXED)?).unwrap_or_default();
    let record = input.at(start, wanted)?;
    let Some(header) = Header::parse(record) else {
        missing(length, member, log);
        return Ok(None);
    };
    header.compare(member, log);
    let data = start.saturating_add(header.length as u64);
    member.data_offset = Some(data);
    let end = data.saturating_add(member.compressed_size);
    if end > length {
        member.verdict = Verdict::Truncated;
        log.member(Kind::Truncated, member.index, start, || {
            let there = length.saturating_sub(data);
            let declared = member.compressed_size;
            format!("`{}` has {there} of its {declared} compressed bytes", member.label())
        });
    }
    let descriptor = if member.has_descriptor() { descriptor(input, member, end, log)? } else { 0 };
    Ok(Some(Span::member(start..end.saturating_add(descriptor), member.index)))
}

fn missing(length: u64, member: &mut Member, log: &mut Log) {
    let (index, start) = (member.index, member.header_offset);
    if start.saturating_add(FIXED as u64) > length {
        member.verdict = Verdict::Truncated;
        log.member(Kind::Truncated, index, start, || {
            format!("the local header of `{}` is past the end of the package", member.label())
        });
    } else {
        member.verdict = Verdict::BadData;
        log.member(Kind::LocalHeaderMissing, index, start, || {
            format!("there is no local header of `{}` at byte {start}", member.label())
        });
    }
}

/// A local header.
struct Header<'a> {
    length: usize,
    flags: u16,
    method: u16,
    modified: DosTime,
    crc32: u32,
    size: u64,
    compressed_size: u64,
    lacks_zip64: bool,
    extra: Extra<'a>,
    name: &'a [u8],
}

impl<'a> Header<'a> {
    /// How many bytes a header has, from its fixed part.
    fn length(record: &[u8]) -> Option<usize> {
        let mut fields = Fields::new(record.strip_prefix(b"PK\x03\x04")?);
        fields.bytes(22)?;
        Some(FIXED + usize::from(fields.u16()?) + usize::from(fields.u16()?))
    }

    fn parse(record: &'a [u8]) -> Option<Self> {
        let length = Self::length(record)?;
        let mut fields = Fields::new(record.strip_prefix(b"PK\x03\x04")?);
        fields.u16()?;
        let (flags, method, time, date) =
            (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
        let (crc32, compressed_size, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (name_length, extra_length) = (fields.u16()?, fields.u16()?);
        let name = fields.bytes(usize::from(name_length))?;
        let extra = Extra::parse(fields.bytes(usize::from(extra_length))?);
        let wide = widen(size, compressed_size, 0, 0, extra.zip64);
        Some(Self {
            length,
            flags,
            method,
            modified: DosTime::new(date, time),
            crc32,
            size: wide.size,
            compressed_size: wide.compressed_size,
            lacks_zip64: wide.lacks_zip64,
            extra,
            name,
        })
    }

    /// Notes where the header differs from the central directory.
    fn compare(&self, member: &Member, log: &mut Log) {
        let mut note = |kind: Kind, what: &str| {
            log.member(kind, member.index, member.header_offset, || {
                format!("`{}` {what}", member.label())
            });
        };
        let mut differ = |what: &str, differs: bool| {
            if differs {
                let what = format!("has another {what} in its local header");
                note(Kind::LocalHeaderMismatch, &what);
            }
        };
        // A cut name is compared as far as it was kept.
        let same_name = if member.name_is_cut {
            self.name.starts_with(&member.raw_name)
        } else {
            self.name == member.raw_name
        };
        differ("name", !same_name);
        differ("method", self.method != member.method.number());
        let encryption = Encryption::of(self.flags, Method::from(self.method), self.extra.aes);
        differ("encryption", encryption != member.encryption);
        differ("set of flags", (self.flags ^ member.flags) & DECISIVE != 0);
        // Values that were not known yet, or are masked by an encrypted central directory, are zero.
        let later = (self.flags | member.flags) & (DESCRIPTOR | MASKED) != 0;
        let unlike = |local: u64, central: u64| local != central && !(later && local == 0);
        differ("CRC-32", unlike(self.crc32.into(), member.crc32.into()));
        let saturated = |local: u64| later && self.lacks_zip64 && local == u64::from(u32::MAX);
        for (what, local, central) in [
            ("size", self.size, member.size),
            ("compressed size", self.compressed_size, member.compressed_size),
        ] {
            differ(what, unlike(local, central) && !saturated(local));
        }
        if self.lacks_zip64 && !later {
            note(Kind::Zip64Mismatch, "needs a zip64 field in its local header");
        }
        if self.extra.overruns {
            note(Kind::ExtraField, "has a local extra field that is longer than the space for it");
        }
        if (self.flags ^ member.flags) & !DECISIVE != 0 || self.modified != member.modified {
            note(Kind::LocalHeaderDiffers, "has another time or other hints in its local header");
        }
    }
}

/// Returns how many bytes the data descriptor at `at` has; 0 where there is none that fits.
///
/// It may have a signature or not, and sizes of 32 or 64 bits; the form that fits is the one that
/// agrees with the central directory.
fn descriptor(
    input: &mut Buffered<'_>,
    member: &Member,
    at: u64,
    log: &mut Log,
) -> Result<u64, Error> {
    let record = input.at(at, LONGEST_DESCRIPTOR)?;
    let crc32 = member.crc32.to_le_bytes();
    let (compressed, size) = (member.compressed_size.to_le_bytes(), member.size.to_le_bytes());
    let narrow = |bytes: [u8; 8]| [bytes[0], bytes[1], bytes[2], bytes[3]];
    let wide_form = [crc32.as_slice(), &compressed, &size].concat();
    let narrow_form = [crc32.as_slice(), &narrow(compressed), &narrow(size)].concat();
    let is_narrow = u32::try_from(member.compressed_size.max(member.size)).is_ok();
    for (prefix, body) in [
        (SIGNATURE, Some(&wide_form)),
        (SIGNATURE, is_narrow.then_some(&narrow_form)),
        (&[], Some(&wide_form)),
        (&[], is_narrow.then_some(&narrow_form)),
    ] {
        let rest = record.strip_prefix(prefix);
        if let (Some(rest), Some(body)) = (rest, body)
            && rest.starts_with(body)
        {
            return Ok((prefix.len() + body.len()) as u64);
        }
    }
    let has_signature = record.starts_with(SIGNATURE);
    log.member(Kind::DescriptorMismatch, member.index, at, || {
        let what = if has_signature { "differs from the central directory" } else { "is missing" };
        format!("the data descriptor of `{}` {what}", member.label())
    });
    Ok(if has_signature { SIGNATURE.len() as u64 + narrow_form.len() as u64 } else { 0 })
}

/// The length of a local header without its name and extra fields.
const FIXED: usize = 30;
/// With a signature and sizes of 64 bits.
const LONGEST_DESCRIPTOR: usize = 24;
const SIGNATURE: &[u8] = b"PK\x07\x08";
const DESCRIPTOR: u16 = 1 << 3;
const MASKED: u16 = 1 << 13;
/// Encrypted, data descriptor, patched, strong encryption, masked: flags that change how bytes are read.
const DECISIVE: u16 = 1 | DESCRIPTOR | 1 << 5 | 1 << 6 | MASKED;
/// How many bytes are read with a header: enough for those of a row of small members.
pub(crate) const AHEAD: usize = 4 << 10;
