//! Reads plain values.

use std::borrow::Cow;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Json, Read, Wrong};

impl Read for bool {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        match json {
            Json::Bool(truth) => Ok(truth),
            other => Err(Wrong::kind(other.kind(), "true or false")),
        }
    }
}

impl Read for f64 {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        #[expect(clippy::cast_precision_loss, reason = "that is what such a number is")]
        match json {
            Json::Float(number) => Ok(number),
            Json::Negative(number) => Ok(number as Self),
            Json::Number(number) => Ok(number as Self),
            other => Err(Wrong::kind(other.kind(), "a number")),
        }
    }
}

impl Read for i64 {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        match json {
            Json::Negative(number) => Ok(number),
            Json::Number(number) => number.try_into().map_err(|_| Wrong::out_of_range()),
            other => Err(Wrong::kind(other.kind(), "a whole number")),
        }
    }
}

impl Read for u64 {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        match json {
            Json::Negative(_) => Err(Wrong::out_of_range()),
            Json::Number(number) => Ok(number),
            other => Err(Wrong::kind(other.kind(), "a whole number")),
        }
    }
}

/// Reads a smaller number through a larger type.
macro_rules! narrow {
    ($($small:ty as $large:ty),+) => {$(
        impl Read for $small {
            fn read(json: Json<'_>) -> Result<Self, Wrong> {
                <$large>::read(json)?.try_into().map_err(|_| Wrong::out_of_range())
            }
        }
    )+};
}

narrow!(i32 as i64, u16 as u64, u32 as u64, usize as u64);

impl Read for String {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        text(json).map(Cow::into_owned)
    }
}

/// Reads a text.
pub(crate) fn text(json: Json<'_>) -> Result<Cow<'_, str>, Wrong> {
    match json {
        Json::Text(text) => Ok(text),
        other => Err(Wrong::kind(other.kind(), "a text")),
    }
}

impl Read for OffsetDateTime {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        let parsed = Self::parse(&text(json)?, &Rfc3339);
        parsed.map_err(|_| Wrong::new("it is no date and time with a zone"))
    }
}

impl Read for Value {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Ok(json.into())
    }
}

impl<T: Read> Read for Box<T> {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        T::read(json).map(Self::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        let Json::List(items) = json else {
            return Err(Wrong::kind(json.kind(), "a list"));
        };
        let mut read = Self::new();
        for (index, item) in items.into_iter().enumerate() {
            read.push(T::read(item).map_err(|wrong| wrong.within(index))?);
        }
        Ok(read)
    }
}

impl Read for (String, String) {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        let pair: Vec<String> = Read::read(json)?;
        pair.try_into()
            .map(|[one, other]: [String; 2]| (one, other))
            .map_err(|_| Wrong::new("a pair was expected"))
    }
}

/// Reads a type from text with its own `parse`.
macro_rules! read_text {
    ($($name:ident),+ $(,)?) => {$(
        impl $crate::json::Read for $name {
            fn read(json: $crate::json::Json<'_>) -> Result<Self, $crate::json::Wrong> {
                let text = $crate::json::plain::text(json)?;
                Self::parse(&text).map_err(|error| $crate::json::Wrong::new(error.message()))
            }
        }

        $crate::json::deserialize!($name);
    )+};
}
pub(crate) use read_text;

/// Reads an enum whose variants are words.
macro_rules! read_word {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $crate::json::Read for $name {
            fn read(json: $crate::json::Json<'_>) -> Result<Self, $crate::json::Wrong> {
                match &*$crate::json::plain::text(json)? {
                    $($word => Ok(Self::$variant),)+
                    other => Err($crate::json::Wrong::unknown(other)),
                }
            }
        }

        $crate::json::deserialize!($name);
    };
}
pub(crate) use read_word;
