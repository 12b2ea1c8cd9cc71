//! Times as the service writes them: RFC 3339 with seven fractional digits.

use serde::{Serialize, Serializer, ser};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::json::{Fields, Json, Read, Wrong, plain::text};

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
pub(super) fn serialize<S: Serializer>(
    instant: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    instant
        .map(|instant| instant.format(&Rfc3339).map_err(ser::Error::custom))
        .transpose()?
        .serialize(serializer)
}

/// Takes an optional field with such a time.
pub(super) fn take(fields: &mut Fields<'_>, name: &str) -> Option<OffsetDateTime> {
    fields.optional(name).map(|Instant(instant)| instant)
}

struct Instant(OffsetDateTime);

impl Read for Instant {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        OffsetDateTime::parse(&text(json)?, &Rfc3339)
            .ok()
            .and_then(|instant| instant.checked_to_offset(UtcOffset::UTC))
            // A time zone can shift the first hour of year 0 out of the range that can be written.
            .filter(|instant| (0..=9999).contains(&instant.year()))
            .map(Self)
            .ok_or_else(|| Wrong::new("it is no date and time with a zone"))
    }
}
