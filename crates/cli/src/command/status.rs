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

/// Says where a collection stands at the service, or what became of all that went into a folder.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// An action's id; or a handle: its JSON, a file with it, or `-` for standard input; or the folder that `--out` named,
    /// of which its ledger is read and the service is not asked.
    #[arg(value_name = "DIR|HANDLE|ACTION_ID")]
    of: String,
    /// The folder whose ledger counts the calls, if it has one.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Asks the service, or reads the ledger, and prints what it says.
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
        (Some(outcome), _) => format!("ended as {}", outcome.replace('_', " ")),
        (None, Some(_)) => {
            "asked for, and the answer is not known; `resume` looks for it".to_owned()
        }
        (None, None) => "not asked for yet; `resume` does".to_owned(),
    };
    format!("{}: {}", safe(handle.device()), safe(&what))
}

const UNKNOWN: &str = "check the id and the tenant, and whether this app or user may see the device; a file or folder of that name is not \
    here either";
