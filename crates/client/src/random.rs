//! The only source of randomness.

use mde_forensics_core::{Code, Error};
use ring::rand::{SecureRandom, SystemRandom};

/// Sixteen random bytes.
///
/// Fails with `credential_failed` if the operating system provides none.
pub(crate) fn bytes() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        Error::new(Code::CredentialFailed, "the operating system gives no randomness")
    })?;
    Ok(bytes)
}

/// Two random numbers. Fails as [`bytes`] does.
pub(crate) fn numbers() -> Result<[u64; 2], Error> {
    let number = u128::from_be_bytes(bytes()?);
    Ok([number >> 64, number & u128::from(u64::MAX)]
        .map(|half| half.try_into().unwrap_or_default()))
}

/// Thirty-two random lower-case hexadecimal digits. Fails as [`bytes`] does.
pub(crate) fn digits() -> Result<String, Error> {
    Ok(format!("{:032x}", u128::from_be_bytes(bytes()?)))
}

/// A random GUID of version 4 (RFC 9562, 5.4). Fails as [`bytes`] does.
pub(crate) fn guid() -> Result<String, Error> {
    let number = u128::from_be_bytes(bytes()?);
    let number = number & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    Ok([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_of_version_4() {
        let guid = guid().unwrap();
        let parts: Vec<_> = guid.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{guid}");
        assert_ne!(guid, super::guid().unwrap());
    }
}
