//! Which registry keys and values start something, and which only describe it.

/// A key whose values start something. It is determined once for all of them, because a key may be
/// as long as a line and have as many values as its member has lines.
pub(super) struct Starter {
    kind: Kind,
    /// The last part of the key, or the service it belongs to.
    name: String,
    /// Whether the key's name is a class id.
    is_class: bool,
}

/// Which values of a key start something.
#[derive(Clone, Copy)]
enum Kind {
    /// `ImagePath` and `ServiceDll`.
    Service,
    /// `Driver`, and those of a service.
    PrintMonitor,
    /// `StubPath`.
    ActiveSetup,
    /// Those of things in this category.
    Of(&'static str),
}

impl Starter {
    /// `None` for a key none of whose values starts anything.
    pub(super) fn of(key: &str) -> Option<Self> {
        let lower = key.to_ascii_lowercase();
        let (last, has) = (last(key), |part: &str| lower.contains(part));
        let (kind, name) = if has("\\control\\print\\monitors\\") {
            (Kind::PrintMonitor, last)
        } else if has("\\currentcontrolset\\services\\") {
            (Kind::Service, service_of(key).unwrap_or(last))
        } else if has("\\active setup\\installed components\\") {
            (Kind::ActiveSetup, last)
        } else {
            (Kind::Of(category(&lower)?), last)
        };
        Some(Self { kind, name: name.to_owned(), is_class: is_class(last) })
    }

    /// What a value starts: its category and the name of the entry. `None` if it only describes
    /// something.
    pub(super) fn by_value<'a>(
        &'a self,
        name: &'a str,
        data: &str,
    ) -> Option<(&'static str, &'a str)> {
        let is = |own: &str| name.eq_ignore_ascii_case(own);
        let category = match self.kind {
            Kind::Service | Kind::PrintMonitor if is("ImagePath") => "service",
            Kind::Service | Kind::PrintMonitor if is("ServiceDll") => "service_dll",
            Kind::PrintMonitor if is("Driver") => "print_monitor",
            Kind::ActiveSetup if is("StubPath") => "active_setup",
            Kind::Service | Kind::PrintMonitor | Kind::ActiveSetup => return None,
            Kind::Of(category) => category,
        };
        let starts = match category {
            "run_mru" => !is("MRUList"),
            // What stands beside a class in the name of the key describes it.
            "context_menu_handler"
            | "property_sheet_handler"
            | "icon_overlay"
            | "browser_helper_object" => is_class(data) || !self.is_class,
            "protocol_filter" | "protocol_handler" => is("CLSID") || is_class(data),
            "ie_extension" => IE_EXTENSION.iter().any(|own| is(own)),
            "chrome_extension" => !is("version"),
            "office_addin" => is("Manifest"),
            "policy_script" => is("Script") || is("Parameters"),
            _ => true,
        };
        let entry = if NAMED_BY_VALUE.contains(&category) { name } else { &self.name };
        starts.then_some((category, entry))
    }

    /// The category of what is started at the key, if it is unknown by which value.
    pub(super) fn somehow(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Of(category) => Some(category),
            Kind::Service | Kind::PrintMonitor | Kind::ActiveSetup => None,
        }
    }
}

/// What a key registers by its name alone, with or without values: its category and that name,
/// which is a class id or a program id.
pub(super) fn by_key(key: &str) -> Option<(&'static str, &str)> {
    let (above, name) = key.rsplit_once('\\')?;
    let category = match last(above).to_ascii_lowercase().as_str() {
        "addins" => category(&above.to_ascii_lowercase()).filter(|own| *own == "office_addin"),
        _ if !is_class(name) => None,
        "contextmenuhandlers" => Some("context_menu_handler"),
        "propertysheethandlers" => Some("property_sheet_handler"),
        "shelliconoverlayidentifiers" => Some("icon_overlay"),
        "browser helper objects" => Some("browser_helper_object"),
        _ => None,
    };
    Some((category?, name))
}

/// The category of what is started at a key, which is in lower case.
fn category(lower: &str) -> Option<&'static str> {
    let of = |(part, category): &(&str, &'static str)| lower.contains(part).then_some(*category);
    CATEGORIES.iter().find_map(of)
}

fn last(key: &str) -> &str {
    key.rsplit('\\').next().unwrap_or(key)
}

/// The service that a key below `Services` belongs to.
fn service_of(key: &str) -> Option<&str> {
    let mut parts = key.split('\\').skip_while(|part| !part.eq_ignore_ascii_case("Services"));
    parts.nth(1)
}

/// Whether a text is a class id, such as `{09A47860-11B0-4DA5-AFA5-26D86198A780}`.
fn is_class(text: &str) -> bool {
    let inner = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let is_hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    inner.is_some_and(|inner| {
        inner.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && inner.split('-').all(is_hexadecimal)
    })
}

const CATEGORIES: &[(&str, &str)] = &[
    ("\\currentversion\\run", "run"),
    ("\\explorer\\runmru", "run_mru"),
    ("\\currentversion\\drivers32", "drivers32"),
    ("\\currentversion\\font drivers", "font_driver"),
    ("\\contextmenuhandlers", "context_menu_handler"),
    ("\\propertysheethandlers", "property_sheet_handler"),
    ("\\shelliconoverlayidentifiers", "icon_overlay"),
    ("\\browser helper objects", "browser_helper_object"),
    ("\\internet explorer\\extensions", "ie_extension"),
    ("\\chrome\\extensions", "chrome_extension"),
    ("\\addins", "office_addin"),
    ("\\protocols\\filter", "protocol_filter"),
    ("\\protocols\\handler", "protocol_handler"),
    ("\\htmlfile\\shell\\open\\command", "open_command"),
    ("\\group policy\\scripts\\", "policy_script"),
];
/// The categories in which each value is an entry of its own.
const NAMED_BY_VALUE: &[&str] = &["run", "run_mru", "drivers32", "font_driver"];
/// The values that say what an Internet Explorer button does; its other values describe its
/// appearance.
///
/// Source: Microsoft, "Adding Toolbar Buttons" and "Adding Menu Items".
const IE_EXTENSION: &[&str] = &["BandCLSID", "CLSID", "ClsidExtension", "Exec", "Script"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_starts_something_is_told_from_what_describes() {
        const CLASS: &str = "{DEADBEEF-0000-4000-8000-00000000000a}";
        let by_value = |key: &str, name: &str, data: &str| {
            let starter = Starter::of(key)?;
            let told = starter.by_value(name, data);
            told.map(|(category, entry)| (category, entry.to_owned()))
        };
        let told = |category, entry: &str| Some((category, entry.to_owned()));
        let run = "HKEY_USERS\\S-1-5-21-1\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run";
        assert_eq!(by_value(run, "X", "x.exe"), told("run", "X"));
        let service = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Dhcp\\Parameters";
        assert_eq!(by_value(service, "ServiceDll", "x.dll"), told("service_dll", "Dhcp"));
        assert_eq!(by_value(service, "Start", "0x2"), None);
        let monitor =
            "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Print\\Monitors\\USB";
        assert_eq!(by_value(monitor, "driver", "x.dll"), told("print_monitor", "USB"));
        assert!(Starter::of("HKEY_LOCAL_MACHINE\\SOFTWARE\\Forged").is_none());
        for (key, name, data, category) in [
            (format!("Browser Helper Objects\\{CLASS}"), "NoExplorer", "1", None),
            (format!("ShellEx\\ContextMenuHandlers\\{CLASS}"), "(Default)", "Pin", None),
            (
                format!("ShellEx\\ContextMenuHandlers\\{CLASS}"),
                "(Default)",
                CLASS,
                Some("context_menu_handler"),
            ),
            (
                "ShellEx\\ContextMenuHandlers\\EPP".to_owned(),
                "(Default)",
                "?",
                Some("context_menu_handler"),
            ),
            ("Protocols\\Handler\\cdl".to_owned(), "(Default)", "CDL: protocol", None),
            ("Protocols\\Handler\\cdl".to_owned(), "clsid", CLASS, Some("protocol_handler")),
            ("Office\\Word\\Addins\\A.B".to_owned(), "LoadBehavior", "0x3", None),
            ("Office\\Word\\Addins\\A.B".to_owned(), "Manifest", "file:///x", Some("office_addin")),
            ("Explorer\\RunMRU".to_owned(), "MRUList", "ab", None),
        ] {
            let key = format!("HKEY_LOCAL_MACHINE\\{key}");
            assert_eq!(by_value(&key, name, data).map(|(own, _)| own), category, "{key} {name}");
        }
    }

    #[test]
    fn what_a_key_registers_is_told_by_its_name() {
        const CLASS: &str = "{DEADBEEF-0000-4000-8000-00000000000a}";
        let key = |above: &str, name: &str| format!("HKEY_LOCAL_MACHINE\\{above}\\{name}");
        for (key, category) in [
            (key("Browser Helper Objects", CLASS), Some("browser_helper_object")),
            (key("browser helper objects", "Notes"), None),
            (key("ShellEx\\ContextMenuHandlers", CLASS), Some("context_menu_handler")),
            (key("ShellEx\\ContextMenuHandlers\\x", CLASS), None),
            (key("Office\\Word\\Addins", "Evil.Connect"), Some("office_addin")),
            (key("Office\\Word\\Addins\\Evil.Connect", "x"), None),
        ] {
            assert_eq!(by_key(&key).map(|(own, _)| own), category, "{key}");
        }
    }
}
