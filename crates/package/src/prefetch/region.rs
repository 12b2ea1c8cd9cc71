use super::Defect;
use crate::name::shorten;

/// Bytes with little-endian fields at places that the bytes themselves name, and may lie about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region<'a>(&'a [u8]);

/// A place that a field names lies outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutOfRange {
    /// How many bytes there are.
    pub(super) length: usize,
}

impl<'a> Region<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// The first bytes as text that may be shown.
    pub(super) fn begin(self) -> String {
        shorten(&self.part(0, 8).0.iter().copied().map(char::from).collect::<String>())
    }

    pub(super) fn array<const N: usize>(self, at: usize) -> Result<[u8; N], OutOfRange> {
        let found = self.0.get(at..).and_then(<[u8]>::first_chunk);
        found.copied().ok_or(OutOfRange { length: self.len() })
    }

    pub(super) fn u16(self, at: usize) -> Result<u16, OutOfRange> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(super) fn u32(self, at: usize) -> Result<u32, OutOfRange> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(super) fn u64(self, at: usize) -> Result<u64, OutOfRange> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// A 32-bit field that is a place, a size or a count.
    pub(super) fn size(self, at: usize) -> Result<usize, OutOfRange> {
        Ok(usize::try_from(self.u32(at)?).unwrap_or(usize::MAX))
    }

    /// What begins at `at`, up to `length` bytes of it, or to the end where that comes first.
    pub(super) fn part(self, at: usize, length: usize) -> Self {
        let rest = self.0.get(at..).unwrap_or_default();
        Self(rest.get(..length).unwrap_or(rest))
    }

    /// The `units` UTF-16 units that begin at `at`.
    ///
    /// `budget` is how many more bytes of text may be read; `None` where it has run out.
    pub(super) fn text(
        self,
        at: usize,
        units: usize,
        budget: &mut usize,
        defects: &mut Vec<Defect>,
    ) -> Result<Option<String>, OutOfRange> {
        let out = OutOfRange { length: self.len() };
        let size = units.checked_mul(2).ok_or(out)?;
        let end = at.checked_add(size).ok_or(out)?;
        let bytes = self.0.get(at..end).ok_or(out)?;
        let Some(left) = budget.checked_sub(size.saturating_add(NAME_COST)) else {
            note_once(defects, Defect::TextBudget);
            return Ok(None);
        };
        *budget = left;
        Ok(Some(decode(bytes, defects)))
    }

    /// The UTF-16 units of a field of `size` bytes up to the first NUL.
    pub(super) fn field(
        self,
        at: usize,
        size: usize,
        defects: &mut Vec<Defect>,
    ) -> Result<String, OutOfRange> {
        let bytes = self.part(at, size).0;
        if bytes.len() < size {
            return Err(OutOfRange { length: self.len() });
        }
        let units = bytes.chunks_exact(2).take_while(|unit| **unit != [0, 0]).count();
        Ok(decode(bytes.get(..units * 2).unwrap_or_default(), defects))
    }
}

/// Notes a defect that has no place, once for the whole file.
pub(super) fn note_once(defects: &mut Vec<Defect>, defect: Defect) {
    if !defects.contains(&defect) {
        defects.push(defect);
    }
}

fn decode(bytes: &[u8], defects: &mut Vec<Defect>) -> String {
    let (units, _) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(units.len());
    for character in char::decode_utf16(units.iter().copied().map(u16::from_le_bytes)) {
        text.push(character.unwrap_or_else(|_| {
            note_once(defects, Defect::Utf16);
            char::REPLACEMENT_CHARACTER
        }));
    }
    text
}

/// What a name costs besides its text.
const NAME_COST: usize = 32;
