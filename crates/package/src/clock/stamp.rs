use serde::Serialize;

/// One time, as a table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stamp<'a> {
    /// Microseconds since 1970 UTC, where it can be told.
    pub utc: Option<i64>,
    /// The text as it stands in the member.
    pub raw: &'a str,
    /// How the zone was told.
    pub tz_source: TzSource,
    /// How day and month were told apart.
    pub order_source: DateOrderSource,
    /// How exact the text is.
    pub precision: Precision,
    /// Whether another offset than at the time of collection may have been in force.
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

/// How the zone of a time was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TzSource {
    /// The text is the host's local time, and the offset was found in the package.
    InferredOffset,
    /// It is not known.
    Unknown,
    /// The format says UTC.
    Utc,
}

impl TzSource {
    /// Its name as the column has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InferredOffset => "inferred_offset",
            Self::Unknown => "unknown",
            Self::Utc => "utc",
        }
    }
}

/// How day and month of a date were told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DateOrderSource {
    /// The format says: the year comes first, or the month has a name.
    Format,
    /// By the locale that the host says it has.
    Locale,
    /// By another date of the package that fits one order only.
    OtherDate,
    /// The newest process must have been started while the list of processes was made.
    ProcessList,
    /// This date fits one order only.
    Unambiguous,
    /// They could not be told apart.
    #[default]
    Unknown,
}

impl DateOrderSource {
    /// Its name as the column has it.
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

/// How exact a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// Steps of 100 nanoseconds, cut to microseconds.
    Microsecond,
    /// Milliseconds.
    Millisecond,
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// A day.
    Day,
    /// There is no value.
    Unknown,
}

impl Precision {
    /// Its name as the column has it.
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
