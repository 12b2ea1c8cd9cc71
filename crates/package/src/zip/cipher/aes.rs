//! AES as `WinZip` has it, "AES Encryption Information: Encryption Specification AE-1 and AE-2" (2009).

use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::Cipher;
use crate::Password;

/// The key stream, and the sum over the encrypted bytes.
pub(crate) struct Aes {
    stream: Stream,
    sum: Hmac<Sha1>,
    code: [u8; CODE],
}

enum Stream {
    Aes128(ctr::Ctr128LE<aes::Aes128>),
    Aes192(ctr::Ctr128LE<aes::Aes192>),
    Aes256(ctr::Ctr128LE<aes::Aes256>),
}

impl Aes {
    /// Derives the keys from the salt in `head`; `None` where the verifier behind it is another.
    pub(super) fn open(
        password: &Password,
        bits: u16,
        head: &[u8],
        code: [u8; CODE],
    ) -> Option<Self> {
        let (salt, verifier) = head.split_at_checked(salt_length(bits))?;
        let length = usize::from(bits / 8);
        let mut keys = Zeroizing::new([0; LONGEST]);
        let keys = keys.get_mut(..2 * length + VERIFIER)?;
        pbkdf2::pbkdf2_hmac::<Sha1>(password.as_bytes(), salt, ROUNDS, keys);
        let (encryption, rest) = keys.split_at_checked(length)?;
        let (authentication, own) = rest.split_at_checked(length)?;
        if own != verifier {
            return None;
        }
        // The counter begins at 1 and its lowest byte comes first.
        let first = 1_u128.to_le_bytes();
        let stream = match bits {
            128 => Stream::Aes128(KeyIvInit::new_from_slices(encryption, &first).ok()?),
            192 => Stream::Aes192(KeyIvInit::new_from_slices(encryption, &first).ok()?),
            _ => Stream::Aes256(KeyIvInit::new_from_slices(encryption, &first).ok()?),
        };
        let sum = <Hmac<Sha1> as KeyInit>::new_from_slice(authentication).ok()?;
        Some(Self { stream, sum, code })
    }
}

impl Cipher for Aes {
    fn decrypt(&mut self, bytes: &mut [u8]) {
        self.sum.update(bytes);
        match &mut self.stream {
            Stream::Aes128(stream) => stream.apply_keystream(bytes),
            Stream::Aes192(stream) => stream.apply_keystream(bytes),
            Stream::Aes256(stream) => stream.apply_keystream(bytes),
        }
    }

    fn is_authentic(&self) -> bool {
        self.sum.clone().verify_truncated_left(&self.code).is_ok()
    }
}

/// How many bytes of salt go with a key of so many bits.
pub(super) fn salt_length(bits: u16) -> usize {
    usize::from(bits / 16)
}

/// Bytes behind the salt that tell a wrong password.
pub(super) const VERIFIER: usize = 2;
/// Bytes of the code behind the encrypted ones.
pub(super) const CODE: usize = 10;
const ROUNDS: u32 = 1_000;
const LONGEST: usize = 2 * 32 + VERIFIER;
