use super::{Json, Wrong};

/// A type that can be read from JSON.
pub trait Read: Sized {
    /// Reads a value. Fails with what is wrong and where.
    fn read(json: Json<'_>) -> Result<Self, Wrong>;
}

/// Implements serde's `Deserialize` with our `Read`, for other formats and types.
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
