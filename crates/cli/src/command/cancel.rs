//! `mde-forensics cancel`

use std::path::{Path, PathBuf};

use clap::Args;
use mde_forensics::{Client, FileLedger};
use serde_json::json;

use super::Console;
use crate::action;
use crate::args::service::ServiceArguments;
use crate::core::ActionId;
use crate::core::calls::not_ours;
use crate::core::engine::{Adoption, Handle};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::print;

/// Cancels a collection at the service.
///
/// Only one of our own: the ledger under `--out` knows that we asked for it, or the service says that whoever we sign in
/// as did. An action of somebody else is left alone unless `--foreign` says so.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The action's id.
    #[arg(value_name = "ACTION_ID")]
    action: String,
    /// Why; the service keeps it with the action.
    #[arg(long, value_name = "TEXT")]
    comment: String,
    /// The folder of the ledger that may know the action, and that counts the calls.
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
    let client = arguments.service.connect_counting(&arguments.out, console)?;
    let id = ActionId::parse(&arguments.action)?;
    if !arguments.foreign {
        let action = client.action(&id).await?;
        if !client.is_own(&action).await? && !is_known(&client, &arguments.out, &id)? {
            return Err(not_ours(&action).with_hint(HINT).into());
        }
    }
    let action = client.cancel(&id, &arguments.comment).await?;
    print(&if console.output.json { json!(action).to_string() } else { action::to_text(&action) })?;
    Ok(Exit::Success)
}

/// Whether the ledger in this folder knows the action as one that we asked for.
fn is_known(client: &Client, folder: &Path, id: &ActionId) -> Result<bool, Failure> {
    let is_own = |handle: &Handle| {
        handle.tenant().eq_ignore_ascii_case(client.tenant())
            && handle
                .action()
                .is_some_and(|it| it.id.matches(id.as_str()) && it.adoption == Adoption::Own)
    };
    Ok(Handle::fold(FileLedger::records(folder)?).iter().any(is_own))
}

const HINT: &str = "name the folder that it was collected into with `--out`, or add `--foreign` to cancel it all the same";
