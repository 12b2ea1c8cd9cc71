//! The hash in a prefetch file's name.

/// The "SCCA 2008" hash of libscca's paper over the device path in UTF-16.
pub(super) fn scca_2008(path: &str) -> u32 {
    let bytes: Vec<u32> = path.encode_utf16().flat_map(u16::to_le_bytes).map(u32::from).collect();
    let mut hash: u32 = 314_159;
    let whole = bytes.len().saturating_sub(1) / 8;
    let (eights, rest) = bytes.split_at(whole * 8);
    for eight in eights.chunks_exact(8) {
        if let &[a, b, c, d, e, f, g, h] = eight {
            let chain = [b, c, d, e, f, g]
                .iter()
                .fold(0_u32, |sum, byte| sum.wrapping_add(*byte).wrapping_mul(37));
            let sum = chain.wrapping_add(a.wrapping_mul(442_596_621)).wrapping_add(h);
            hash = sum.wrapping_sub(hash.wrapping_mul(803_794_207));
        }
    }
    rest.iter().fold(hash, |hash, byte| hash.wrapping_mul(37).wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_real_file_has_this_hash() {
        // HOSTNAME.EXE-03A2F198.pf, as every Windows with C: on the third volume names it.
        let path = r"\DEVICE\HARDDISKVOLUME3\WINDOWS\SYSTEM32\HOSTNAME.EXE";
        assert_eq!(scca_2008(path), 0x03a2_f198);
    }
}
