//! `mde-forensics cancel`

use std::path::{Path, PathBuf};

use clap::Args;
use mde_forensics::{Client, Clock, FileLedger, Ledger, SystemClock};
use serde_json::json;

use super::Console;
use crate::action;
use crate::args::service::ServiceArguments;
use crate::core::engine::{Adoption, Handle, Marker};
use crate::core::quota::QuotaOptions;
use crate::core::wire::MachineAction;
use crate::core::{ActionId, Code, Error};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::print;

/// Cancels a collection at the service.
///
/// Only one of our own: it carries our marker, or the ledger under `--out` knows it as ours. An action of somebody
/// else is left alone unless `--foreign` says so.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The action's id.
    #[arg(value_name = "ACTION_ID")]
    action: String,
    /// Why; the service keeps it with the action.
    #[arg(long, value_name = "TEXT")]
    comment: String,
    /// The folder of the ledger that may know the action.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    /// Cancel it even if it is somebody else's.
    #[arg(long)]
    foreign: bool,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Cancels, and prints what the service says of the action.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let client = arguments.service.connect(console)?;
    let id = ActionId::parse(&arguments.action)?;
    if !arguments.foreign {
        let action = client.action(&id).await?;
        if !carries_marker(&action) && !is_known(&client, &arguments.out, &id)? {
            return Err(not_ours(&action).into());
        }
    }
    let action = client.cancel(&id, &arguments.comment).await?;
    print(&if console.output.json { json!(action).to_string() } else { action::to_text(&action) })?;
    Ok(Exit::Success)
}

fn carries_marker(action: &MachineAction) -> bool {
    let texts = [&action.requestor_comment, &action.external_id];
    texts.into_iter().flatten().any(|text| Marker::any_in(text))
}

/// Whether the ledger in this folder knows the action as one that we asked for.
fn is_known(client: &Client, folder: &Path, id: &ActionId) -> Result<bool, Failure> {
    if !folder.join(FileLedger::NAME).is_file() {
        return Ok(false);
    }
    let ledger = FileLedger::open(folder, QuotaOptions::default(), SystemClock::new().now())?;
    let is_own = |handle: &Handle| {
        handle.tenant().eq_ignore_ascii_case(client.tenant())
            && handle
                .action()
                .is_some_and(|it| it.id.matches(id.as_str()) && it.adoption == Adoption::Own)
    };
    Ok(Handle::fold(ledger.load()).iter().any(is_own))
}

fn not_ours(action: &MachineAction) -> Error {
    let whose = action.requestor.as_deref().unwrap_or("somebody else");
    Error::new(
        Code::NotOurs,
        format!("action `{}` was asked for by `{whose}`, not by this tool", action.id),
    )
    .with_hint("to cancel it all the same, add `--foreign`")
}
