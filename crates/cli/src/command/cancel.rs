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

/// Cancel an action at the service.
///
/// Only your own actions are cancelled: those that the ledger in `--out` lists as requested by you, or that the service
/// says were requested by the identity you sign in with. `--foreign` cancels any other action.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Id of the action.
    #[arg(value_name = "ACTION_ID")]
    action: String,
    /// Reason for the cancellation; the service stores it with the action.
    #[arg(long, value_name = "TEXT")]
    comment: String,
    /// Folder whose ledger may know the action, and counts the API calls.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    /// Cancel the action even if somebody else requested it.
    #[arg(long)]
    foreign: bool,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Cancels the action and prints its new state.
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

/// Whether the ledger in this folder lists the action as our own.
fn is_known(client: &Client, folder: &Path, id: &ActionId) -> Result<bool, Failure> {
    let is_own = |handle: &Handle| {
        handle.tenant().eq_ignore_ascii_case(client.tenant())
            && handle
                .action()
                .is_some_and(|it| it.id.matches(id.as_str()) && it.adoption == Adoption::Own)
    };
    Ok(Handle::fold(FileLedger::records(folder)?).iter().any(is_own))
}

const HINT: &str = "if you requested it, pass the folder of that collection with `--out`; to cancel it anyway, add `--foreign`";
