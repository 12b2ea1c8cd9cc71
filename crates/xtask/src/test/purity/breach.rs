use std::{fs, path::Path};

use crate::{
    failure::Failure,
    rules::{BREACHES, Breach, Pure},
    test::purity::clippy::{self, Message},
    workspace::Workspace,
};

/// Adds every breach to the library in `folder`, and says which of them clippy lets pass under the
/// crate's own settings.
///
/// Fails when the library does not compile.
pub(crate) fn unrefused(
    workspace: &Workspace,
    folder: &Path,
    pure: &Pure,
) -> Result<Vec<String>, Failure> {
    let library = folder.join("src/lib.rs");
    let source = fs::read_to_string(&library)?;
    fs::write(&library, format!("{source}\n{}", module()))?;
    Ok(passed(pure, &clippy::lint(workspace, folder, &["-D", "warnings"])?))
}

fn module() -> String {
    let function = |(number, breach): (usize, &Breach)| {
        format!("    fn breach_{number}() {{ {} }}\n", breach.code)
    };
    let functions: String = BREACHES.iter().enumerate().map(function).collect();
    format!("mod breaches {{\n{functions}}}\n")
}

fn passed(pure: &Pure, messages: &[Message]) -> Vec<String> {
    let passed = |breach: &&Breach| !messages.iter().any(|message| refuses(message, breach.path));
    let describe = |breach: &Breach| {
        format!("`{}` does not refuse {} (`{}`)", pure.name, breach.what, breach.path)
    };
    BREACHES.iter().filter(passed).map(describe).collect()
}

fn refuses(message: &Message, path: &str) -> bool {
    message.code.starts_with("clippy::disallowed_")
        && message.level == "error"
        && message.text.ends_with(&format!(" `{path}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(level: &str, path: &str) -> Message {
        Message {
            code: "clippy::disallowed_methods".to_owned(),
            level: level.to_owned(),
            text: format!("use of a disallowed method `{path}`"),
            ..Message::default()
        }
    }

    #[test]
    fn only_an_error_about_that_very_path_counts_as_refused() {
        let path = "std::time::Instant::now";
        assert!(refuses(&message("error", path), path));
        assert!(!refuses(&message("warning", path), path));
        assert!(!refuses(&message("error", "std::time::SystemTime::now"), path));
        assert!(!refuses(&Message::default(), path));
    }

    #[test]
    fn silence_is_an_offence_for_every_breach() {
        let pure = Pure { name: "core", target: "all", impure: &[] };
        assert_eq!(passed(&pure, &[]).len(), BREACHES.len());
    }
}
