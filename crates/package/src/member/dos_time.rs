use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::clock::days_in_month;

/// An MS-DOS time: local time in an unknown zone, with a resolution of two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct DosTime {
    /// Years since 1980 (7 bits), month (4), day (5).
    pub date: u16,
    /// Hours (5 bits), minutes (6), seconds divided by two (5).
    pub time: u16,
}

impl DosTime {
    pub(crate) fn new(date: u16, time: u16) -> Self {
        Self { date, time }
    }

    /// Year, month, day, hour, minute, second; `None` if there is no such date or time.
    #[must_use]
    pub fn parts(self) -> Option<(u16, u8, u8, u8, u8, u8)> {
        let bits = |word: u16, shift: u16, mask: u8| {
            // Masked to a byte.
            (word >> shift).to_le_bytes()[0] & mask
        };
        let year = 1980 + (self.date >> 9);
        let (month, day) = (bits(self.date, 5, 0x0f), bits(self.date, 0, 0x1f));
        let (hour, minute) = (bits(self.time, 11, 0x1f), bits(self.time, 5, 0x3f));
        let second = bits(self.time, 0, 0x1f) * 2;
        let days = days_in_month(year, month.into());
        let valid = (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
        valid.then_some((year, month, day, hour, minute, second))
    }
}

impl fmt::Display for DosTime {
    /// ISO 8601 without a zone, or the raw fields where they are no time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            Some((year, month, day, hour, minute, second)) => {
                write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
            None => write!(f, "{:#06x} {:#06x}", self.date, self.time),
        }
    }
}

impl Serialize for DosTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("DosTime", 3)?;
        object.serialize_field("date", &self.date)?;
        object.serialize_field("time", &self.time)?;
        object.serialize_field("local", &self.parts().map(|_| self.to_string()))?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::DosTime;

    #[test]
    fn bits_are_those_of_ms_dos() {
        let time = DosTime::new(0x5b07, 0x6839);
        assert_eq!(time.to_string(), "2025-08-07T13:01:50");
        let zero = DosTime::new(0, 0);
        assert_eq!(zero.parts(), None);
        assert_eq!(serde_json::to_string(&zero).unwrap(), r#"{"date":0,"time":0,"local":null}"#);
    }

    #[test]
    fn days_that_do_not_exist_are_no_time() {
        let day = |year: u16, month: u16, day: u16| {
            DosTime::new(((year - 1980) << 9) | (month << 5) | day, 0).parts().is_some()
        };
        assert!(day(2000, 2, 29) && day(2024, 2, 29) && day(2000 + 107, 12, 31));
        assert!(!day(2023, 2, 29) && !day(2024, 4, 31) && !day(2024, 13, 1) && !day(2100, 2, 29));
    }
}
