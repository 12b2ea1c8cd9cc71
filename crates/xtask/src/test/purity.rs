use std::fs;

use serde_json::Value;

use crate::{
    failure::Failure,
    process,
    rules::{BREACHES, Breach, PURE, Pure},
    test::{
        scratch::Scratch,
        tally::{Broken, Tally},
    },
    workspace::{Member, Workspace},
};

/// Adds every breach to a throw-away copy of every pure crate, and asserts that clippy refuses it.
///
/// That the crates themselves hold no breach is what the step `lints` shows; this shows that the
/// lints would see one.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let scratch = Scratch::of(workspace, "purity")?;
    let mut offences = Vec::new();
    for pure in PURE {
        let member = workspace
            .member(pure.name)
            .ok_or_else(|| Failure::new(format!("the workspace has no `{}`", pure.name)))?;
        let findings = break_in(workspace, &scratch, member)?;
        offences.extend(unrefused(pure, &findings));
    }
    Tally::of_offences(&offences)?;
    Ok(Tally::passed((PURE.len() * BREACHES.len()) as u64))
}

/// What clippy says of `member` with all breaches in it, one message of JSON per line.
fn break_in(
    workspace: &Workspace,
    scratch: &Scratch,
    member: &Member,
) -> Result<Vec<Value>, Failure> {
    let folder = scratch.folder(workspace, &member.folder);
    let library = folder.join("src/lib.rs");
    let source = fs::read_to_string(&library)?;
    fs::write(&library, format!("{source}\n{}", breaches()))?;

    let mut clippy = workspace.cargo(&["clippy", "--quiet", "--lib", "--message-format", "json"]);
    clippy.args(["--", "-D", "warnings"]);
    // The same target folder, so that the dependencies are not checked again.
    clippy.current_dir(&folder).env("CARGO_TARGET_DIR", &workspace.target);
    let printed = process::stdout(clippy)?;
    let lines = printed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let messages = lines.map(serde_json::from_slice).collect::<Result<Vec<Value>, _>>()?;
    // Without types there are no lints, and the copy would seem to be allowed everything.
    let broken = |message: &&Value| code(message).is_some_and(|code| code.starts_with('E'));
    match messages.iter().find(broken).and_then(|message| message.pointer("/message/rendered")) {
        Some(rendered) => Err(Failure::new(rendered.as_str().unwrap_or_default())),
        None => Ok(messages),
    }
}

fn breaches() -> String {
    let function = |(number, breach): (usize, &Breach)| {
        format!("    fn breach_{number}() {{ {} }}\n", breach.code)
    };
    let functions: String = BREACHES.iter().enumerate().map(function).collect();
    format!("mod breaches {{\n{functions}}}\n")
}

fn unrefused(pure: &Pure, messages: &[Value]) -> Vec<String> {
    let refused = |breach: &&Breach| !messages.iter().any(|message| refuses(message, breach.path));
    let describe = |breach: &Breach| {
        format!("`{}` does not refuse {} (`{}`)", pure.name, breach.what, breach.path)
    };
    BREACHES.iter().filter(refused).map(describe).collect()
}

fn refuses(message: &Value, path: &str) -> bool {
    let text = |at| message.pointer(at).and_then(Value::as_str).unwrap_or_default();
    code(message).is_some_and(|code| code.starts_with("clippy::disallowed_"))
        && text("/message/level") == "error"
        && text("/message/message").ends_with(&format!(" `{path}`"))
}

fn code(message: &Value) -> Option<&str> {
    message.pointer("/message/code/code").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(level: &str, path: &str) -> Value {
        json!({ "message": {
            "code": { "code": "clippy::disallowed_methods" },
            "level": level,
            "message": format!("use of a disallowed method `{path}`"),
        }})
    }

    #[test]
    fn only_an_error_about_that_very_path_counts_as_refused() {
        let path = "std::time::Instant::now";
        assert!(refuses(&message("error", path), path));
        assert!(!refuses(&message("warning", path), path));
        assert!(!refuses(&message("error", "std::time::SystemTime::now"), path));
        assert!(!refuses(&json!({ "reason": "build-finished" }), path));
    }

    #[test]
    fn silence_is_an_offence_for_every_breach() {
        let pure = Pure { name: "core", impure: &[] };
        assert_eq!(unrefused(&pure, &[]).len(), BREACHES.len());
    }
}
