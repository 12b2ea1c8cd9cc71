use serde::Serialize;
use serde_json::{Value, json};

use super::Package;
use crate::{DateOrderSource, Finding, Report, Source};

/// What a package says about itself, and whether its zip is whole.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct About<'a> {
    /// The collection's GUID, or a digest of the members if the package does not contain it.
    pub package_id: &'a str,
    /// The device's name, as the package itself gives it.
    pub device: Option<&'a str>,
    /// When it was collected, and how its local times are interpreted.
    pub collection: Collection,
    /// The size of the zip, or of all files of the folder, in bytes.
    pub size: u64,
    /// Whether the structure and every CRC-32 of the zip are right. `None` if not every byte could
    /// be checked, for example because members are encrypted; always `None` for a folder, which has
    /// no checksums.
    pub whole: Option<bool>,
    /// The findings about the zip itself.
    pub findings: &'a [Finding],
}

impl<S: Source> Package<S> {
    /// Whether the structure and every CRC-32 of the zip are right. `None` if not every byte could
    /// be checked, and for a folder, which has no checksums.
    #[must_use]
    pub fn is_whole(&self) -> Option<bool> {
        let inventory = self.inventory();
        if !inventory.is_whole() {
            return Some(false);
        }
        (!inventory.members.is_empty() && inventory.is_verified()).then_some(true)
    }

    /// What the package says about itself, and whether its zip is whole.
    #[must_use]
    pub fn about(&self) -> About<'_> {
        let inventory = self.inventory();
        About {
            package_id: self.id(),
            device: self.device(),
            collection: self.collection(),
            size: inventory.length,
            whole: self.is_whole(),
            findings: &inventory.findings,
        }
    }

    /// The package and the result of reading it as JSON: the fields of [`about`](Self::about),
    /// `needs_a_look` and `report`.
    #[must_use]
    pub fn document(&self, report: &Report) -> Value {
        let mut document = json!(self.about());
        if let Some(fields) = document.as_object_mut() {
            fields.insert("needs_a_look".to_owned(), report.needs_a_look().into());
            fields.insert("report".to_owned(), json!(report));
        }
        document
    }
}

/// When a package was collected, and how its local times are interpreted.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Collection {
    /// The time of the first command, RFC 3339, UTC.
    pub started: Option<String>,
    /// The time of the last command, RFC 3339, UTC.
    pub ended: Option<String>,
    /// The time of the first command in milliseconds since 1970 UTC.
    pub started_ms: Option<i64>,
    /// The host's locale, such as `en-gb`.
    pub locale: Option<String>,
    /// The code page in which console programs write text that is not Unicode.
    pub oem_code_page: u16,
    /// The time zone as the host names it.
    pub zone: Option<String>,
    /// The host's UTC offset when the package was collected, such as `+05:30`.
    pub utc_offset: Option<String>,
    /// How the offset was found: `robocopy_and_summary`, `newest_process_and_summary` or
    /// `system_information`.
    pub utc_offset_source: Option<&'static str>,
    /// `day_month_year` or `month_day_year`.
    pub date_order: Option<&'static str>,
    /// How the order of day and month was determined.
    pub date_order_source: DateOrderSource,
}
