use std::{fs, path::Path};

use crate::{
    failure::Failure,
    rules::{REACH, Reach},
    test::purity::clippy::{self, FORBIDDEN, Message},
    workspace::Workspace,
};

/// What the library in `folder` uses of [`REACH`], as clippy describes it. The `clippy.toml` of
/// `folder` is another one for that time.
///
/// Fails when the library does not compile, or clippy does not know a path of [`REACH`].
pub(crate) fn uses(workspace: &Workspace, folder: &Path) -> Result<Vec<String>, Failure> {
    let settings = folder.join("clippy.toml");
    let own = fs::read(&settings)?;
    fs::write(&settings, strict())?;
    let messages = clippy::lint(workspace, folder, LINTS)?;
    fs::write(&settings, own)?;

    if let Some(unknown) = messages.iter().find(|message| message.text.contains("does not refer")) {
        return Err(Failure::new(&unknown.rendered));
    }
    Ok(messages.into_iter().filter(is_use).map(|message| message.rendered).collect())
}

fn is_use(message: &Message) -> bool {
    message.level == "error"
        && (message.code == FORBIDDEN || message.code.starts_with("clippy::disallowed_"))
}

fn strict() -> String {
    // Rust prints a list of strings as TOML has it.
    let setting = |reach: &Reach| format!("{} = {:?}", reach.setting, reach.paths);
    REACH.iter().map(setting).collect::<Vec<_>>().join("\n")
}

const LINTS: &[&str] = &[
    "-F",
    "clippy::disallowed_methods",
    "-F",
    "clippy::disallowed_types",
    "-F",
    "clippy::disallowed_macros",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn message(level: &str, code: &str) -> Message {
        Message { code: code.to_owned(), level: level.to_owned(), ..Message::default() }
    }

    #[test]
    fn allowing_it_in_the_source_is_an_offence_too() {
        assert!(is_use(&message("error", "clippy::disallowed_types")));
        assert!(is_use(&message("error", "E0453")));
        assert!(!is_use(&message("error", "clippy::panic")));
        assert!(!is_use(&message("warning", "clippy::disallowed_types")));
    }
}
