//! What is promised of every flow, whatever it is about.

use std::collections::BTreeMap;
use std::fs;

use mde_forensics_emulator::config::Endpoint;
use mde_forensics_emulator::{ActionState, CallRecord, Site, Status};
use serde_json::Value;

use super::same;
use crate::flow::{Flow, Step};
use crate::intervention::Intervention;
use crate::play::{Ended, Played};
use crate::stage::{self, Stage};

pub(super) fn check(complaints: &mut Vec<String>, flow: &Flow, all: &[Played], stage: &Stage) {
    let calls = stage.service.calls();
    same(
        complaints,
        "calls that are remembered",
        &stage.service.calls_seen(),
        &(calls.len() as u64),
    );
    collections(complaints, flow, stage);
    let actions = stage.service.actions();
    let (counts_its_own_way, takes_tokens_back) = (flow.expect.over_quota, takes_tokens_back(flow));
    for call in &calls {
        tokens(complaints, call);
        links(complaints, call, &actions);
        if !counts_its_own_way {
            unasked(complaints, call, 429, "was over the quota");
        }
        if !takes_tokens_back {
            unasked(complaints, call, 401, "came with a token that had ended");
        }
    }
    rules(complaints, stage);
    secrets(complaints, all, stage);
}

/// A collection is started so often as the flow says, and never beside another of ours.
fn collections(complaints: &mut Vec<String>, flow: &Flow, stage: &Stage) {
    let mut started = BTreeMap::<String, usize>::new();
    for action in stage.service.actions().iter().filter(|action| action.source == "PublicApi") {
        let label = action.device.split('.').next().unwrap_or_default();
        *started.entry(label.to_owned()).or_default() += 1;
    }
    let mut expected = flow.expect.collections.clone();
    if let (Some(each), Some(fleet)) = (flow.expect.collections_each, &flow.service.fleet) {
        let label = |name: String| name.split('.').next().unwrap_or_default().to_owned();
        expected.extend(fleet.names().map(|name| (label(name), each)));
    }
    expected.retain(|_, count| *count > 0);
    same(complaints, "collections that we started", &expected, &started);
}

/// The token goes to the API and to nobody else.
fn tokens(complaints: &mut Vec<String>, call: &CallRecord) {
    let for_api = call.site == Site::Api && call.endpoint.is_some();
    if call.bearer != for_api {
        let with = if call.bearer { "with" } else { "without" };
        complaints.push(format!("{} {} {with} a token", call.method, call.path));
    }
}

/// A link is asked for only after the action has succeeded.
fn links(complaints: &mut Vec<String>, call: &CallRecord, actions: &[ActionState]) {
    if call.endpoint != Some(Endpoint::Link) {
        return;
    }
    let of_call = |action: &&ActionState| call.path.contains(&action.id);
    let was_due = actions
        .iter()
        .find(of_call)
        .is_some_and(|action| action.status == Status::Succeeded && action.updated <= call.time);
    if !was_due {
        complaints.push(format!("{} was called before the action had succeeded", call.path));
    }
}

/// The service never has to say of itself what can be known beforehand.
fn unasked(complaints: &mut Vec<String>, call: &CallRecord, status: u16, what: &str) {
    if call.site == Site::Api && call.status == Some(status) && call.fault.is_none() {
        complaints.push(format!("{} {what}", call.path));
    }
}

fn takes_tokens_back(flow: &Flow) -> bool {
    flow.steps.iter().any(|step| match step {
        Step::Intervention(intervention) => matches!(intervention, Intervention::RevokeTokens),
        Step::Run(run) => {
            run.during.iter().any(|it| matches!(it.intervention, Intervention::RevokeTokens))
        }
    })
}

/// What was to go wrong did go wrong: else the flow shows nothing.
fn rules(complaints: &mut Vec<String>, stage: &Stage) {
    for fault in stage.service.faults().iter().filter(|fault| fault.fired == 0) {
        complaints.push(format!("the rule {:?} was never needed", fault.rule));
    }
}

/// No secret, token or link in anything that is shown or kept.
fn secrets(complaints: &mut Vec<String>, all: &[Played], stage: &Stage) {
    let mut shown = Vec::new();
    for played in all {
        shown.extend(played.events.iter().map(Value::to_string));
        match &played.ended {
            Ended::Crashed => {}
            Ended::NotBegun(error) => shown.push(format!("{error} {error:?}")),
            Ended::Reported(devices) => {
                shown.extend(devices.iter().map(|device| format!("{device:?}")));
                shown.extend(devices.iter().map(|device| device.handle.to_json()));
            }
        }
    }
    let files = stage.folders.iter().flat_map(|folder| stage::files(folder));
    let texts = files.filter(|file| {
        file.extension().is_some_and(|extension| extension == "json" || extension == "jsonl")
    });
    shown.extend(texts.map(|file| fs::read_to_string(file).unwrap()));
    for secret in ["emulator-secret", "eyJ", "?token="] {
        if let Some(leak) = shown.iter().find(|text| text.contains(secret)) {
            let leak: String = leak.chars().take(300).collect();
            complaints.push(format!("`{secret}` is shown or kept in {leak}"));
        }
    }
}
