use super::{Defect, PrefetchError, xpress};

/// Decompresses a file that begins with `MAM`; `None` where it does not.
pub(super) fn inflate(
    file: &[u8],
    limit: usize,
    defects: &mut Vec<Defect>,
) -> Result<Option<Vec<u8>>, PrefetchError> {
    let Some((kind, rest)) = file.strip_prefix(b"MAM").and_then(<[u8]>::split_first) else {
        return Ok(None);
    };
    let truncated = PrefetchError::Truncated { length: file.len() };
    let (declared, mut rest) = rest.split_first_chunk().ok_or_else(|| truncated.clone())?;
    let declared = u32::from_le_bytes(*declared);
    match kind & !HAS_CHECKSUM {
        XPRESS_HUFFMAN => {}
        algorithm => return Err(PrefetchError::Compression { algorithm }),
    }
    let size = usize::try_from(declared).unwrap_or(usize::MAX);
    if size > limit {
        return Err(PrefetchError::OverBudget { declared: declared.into(), limit });
    }
    if kind & HAS_CHECKSUM != 0 {
        let (sum, body) = rest.split_first_chunk().ok_or(truncated)?;
        rest = body;
        if checksum(file) != Some(u32::from_le_bytes(*sum)) {
            defects.push(Defect::Checksum);
        }
    }
    let inflated = xpress::decompress(rest, size);
    if inflated.len() < size {
        defects.push(Defect::Compressed { inflated: inflated.len(), declared: size });
    }
    Ok(Some(inflated))
}

/// The size that a file which begins with `MAM` declares.
pub(super) fn declared(file: &[u8]) -> Option<u32> {
    let (_, rest) = file.strip_prefix(b"MAM")?.split_first()?;
    rest.first_chunk().copied().map(u32::from_le_bytes)
}

/// CRC-32 of the whole file with zeros in the place of the sum itself.
fn checksum(file: &[u8]) -> Option<u32> {
    let (head, body) = file.split_at_checked(8)?;
    let mut hasher = crate::crc::Crc32::default();
    hasher.update(head);
    hasher.update(&[0; 4]);
    hasher.update(body.get(4..)?);
    Some(hasher.finalize())
}

/// The bit of the fourth byte that says that a CRC-32 stands before the data.
const HAS_CHECKSUM: u8 = 0x80;

const XPRESS_HUFFMAN: u8 = 4;
