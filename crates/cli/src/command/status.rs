//! `mde-forensics status`

mod folder;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Console;
use crate::action;
use crate::args::service::ServiceArguments;
use crate::core::engine::Handle;
use crate::core::{ActionId, Code};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::handles;
use crate::terminal::{print, safe};

/// Show the state of an action at the service, or of everything collected into a folder.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder that was given to `--out`; or handles: JSON, a file with JSON, or `-` for standard input; or an action id.
    ///
    /// For a folder, only its ledger is read; the service is not asked.
    #[arg(value_name = "DIR|HANDLE|ACTION_ID")]
    of: String,
    /// Folder whose ledger counts the API calls, if it has one.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Asks the service or reads the ledger, and prints the state.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let of = Path::new(&arguments.of);
    if of.is_dir() {
        let handles = handles::of_folder(of)?;
        print(&if console.output.json {
            folder::to_json(&handles).to_string()
        } else {
            folder::to_text(&handles)
        })?;
        return Ok(Exit::Success);
    }
    let client = arguments.service.connect_counting(&arguments.out, console)?;
    if !handles::is_handle(&arguments.of) {
        let action = client.action(&ActionId::parse(&arguments.of)?).await;
        let action = action.map_err(|error| match error.code() {
            Code::NotFound => Failure::from(error).with_hint(UNKNOWN),
            _ => error.into(),
        })?;
        print(&if console.output.json {
            json!(action).to_string()
        } else {
            action::to_text(&action)
        })?;
        return Ok(Exit::Success);
    }
    let mut texts = Vec::new();
    let mut documents = Vec::new();
    for handle in handles::read(&arguments.of, client.tenant(), client.base())? {
        let action = match handle.action() {
            Some(action) => Some(client.action(&action.id).await?),
            None => None,
        };
        texts.push(action.as_ref().map_or_else(|| without_action(&handle), action::to_text));
        documents.push(json!({ "device": handle.device(), "action": action, "handle": handle }));
    }
    print(&if console.output.json { json!(documents).to_string() } else { texts.join("\n\n") })?;
    Ok(Exit::Success)
}

fn without_action(handle: &Handle) -> String {
    let what = match (handle.ended(), handle.intent()) {
        (Some(outcome), _) => format!("ended: {}", outcome.replace('_', " ")),
        (None, Some(_)) => {
            "requested, but the answer is unknown; `resume` looks for the action".to_owned()
        }
        (None, None) => "not requested yet; `resume` does so".to_owned(),
    };
    format!("{}: {}", safe(handle.device()), safe(&what))
}

const UNKNOWN: &str = "check the id and the tenant, and whether this app or user may see the device; there is no file or folder \
    of that name either";
const EXAMPLES: &str = "\
Examples:
  mde-forensics status evidence/
  mde-forensics status 7b8c0e6e-1f0a-4c55-9d53-0a2f6c1b7e42
  mde-forensics status handles.json    # the output of `collect --json`";
