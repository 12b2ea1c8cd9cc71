//! Members that are encrypted: what lies before and behind their bytes, and the bytes themselves.

mod aes;
mod zip_crypto;

use std::ops::Range;

use crate::{Encryption, Error, Member, Password, Source, source::fill};

use self::{aes::Aes, zip_crypto::ZipCrypto};

/// Decrypts the bytes of one member, from the first to the last.
pub(crate) trait Cipher {
    /// Decrypts the next bytes where they are.
    fn decrypt(&mut self, bytes: &mut [u8]);

    /// Whether the bytes that were decrypted are those that were encrypted, as far as the encryption
    /// can tell; asked at their end.
    fn is_authentic(&self) -> bool;
}

/// A member's own bytes, without what its encryption put around them.
pub(crate) struct Opened {
    /// What decrypts them, where they are encrypted.
    pub(crate) cipher: Option<Box<dyn Cipher + Send + Sync>>,
    /// Where they lie in the package.
    pub(crate) data: Range<u64>,
}

/// What a password makes of a member.
pub(crate) enum Unlocked {
    Opened(Opened),
    /// Its encryption is not read.
    Other,
    /// There are fewer bytes than its encryption takes by itself.
    Short,
    /// It is not the member's password.
    Wrong,
}

/// Tries a password on a member whose bytes are at `data`.
///
/// AES tells a wrong password in all but one of 65,536 cases, the traditional encryption in all but
/// one of 256; the others show when the bytes are checked. Fails with [`Error::ReadFailed`].
pub(crate) fn unlock(
    source: &dyn Source,
    member: &Member,
    data: Range<u64>,
    password: &Password,
) -> Result<Unlocked, Error> {
    let mut head = [0; HEAD];
    match member.encryption {
        Some(Encryption::ZipCrypto) => {
            let Some(head) = front(source, &data, &mut head, zip_crypto::HEADER)? else {
                return Ok(Unlocked::Short);
            };
            let data = data.start + head.len() as u64..data.end;
            Ok(opened(ZipCrypto::open(password, head, member), data))
        }
        Some(Encryption::Aes { bits, .. }) => {
            let salt = aes::salt_length(bits);
            let Some(head) = front(source, &data, &mut head, salt + aes::VERIFIER)? else {
                return Ok(Unlocked::Short);
            };
            let data = data.start + head.len() as u64..data.end;
            let Some(end) = data.end.checked_sub(aes::CODE as u64).filter(|end| *end >= data.start)
            else {
                return Ok(Unlocked::Short);
            };
            let mut code = [0; aes::CODE];
            if fill(source, end, &mut code)?.len() < code.len() {
                return Ok(Unlocked::Short);
            }
            Ok(opened(Aes::open(password, bits, head, code), data.start..end))
        }
        Some(Encryption::Other) | None => Ok(Unlocked::Other),
    }
}

fn opened<C: Cipher + Send + Sync + 'static>(cipher: Option<C>, data: Range<u64>) -> Unlocked {
    match cipher {
        None => Unlocked::Wrong,
        Some(cipher) => Unlocked::Opened(Opened { cipher: Some(Box::new(cipher)), data }),
    }
}

/// The first `length` bytes of `data`, if there are as many.
fn front<'a>(
    source: &dyn Source,
    data: &Range<u64>,
    room: &'a mut [u8; HEAD],
    length: usize,
) -> Result<Option<&'a [u8]>, Error> {
    let start = data.start.saturating_add(length as u64);
    let room = room.get_mut(..length).filter(|_| start <= data.end);
    let Some(room) = room else { return Ok(None) };
    let head = &*fill(source, data.start, room)?;
    Ok((head.len() == length).then_some(head))
}

/// The most bytes before those that are encrypted.
const HEAD: usize = 18;
