use serde::Serialize;
use serde_json::{Value, json};

use super::Package;
use crate::{DateOrderSource, Finding, Report, Source};

/// What a package says of itself, and whether its zip is whole: what every face tells of it first.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct About<'a> {
    /// The collection's GUID, or a digest of the members where the package does not say.
    pub package_id: &'a str,
    /// The device's name, as the package itself gives it.
    pub device: Option<&'a str>,
    /// When it was collected, and how its local times are read.
    pub collection: Collection,
    /// Bytes of the zip, or of the files of the folder.
    pub size: u64,
    /// Whether structure and every CRC of the zip are right; `None` where not every byte could be checked, as of
    /// encrypted members, and of a folder, which has nothing to be held against.
    pub whole: Option<bool>,
    /// What is remarkable about the zip itself.
    pub findings: &'a [Finding],
}

impl<S: Source> Package<S> {
    /// Whether structure and every CRC of the zip are right; `None` where not every byte could be checked, and of a
    /// folder, which has nothing to be held against.
    #[must_use]
    pub fn is_whole(&self) -> Option<bool> {
        let inventory = self.inventory();
        if !inventory.is_whole() {
            return Some(false);
        }
        (!inventory.members.is_empty() && inventory.is_verified()).then_some(true)
    }

    /// What the package says of itself, and whether its zip is whole.
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

    /// The package for machines, with what reading it came to: the fields of [`about`](Self::about), `needs_a_look` and
    /// `report`.
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

/// When a package was collected, and how its local times are read.
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
    /// The code page that console programs write where they write no Unicode.
    pub oem_code_page: u16,
    /// The zone as the host names it.
    pub zone: Option<String>,
    /// How far the host was ahead of UTC when the package was collected, such as `+05:30`.
    pub utc_offset: Option<String>,
    /// How the offset was found: `robocopy_and_summary`, `newest_process_and_summary` or
    /// `system_information`.
    pub utc_offset_source: Option<&'static str>,
    /// `day_month_year` or `month_day_year`.
    pub date_order: Option<&'static str>,
    /// How day and month were told apart.
    pub date_order_source: DateOrderSource,
}
