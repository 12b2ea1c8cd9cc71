use super::{Json, Wrong};

/// What is read from JSON.
pub trait Read: Sized {
    /// Reads a value. Fails with what is wrong with it, and where.
    fn read(json: Json<'_>) -> Result<Self, Wrong>;
}

/// Lets serde read what we read, for those who keep it in a format or a type of their own.
macro_rules! deserialize {
    ($($name:ty),+ $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let json = <$crate::json::Json<'de> as serde::Deserialize>::deserialize(deserializer)?;
                $crate::json::Read::read(json).map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(crate) use deserialize;
