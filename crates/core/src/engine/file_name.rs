//! The file name of a package.

use super::Handle;
use crate::odata::instant;

/// Returns `{device label, made safe}_{created}_{action id}.zip`: the same name in every run for
/// one action. `None` while there is no action.
///
/// The device's name comes from the service and is not trusted: only ASCII letters, digits, `.`,
/// `-` and `_` are kept, and at most 64 characters. A `_` is put before a name that Windows would
/// take for a device.
#[must_use]
pub fn package_file_name(handle: &Handle) -> Option<String> {
    let action = handle.action()?;
    let machine = handle.machine()?;
    let label =
        machine.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(machine.id.as_str());
    let created = action.created.and_then(instant).map(|created| created.replace(['-', ':'], ""));
    let created = created.unwrap_or_else(|| "undated".to_owned());
    Some(format!("{}_{created}_{}.zip", safe(label), safe(action.id.as_str())))
}

/// Whether Windows before 11 takes a file of this name for a device, whatever follows the first
/// dot. Source: Microsoft's page "Naming Files, Paths, and Namespaces".
#[must_use]
pub fn is_windows_device(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem).trim_end();
    let is_numbered = || {
        let port = stem.strip_suffix(|c: char| c.is_ascii_digit());
        port.is_some_and(|port| ["COM", "LPT"].iter().any(|is| port.eq_ignore_ascii_case(is)))
    };
    ["AUX", "CON", "NUL", "PRN"].iter().any(|device| stem.eq_ignore_ascii_case(device))
        || is_numbered()
}

fn safe(text: &str) -> String {
    let kept =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '_' };
    let name: String = text.chars().map(kept).take(MAX_LABEL).collect();
    // A leading dot hides a file, and a device called `..` must not lead out of the folder.
    let name = name.trim_start_matches('.');
    if is_windows_device(name) { format!("_{name}") } else { name.to_owned() }
}

const MAX_LABEL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_device_of_windows_is_a_file() {
        for name in ["aux.contoso.com_1.zip", "NUL", "Com1.x", "lpt9.", "con .zip", "COM0.zip"] {
            assert!(is_windows_device(name), "{name}");
        }
        for name in ["auxiliary.contoso.com", "_aux.zip", "com10.zip", "COM.zip", "aux_1.zip", ""] {
            assert!(!is_windows_device(name), "{name}");
        }
        assert_eq!(safe("aux.contoso.com"), "_aux.contoso.com");
        assert_eq!(safe("..nul.contoso.com"), "_nul.contoso.com");
        assert_eq!(safe("ws-042.contoso.com"), "ws-042.contoso.com");
    }
}
