use serde::Serialize;

/// A time, as a table holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stamp<'a> {
    /// Microseconds since 1970 UTC, if known.
    pub utc: Option<i64>,
    /// The text as it stands in the member.
    pub raw: &'a str,
    /// How the time zone was determined.
    pub tz_source: TzSource,
    /// How the order of day and month was determined.
    pub order_source: DateOrderSource,
    /// The precision of the text.
    pub precision: Precision,
    /// Whether a different offset than at the time of collection may have applied.
    pub dst_uncertain: bool,
}

impl<'a> Stamp<'a> {
    /// A time that is UTC by its format.
    pub(crate) fn utc(micros: Option<i64>, raw: &'a str, precision: Precision) -> Self {
        Self {
            utc: micros,
            raw,
            tz_source: if micros.is_some() { TzSource::Utc } else { TzSource::Unknown },
            order_source: DateOrderSource::Format,
            precision,
            dst_uncertain: false,
        }
    }

    /// A text that is no time.
    pub(crate) fn unread(raw: &'a str) -> Self {
        Self {
            utc: None,
            raw,
            tz_source: TzSource::Unknown,
            order_source: DateOrderSource::Unknown,
            precision: Precision::Unknown,
            dst_uncertain: false,
        }
    }
}

/// How the zone of a time was determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TzSource {
    /// The text is the host's local time, and the offset was found in the package.
    InferredOffset,
    /// It is not known.
    Unknown,
    /// The format itself is UTC.
    Utc,
}

impl TzSource {
    /// The value in the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InferredOffset => "inferred_offset",
            Self::Unknown => "unknown",
            Self::Utc => "utc",
        }
    }
}

/// How the order of day and month in a date was determined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DateOrderSource {
    /// By the format: the year comes first, or the month is a name.
    Format,
    /// By the host's locale.
    Locale,
    /// By another date in the package that fits only one order.
    OtherDate,
    /// By the newest process, which must have started while the process list was made.
    ProcessList,
    /// By the date itself, which fits only one order.
    Unambiguous,
    /// It could not be determined.
    #[default]
    Unknown,
}

impl DateOrderSource {
    /// The value in the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Locale => "locale",
            Self::OtherDate => "other_date",
            Self::ProcessList => "process_list",
            Self::Unambiguous => "unambiguous",
            Self::Unknown => "unknown",
        }
    }
}

/// The precision of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// 100 nanoseconds, truncated to microseconds.
    Microsecond,
    /// Milliseconds.
    Millisecond,
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Days.
    Day,
    /// There is no value.
    Unknown,
}

impl Precision {
    /// The value in the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Microsecond => "microsecond",
            Self::Millisecond => "millisecond",
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DateOrderSource;

    #[test]
    fn names_are_what_serde_writes() {
        for source in [
            DateOrderSource::Format,
            DateOrderSource::Locale,
            DateOrderSource::OtherDate,
            DateOrderSource::ProcessList,
            DateOrderSource::Unambiguous,
            DateOrderSource::Unknown,
        ] {
            assert_eq!(serde_json::to_value(source).unwrap(), source.as_str());
        }
    }
}
