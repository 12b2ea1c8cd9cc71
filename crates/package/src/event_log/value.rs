use super::text::{
    LOWER, UPPER, push_ansi, push_bytes, push_hex, push_json, push_number, push_utf16,
    push_utf16_json,
};
use crate::FileTime;

/// A value of an event, as it stands in its chunk.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Ansi(&'a [u8]),
    /// Several values of one type, without the flag that says so.
    Array(u8, &'a [u8]),
    Binary(&'a [u8]),
    Bool(bool),
    Char(char),
    Float(f64),
    Guid(&'a [u8; 16]),
    Hex(u64),
    Integer(i64),
    Null,
    Number(u64),
    Sid(&'a [u8]),
    /// UTF-16LE.
    Text(&'a [u8]),
    Time(FileTime),
    Utf8(&'a str),
}

impl<'a> Value<'a> {
    /// The value of `bytes` by its type; `None` where they are none of that type.
    pub(super) fn of(kind: u8, bytes: &'a [u8]) -> Option<Self> {
        Some(match kind {
            kind::NULL => Self::Null,
            kind::TEXT => Self::Text(bytes),
            kind::ANSI => Self::Ansi(bytes),
            3 => Self::Integer(i8::from_le_bytes(number(bytes)?).into()),
            4 => Self::Number(u8::from_le_bytes(number(bytes)?).into()),
            5 => Self::Integer(i16::from_le_bytes(number(bytes)?).into()),
            6 => Self::Number(u16::from_le_bytes(number(bytes)?).into()),
            7 => Self::Integer(i32::from_le_bytes(number(bytes)?).into()),
            8 => Self::Number(u32::from_le_bytes(number(bytes)?).into()),
            9 => Self::Integer(i64::from_le_bytes(number(bytes)?)),
            10 => Self::Number(u64::from_le_bytes(number(bytes)?)),
            11 => Self::Float(f32::from_le_bytes(number(bytes)?).into()),
            12 => Self::Float(f64::from_le_bytes(number(bytes)?)),
            13 => match i32::from_le_bytes(number(bytes)?) {
                0 => Self::Bool(false),
                1 => Self::Bool(true),
                // Windows writes masks here too.
                other => Self::Integer(other.into()),
            },
            kind::BINARY => Self::Binary(bytes),
            15 => Self::Guid(bytes.first_chunk()?),
            // A size is as wide as the machine's words.
            16 if bytes.len() == 4 => Self::Hex(u32::from_le_bytes(number(bytes)?).into()),
            16 | 21 => Self::Hex(u64::from_le_bytes(number(bytes)?)),
            17 => Self::Time(FileTime::new(u64::from_le_bytes(number(bytes)?))),
            kind::SYSTEM_TIME => system_time(bytes)?,
            19 => Self::Sid(bytes),
            20 => Self::Hex(u32::from_le_bytes(number(bytes)?).into()),
            0x23 => Self::Text(bytes),
            kind if kind & kind::ARRAY != 0 => {
                if let Size::Fixed(size) = size_of(kind & !kind::ARRAY)?
                    && !bytes.len().is_multiple_of(size)
                {
                    return None;
                }
                Self::Array(kind & !kind::ARRAY, bytes)
            }
            _ => return None,
        })
    }

    /// Appends the text that Windows shows for it.
    pub(super) fn push_text(self, out: &mut Vec<u8>) {
        match self {
            Self::Ansi(bytes) => push_ansi(out, bytes),
            Self::Array(kind, bytes) => {
                for (at, item) in items(kind, bytes).enumerate() {
                    if at > 0 {
                        out.extend_from_slice(b", ");
                    }
                    item.push_text(out);
                }
            }
            Self::Binary(bytes) => push_bytes(out, bytes.iter().copied(), UPPER),
            Self::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Self::Char(value) => out.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes()),
            Self::Float(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Guid(bytes) => push_guid(out, *bytes),
            Self::Hex(value) => push_hex(out, value),
            Self::Integer(value) => {
                if value < 0 {
                    out.push(b'-');
                }
                push_number(out, value.unsigned_abs());
            }
            Self::Null => {}
            Self::Number(value) => push_number(out, value),
            Self::Sid(bytes) => push_sid(out, bytes),
            Self::Text(units) => push_utf16(out, units),
            Self::Time(time) => {
                let mut text = String::with_capacity(28);
                if !time.push_to(&mut text) {
                    text = time.ticks().to_string();
                }
                out.extend_from_slice(text.as_bytes());
            }
            Self::Utf8(text) => out.extend_from_slice(text.as_bytes()),
        }
    }

    /// Appends it as a JSON value: numbers as numbers where every reader keeps them exactly, else text.
    pub(super) fn push_json(self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Number(value) if value < EXACT => push_number(out, value),
            Self::Integer(value) if value.unsigned_abs() < EXACT => self.push_text(out),
            Self::Float(value) if value.is_finite() => self.push_text(out),
            Self::Bool(_) => self.push_text(out),
            Self::Array(kind, bytes) => {
                out.push(b'[');
                for (at, item) in items(kind, bytes).enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.push_json(out);
                }
                out.push(b']');
            }
            _ => {
                out.push(b'"');
                self.push_json_text(out);
                out.push(b'"');
            }
        }
    }

    /// Appends its text as the inside of a JSON string.
    pub(super) fn push_json_text(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(units) => push_utf16_json(out, units),
            Self::Utf8(text) => push_json(out, text),
            Self::Ansi(_) | Self::Array(..) | Self::Char(_) => {
                let mut text = Vec::new();
                self.push_text(&mut text);
                push_json(out, str::from_utf8(&text).unwrap_or_default());
            }
            // Digits, letters, signs and braces.
            _ => self.push_text(out),
        }
    }

    /// Its value as a number; text made of digits is parsed.
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Self::Number(value) | Self::Hex(value) => Some(value),
            Self::Integer(value) => u64::try_from(value).ok(),
            Self::Bool(value) => Some(value.into()),
            Self::Text(_) | Self::Utf8(_) | Self::Ansi(_) => {
                let mut text = Vec::new();
                self.push_text(&mut text);
                let text = str::from_utf8(&text).ok()?.trim();
                match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                    Some(digits) => u64::from_str_radix(digits, 16).ok(),
                    None => text.parse().ok(),
                }
            }
            _ => None,
        }
    }

    /// It as a time, also where it is written in ISO 8601 and UTC.
    pub(super) fn time(self) -> Option<FileTime> {
        match self {
            Self::Time(time) => Some(time),
            Self::Text(_) | Self::Utf8(_) | Self::Ansi(_) => {
                let mut text = Vec::new();
                self.push_text(&mut text);
                FileTime::parse(str::from_utf8(&text).ok()?)
            }
            _ => None,
        }
    }

    /// How many bytes its text may cost.
    pub(super) fn cost(self) -> usize {
        match self {
            Self::Ansi(bytes) | Self::Binary(bytes) | Self::Text(bytes) => bytes.len(),
            // A type of one byte has the longest text for its bytes.
            Self::Array(_, bytes) => bytes.len().saturating_mul(8),
            Self::Utf8(text) => text.len(),
            _ => 16,
        }
    }
}

/// The values of an array.
fn items(kind: u8, bytes: &[u8]) -> impl Iterator<Item = Value<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (size, gap) = match size_of(kind)? {
            Size::Fixed(size) => (size, 0),
            Size::Nul(width) => {
                let mut units = rest.chunks(width);
                match units.position(|unit| unit.iter().all(|byte| *byte == 0)) {
                    Some(units) => (units * width, width),
                    None => (rest.len(), 0),
                }
            }
            Size::Sid => (8 + 4 * usize::from(*rest.get(1)?), 0),
        };
        let (item, after) = rest.split_at_checked(size)?;
        rest = after.get(gap..).unwrap_or_default();
        Value::of(kind, item)
    })
}

/// How long a value is that stands in a row of its like.
enum Size {
    Fixed(usize),
    /// Up to a NUL of so many bytes.
    Nul(usize),
    Sid,
}

fn size_of(kind: u8) -> Option<Size> {
    Some(match kind {
        kind::TEXT => Size::Nul(2),
        kind::ANSI => Size::Nul(1),
        19 => Size::Sid,
        kind => Size::Fixed(fixed_size(kind)?),
    })
}

/// Bytes of a value whose type says how long it is.
pub(super) fn fixed_size(kind: u8) -> Option<usize> {
    match kind {
        3 | 4 => Some(1),
        5 | 6 => Some(2),
        7 | 8 | 11 | 13 | 20 => Some(4),
        9 | 10 | 12 | 17 | 21 => Some(8),
        15 | 18 => Some(16),
        _ => None,
    }
}

fn number<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.first_chunk().copied()
}

fn push_guid(out: &mut Vec<u8>, bytes: [u8; 16]) {
    // The first three fields are little-endian, the last two are bytes.
    let dashes = [4, 6, 8, 10];
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    out.push(b'{');
    for (place, from) in order.into_iter().enumerate() {
        if dashes.contains(&place) {
            out.push(b'-');
        }
        push_bytes(out, bytes.get(from).copied(), LOWER);
    }
    out.push(b'}');
}

/// `S-1-5-21-..`, or the raw bytes where they are no SID.
fn push_sid(out: &mut Vec<u8>, bytes: &[u8]) {
    let parts = bytes.split_first_chunk().filter(|([_, count, ..], rest): &(&[u8; 8], _)| {
        <[u8]>::len(rest) == 4 * usize::from(*count)
    });
    let Some(([revision, _, authority @ ..], rest)) = parts else {
        return push_bytes(out, bytes.iter().copied(), UPPER);
    };
    out.extend_from_slice(b"S-");
    push_number(out, (*revision).into());
    out.push(b'-');
    let authority = authority.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    if authority >> 32 == 0 {
        push_number(out, authority);
    } else {
        push_hex(out, authority);
    }
    for part in rest.as_chunks::<4>().0 {
        out.push(b'-');
        push_number(out, u32::from_le_bytes(*part).into());
    }
}

/// A SYSTEMTIME: year, month, day of week, day, hour, minute, second, millisecond.
fn system_time(bytes: &[u8]) -> Option<Value<'_>> {
    let fields = bytes.first_chunk::<16>()?.as_chunks::<2>().0;
    let field = |at: usize| fields.get(at).copied().map(u16::from_le_bytes);
    let time = FileTime::from_parts(
        (field(0)?, field(1)?, field(3)?),
        (field(4)?, field(5)?, field(6)?),
        u32::from(field(7)?) * 10_000,
    );
    Some(time.map_or(Value::Binary(bytes), Value::Time))
}

/// The first whole number that not every reader of JSON keeps exactly.
const EXACT: u64 = 1 << 53;

/// The types of values that are handled apart.
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0;
    pub(in super::super) const TEXT: u8 = 1;
    pub(in super::super) const ANSI: u8 = 2;
    pub(in super::super) const BINARY: u8 = 14;
    pub(in super::super) const SYSTEM_TIME: u8 = 18;
    pub(in super::super) const BINXML: u8 = 0x21;
    pub(in super::super) const ARRAY: u8 = 0x80;
}
