use std::path::Path;

use serde_json::Value;

use crate::{failure::Failure, process, workspace::Workspace};

/// One message of the compiler.
#[derive(Debug, Default)]
pub(crate) struct Message {
    /// Such as `E0308` or `clippy::disallowed_methods`; empty for what is no lint.
    pub(crate) code: String,
    /// Such as `error` or `warning`.
    pub(crate) level: String,
    /// The first line of it.
    pub(crate) text: String,
    /// All of it, as a person sees it.
    pub(crate) rendered: String,
}

impl Message {
    fn parse(line: &Value) -> Self {
        let text = |at| line.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            code: text("/message/code/code"),
            level: text("/message/level"),
            text: text("/message/message"),
            rendered: text("/message/rendered"),
        }
    }
}

/// What clippy says of the library in `folder`, with `flags` for the compiler.
///
/// Fails when the library does not compile: without types there are no lints, and it would seem
/// that nothing is refused.
pub(crate) fn lint(
    workspace: &Workspace,
    folder: &Path,
    flags: &[&str],
) -> Result<Vec<Message>, Failure> {
    let mut clippy = workspace.cargo(&["clippy", "--quiet", "--lib", "--message-format", "json"]);
    clippy.arg("--").args(flags);
    // The same target folder, so that the dependencies are not checked again.
    clippy.current_dir(folder).env("CARGO_TARGET_DIR", &workspace.target);
    let printed = process::findings(clippy)?;
    let lines = printed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut messages = Vec::new();
    for line in lines {
        messages.push(Message::parse(&serde_json::from_slice(line)?));
    }
    match messages.iter().find(|message| message.code.starts_with('E') && message.code != FORBIDDEN)
    {
        Some(broken) => Err(Failure::new(&broken.rendered)),
        None => Ok(messages),
    }
}

/// An attribute in the source wants to allow what `-F` forbids.
pub(crate) const FORBIDDEN: &str = "E0453";
