//! Secrets: newtypes that zero their memory and are never printed.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::{Code, Error};

/// The longest credential in bytes. Servers accept no longer request head, and a much longer copy
/// would exceed a page's memory.
pub(crate) const LONGEST: usize = 64 << 10;

/// Fails with [`Code::InvalidCredential`] if the credential is longer than 64 KiB; `name` is its
/// name in the message.
pub(crate) fn check_length(name: &str, secret: &str) -> Result<(), Error> {
    if secret.len() <= LONGEST {
        return Ok(());
    }
    let text = format!("the {name} is longer than 64 KiB, as no credential is");
    Err(Error::new(Code::InvalidCredential, text))
}

macro_rules! secret {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        ///
        /// Clones share its memory, which is zeroed when the last one is dropped. It prints as
        /// `[redacted]`.
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Arc<Zeroizing<String>>);

        impl $name {
            /// Wraps the secret without checking it.
            #[must_use]
            pub fn new(secret: impl Into<String>) -> Self {
                Self(Arc::new(Zeroizing::new(secret.into())))
            }

            /// The secret itself.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )+};
}

secret! {
    /// A bearer token for the API.
    AccessToken;
    /// A signed JWT instead of a client secret: signed with a certificate or by a federated issuer.
    ClientAssertion;
    /// The secret of an app registration.
    ClientSecret;
    /// The code with which a device-code sign-in is polled.
    DeviceCode;
    /// The value of `IDENTITY_HEADER` that App Service gives to a managed identity.
    IdentityHeader;
    /// A token that gets new access tokens for a user.
    RefreshToken;
    /// A user's token for the caller's own API, passed on in the on-behalf-of flow.
    UserAssertion;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_prints_itself() {
        let printed = [
            format!("{:?}", AccessToken::new("hunter2")),
            format!("{:?}", ClientAssertion::new("hunter2")),
            format!("{:?}", ClientSecret::new("hunter2")),
            format!("{:?}", DeviceCode::new("hunter2")),
            format!("{:?}", IdentityHeader::new("hunter2")),
            format!("{:?}", RefreshToken::new("hunter2")),
            format!("{:?}", UserAssertion::new("hunter2")),
        ];
        for text in printed {
            assert!(text.ends_with("([redacted])"), "{text}");
            assert!(!text.contains("hunter2"));
        }
        assert_eq!(AccessToken::new("hunter2").expose(), "hunter2");
    }
}
