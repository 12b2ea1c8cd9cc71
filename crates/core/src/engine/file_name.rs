//! What a package is called on disk.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::Handle;

/// `{device label, made safe}_{created}_{action id}.zip`: the same for every run of one action.
///
/// The device's name comes from the service and is hostile input: only ASCII letters, digits, `.`, `-` and `_` are
/// kept, and 64 characters at most. Returns nothing before there is an action.
#[must_use]
pub fn package_file_name(handle: &Handle) -> Option<String> {
    let action = handle.action()?;
    let machine = handle.machine()?;
    let label =
        machine.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(machine.id.as_str());
    let created = action
        .created
        .and_then(|created| created.to_offset(time::UtcOffset::UTC).format(STAMP).ok());
    let created = created.unwrap_or_else(|| "undated".to_owned());
    Some(format!("{}_{created}_{}.zip", safe(label), safe(action.id.as_str())))
}

fn safe(text: &str) -> String {
    let kept =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '_' };
    let name: String = text.chars().map(kept).take(MAX_LABEL).collect();
    // A leading dot hides a file, and a device called `..` must not be a way out.
    name.trim_start_matches('.').to_owned()
}

const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
const MAX_LABEL: usize = 64;
