//! Ids of the service: opaque text, checked only for what would break a URL.

use crate::error::{Code, Error};

/// The longest id that is accepted; the service's own have 36 or 40 characters.
const LIMIT: usize = 128;

pub(crate) fn check(id: &str, what: &str, code: Code) -> Result<(), Error> {
    let refuse = |why: &str| {
        let shown: String = id.chars().take(64).collect();
        Err(Error::new(code, format!("`{shown}` is no {what}: {why}")))
    };
    if id.is_empty() {
        return refuse("it is empty");
    }
    if id.len() > LIMIT {
        return refuse("it is longer than 128 bytes");
    }
    if id == "." || id == ".." {
        return refuse("it would change the path");
    }
    if id
        .chars()
        .any(|c| matches!(c, '/' | '\\' | '?' | '#' | '%') || c.is_control() || c.is_whitespace())
    {
        return refuse("it holds a character that would change the URL");
    }
    Ok(())
}

macro_rules! opaque_id {
    ($(#[$meta:meta])* $name:ident, $what:literal, $code:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Takes an id unchanged.\n\nFails with [`Code::", stringify!($code), "`](crate::Code::", stringify!($code), ") if it is empty, longer than 128 bytes, `.` or `..`, or contains a slash, a backslash, `?`, `#`, `%`, white space or a control character.")]
            pub fn parse(id: &str) -> Result<Self, $crate::Error> {
                $crate::opaque::check(id, $what, $crate::Code::$code)?;
                Ok(Self(id.to_owned()))
            }

            /// The id as the service wrote it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether `id` is the same id, ignoring case as the service does.
            #[must_use]
            pub fn matches(&self, id: &str) -> bool {
                self.0.eq_ignore_ascii_case(id)
            }

            /// The id in lower case, the same for all spellings.
            pub(crate) fn folded(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        /// Ids are compared without case, as the service does; the text stays as given.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.matches(&other.0)
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                let lower = |byte: u8| byte.to_ascii_lowercase();
                self.0.bytes().map(lower).cmp(other.0.bytes().map(lower))
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                for byte in self.0.bytes() {
                    state.write_u8(byte.to_ascii_lowercase());
                }
                state.write_u8(0xff);
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(id: &str) -> Result<Self, $crate::Error> {
                Self::parse(id)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        $crate::json::read_text!($name);
    };
}
pub(crate) use opaque_id;

#[cfg(test)]
mod tests {
    use crate::{ActionId, Code, MachineId};

    #[test]
    fn ids_are_opaque_and_cannot_break_a_url() {
        for id in
            ["fb9ab6be3965095a09c057be7c90f0a2", "x", "7b8c0e6e-1111-4d2b-9a55-0c0c0c0c0c0c", "a'b"]
        {
            assert_eq!(MachineId::parse(id).unwrap().as_str(), id);
        }
        let long = "a".repeat(129);
        for id in [
            "", ".", "..", "../x", "a b", "a/b", "a\\b", "a?b", "a#b", "a%2fb", "a\nb", "a\u{a0}b",
            &long,
        ] {
            assert_eq!(MachineId::parse(id).unwrap_err().code(), Code::InvalidDevice, "{id}");
            assert_eq!(ActionId::parse(id).unwrap_err().code(), Code::InvalidOption, "{id}");
            assert!(serde_json::from_value::<ActionId>(id.into()).is_err());
        }
    }

    #[test]
    fn the_case_makes_no_other_id_and_is_kept() {
        let [small, large, other] =
            ["ab-1", "AB-1", "ab-2"].map(|id| MachineId::parse(id).unwrap());
        assert_eq!((small.as_str(), large.as_str()), ("ab-1", "AB-1"));
        assert_eq!(small, large);
        assert_eq!(small.cmp(&large), std::cmp::Ordering::Equal);
        assert!(large < other && small != other);
        let hash = |id: &MachineId| std::hash::BuildHasher::hash_one(&STATE, id);
        assert_eq!(hash(&small), hash(&large));
    }

    /// A hasher with a fixed state.
    const STATE: std::hash::BuildHasherDefault<std::hash::DefaultHasher> =
        std::hash::BuildHasherDefault::new();
}
