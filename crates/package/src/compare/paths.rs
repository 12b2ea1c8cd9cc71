//! Where programs lie: folders that only administrators write to.

/// Whether a path in lower case is one of Defender's own folders, or below it; only administrators write there.
pub(super) fn is_agent_path(path: &str) -> bool {
    let Some((folder, _)) = path.rsplit_once('\\') else { return false };
    let is_below = |own: &str| {
        folder.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
    };
    AGENT_FOLDERS.iter().any(|own| is_below(own)) && folder.split('\\').all(|part| part != "..")
}

/// Whether a path in lower case is directly in one of the folders of Windows that hold its programs.
pub(super) fn is_system_path(path: &str) -> bool {
    path.rsplit_once('\\').is_some_and(|(folder, _)| SYSTEM_FOLDERS.contains(&folder))
}

pub(super) fn file_of(path: &str) -> &str {
    path.rsplit('\\').next().unwrap_or(path)
}

/// A path in lower case, the usual variables in it replaced.
pub(super) fn normal(path: &str) -> String {
    let mut path = path.to_lowercase();
    for (variable, value) in VARIABLES {
        if path.contains(variable) {
            path = path.replace(variable, value);
        }
    }
    match path.strip_prefix("\\systemroot\\") {
        Some(rest) => format!("c:\\windows\\{rest}"),
        None => path,
    }
}

const VARIABLES: &[(&str, &str)] = &[
    ("%systemroot%", "c:\\windows"),
    ("%windir%", "c:\\windows"),
    ("%programfiles%", "c:\\program files"),
    ("%programdata%", "c:\\programdata"),
];
const SYSTEM_FOLDERS: &[&str] = &[
    "c:\\windows\\system32",
    "c:\\windows\\system32\\wbem",
    "c:\\windows\\system32\\windowspowershell\\v1.0",
    "c:\\windows\\syswow64",
    "c:\\windows\\syswow64\\wbem",
];
const AGENT_FOLDERS: &[&str] = &[
    "c:\\program files\\windows defender",
    "c:\\program files\\windows defender advanced threat protection",
    "c:\\programdata\\microsoft\\windows defender\\platform",
    "c:\\programdata\\microsoft\\windows defender advanced threat protection\\platform",
];
