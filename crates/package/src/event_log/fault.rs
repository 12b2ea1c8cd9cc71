use std::fmt;

/// Why a record could not be fully decoded, or why its content is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// It follows the end that its chunk's header declares, and no checksum covers it.
    Behind,
    /// Decoding would cost more than an honest chunk ever does, because templates multiply.
    Budget,
    /// Elements or templates are nested too deeply, as in a template that contains itself.
    Depth,
    /// The record has no event.
    Empty,
    /// It lies inside another record that claims its bytes, as when a tool removes it from the log.
    Hidden,
    /// Elements are closed that are not open, or left open.
    Nesting,
    /// A template uses a value that its instance does not supply.
    NoValue,
    /// A name, a template or a value lies outside the chunk, or the record ends within it.
    OutOfRange,
    /// The CRC-32 of its chunk's records differs from the declared one, so any value may be wrong.
    Sum,
    /// An unknown token.
    Token(u8),
    /// An unknown value type.
    ValueType(u8),
}

impl Fault {
    /// The stable name of this kind of fault, in `snake_case`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Behind => "behind",
            Self::Budget => "budget",
            Self::Depth => "depth",
            Self::Empty => "empty",
            Self::Hidden => "hidden",
            Self::Nesting => "nesting",
            Self::NoValue => "no_value",
            Self::OutOfRange => "out_of_range",
            Self::Sum => "sum",
            Self::Token(_) => "token",
            Self::ValueType(_) => "value_type",
        }
    }

    /// Whether the record was decoded as it should be, and it is its place that puts it in doubt.
    pub(crate) fn is_doubt(self) -> bool {
        matches!(self, Self::Behind | Self::Hidden | Self::Sum)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behind => f.write_str("it lies behind the end that its chunk declares"),
            Self::Budget => f.write_str("its chunk costs more to decode than any honest one"),
            Self::Depth => f.write_str("elements or templates lie too deep inside each other"),
            Self::Empty => f.write_str("there is no event in it"),
            Self::Hidden => f.write_str("it lies inside another record"),
            Self::Nesting => f.write_str("elements are not closed as they were opened"),
            Self::NoValue => f.write_str("its template asks for a value that is not there"),
            Self::OutOfRange => f.write_str("a part of it lies outside of where it may lie"),
            Self::Sum => f.write_str("its chunk does not have the declared CRC-32"),
            Self::Token(token) => write!(f, "token {token:#04x} is not known"),
            Self::ValueType(kind) => write!(f, "value type {kind:#04x} is not known"),
        }
    }
}
