//! What others do: the service's people, its operators, and the person at our own keyboard.

use std::time::Duration;

use mde_forensics_emulator::config::Rule;
use mde_forensics_emulator::{Handle, NewCollection, Status, Transition};
use serde::Deserialize;
use serde_json::Value;

/// One intervention. `crash`, `stop` and `stop_at_service` are for a run that goes on.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Intervention {
    /// Time passes.
    Advance { seconds: f64 },
    /// Somebody cancels what runs on the device.
    CancelCollection {
        device: String,
        #[serde(default = "analyst")]
        by: String,
        #[serde(default)]
        comment: String,
    },
    /// Our program ends at once and writes nothing more.
    Crash,
    /// More goes wrong from now on.
    Faults { rules: Vec<Rule> },
    /// Nothing goes wrong any more.
    NoFaults,
    /// From here on our program works in another, empty folder, as on another host.
    NewFolder,
    /// The emulator's options change; objects are merged.
    Options { change: Value },
    /// All tokens are taken back.
    RevokeTokens,
    /// A byte is added to every package in the folder.
    SpoilPackages,
    /// Somebody starts a collection.
    StartCollection(NewCollection),
    /// Ctrl-C.
    Stop,
    /// Ctrl-C, with the wish to cancel at the service as well.
    StopAtService { comment: String },
    /// The newest collection of the device comes into this status at once.
    Turn { device: String, status: Status },
}

/// Does what concerns the service alone; says what went wrong.
pub(crate) fn at_service(intervention: &Intervention, service: &Handle) -> Result<(), String> {
    let failed = |error: mde_forensics_emulator::Error| error.to_string();
    match intervention {
        Intervention::CancelCollection { device, by, comment } => {
            let action = newest(service, device)?;
            service.cancel(&action, by, comment).map(drop).map_err(failed)
        }
        Intervention::Faults { rules } => {
            rules.iter().cloned().for_each(|rule| service.add_fault(rule));
            Ok(())
        }
        Intervention::NoFaults => {
            let unneeded = service.faults().into_iter().find(|fault| fault.fired == 0);
            service.clear_faults();
            unneeded.map_or(Ok(()), |it| Err(format!("the rule {:?} was never needed", it.rule)))
        }
        Intervention::Options { change } => {
            let mut options =
                serde_json::to_value(service.options()).map_err(|error| error.to_string())?;
            merge(&mut options, change);
            let options = serde_json::from_value(options).map_err(|error| error.to_string())?;
            service.change_options(|current| *current = options);
            Ok(())
        }
        Intervention::RevokeTokens => {
            service.revoke_tokens();
            Ok(())
        }
        Intervention::StartCollection(new) => {
            service.start_collection(new).map(drop).map_err(failed)
        }
        Intervention::Turn { device, status } => {
            let action = newest(service, device)?;
            let at_once = [Transition::new(*status, 0.0)];
            service.transition(&action, &at_once).map(drop).map_err(failed)
        }
        Intervention::Advance { .. }
        | Intervention::Crash
        | Intervention::NewFolder
        | Intervention::SpoilPackages
        | Intervention::Stop
        | Intervention::StopAtService { .. } => Err(format!("{intervention:?} has no place here")),
    }
}

/// The duration of so many seconds.
pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn newest(service: &Handle, device: &str) -> Result<String, String> {
    let id = service.device(device).map_err(|error| error.to_string())?.id;
    let actions = service.actions();
    let action = actions
        .iter()
        .find(|action| action.machine_id == id && action.kind == "CollectInvestigationPackage");
    Ok(action.ok_or_else(|| format!("nothing was collected from `{device}`"))?.id.clone())
}

fn merge(old: &mut Value, new: &Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, new) in new {
                merge(old.entry(key).or_insert(Value::Null), new);
            }
        }
        (old, new) => *old = new.clone(),
    }
}

fn analyst() -> String {
    "analyst@contoso.com".to_owned()
}
