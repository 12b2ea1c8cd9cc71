//! Plays a flow, step by step.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics::{Account, Client, Clock as _, FileLedger, Step as Piece};
use mde_forensics_core::engine::{DeviceReport, Handle, Report};
use mde_forensics_core::{Device, Error, Tenant};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::check;
use crate::flow::{All, Devices, Flow, From, Kind, Run, Step};
use crate::intervention::{self, Intervention, seconds};
use crate::meanwhile::Meanwhile;
use crate::settings::Settings;
use crate::stage::Stage;
use crate::text::Text;

/// What one run of the client came to, and what was seen of it.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) ended: Ended,
    pub(crate) events: Vec<Value>,
    pub(crate) elapsed: Duration,
    /// The calls of this run: from this number on.
    pub(crate) first_call: u64,
    pub(crate) folder: PathBuf,
}

#[derive(Debug)]
pub(crate) enum Ended {
    Crashed,
    NotBegun(Error),
    Reported(Vec<DeviceReport>),
}

/// Plays a flow from beginning to end; all that is not as it says.
pub(crate) fn play(flow: &Flow) -> Vec<String> {
    let (stage, all, mut complaints) = perform(flow);
    check::whole(&mut complaints, flow, &all, &stage);
    complaints
}

/// Plays the steps of a flow, each held against what it says.
pub(crate) fn perform(flow: &Flow) -> (Stage, Vec<Played>, Vec<String>) {
    let mut stage = Stage::set(flow);
    let mut handles = Vec::new();
    let mut all = Vec::new();
    let mut complaints = Vec::new();
    for (number, step) in flow.steps.iter().enumerate() {
        let place = format!("step {}: ", number + 1);
        let mut found = Vec::new();
        match step {
            Step::Intervention(intervention) => found.extend(act(&mut stage, intervention).err()),
            Step::Run(run) => {
                let entropy = entropy(&flow.id, number);
                let (played, troubles) = go(&stage, flow, run, &handles, entropy);
                found.extend(troubles);
                check::run(&mut found, flow, run, &played, &stage);
                if let Ended::Reported(devices) = &played.ended {
                    handles = devices.iter().map(|device| device.handle.to_json()).collect();
                }
                all.push(played);
            }
        }
        complaints.extend(found.into_iter().map(|complaint| place.clone() + &complaint));
    }
    (stage, all, complaints)
}

/// An intervention between two runs.
fn act(stage: &mut Stage, intervention: &Intervention) -> Result<(), String> {
    match intervention {
        Intervention::Advance { seconds: length } => stage.clock.advance(seconds(*length)),
        Intervention::NewFolder => stage.new_folder(),
        Intervention::SpoilPackages => stage.spoil_packages(),
        _ => return intervention::at_service(intervention, &stage.service),
    }
    Ok(())
}

/// One run, as a process of its own would make it; also what went wrong with what happened meanwhile.
fn go(
    stage: &Stage,
    flow: &Flow,
    run: &Run,
    handles: &[String],
    entropy: [u8; 16],
) -> (Played, Vec<String>) {
    let (began, first_call) = (stage.clock.elapsed(), stage.service.calls_seen() + 1);
    let meanwhile = Meanwhile::new(stage, run);
    stage.clock.begin_run(meanwhile.alarms(run));
    // When it is dropped it waits for the work on files that has begun, as the end of a process does not; what is
    // begun is a few syscalls long.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let work = carry_out(stage, flow, run, handles, entropy, &meanwhile);
    let ended = runtime.block_on(async {
        tokio::select! {
            biased;
            () = meanwhile.crashed() => Some(Ended::Crashed),
            ended = tokio::time::timeout(REAL_LIMIT, work) => ended.ok(),
        }
    });
    drop(runtime);
    let hung = ended.is_none().then(|| {
        format!("hung for {} real seconds: it waits for what nobody does", REAL_LIMIT.as_secs())
    });
    let unrung = stage.clock.unrung();
    let late = (unrung > 0).then(|| format!("the run ended before {unrung} of its alarms"));
    let troubles = hung.into_iter().chain(late).chain(meanwhile.troubles()).collect();
    let played = Played {
        ended: ended.unwrap_or(Ended::Crashed),
        events: meanwhile.events(),
        elapsed: stage.clock.elapsed().saturating_sub(began),
        first_call,
        folder: stage.folder().to_owned(),
    };
    (played, troubles)
}

async fn carry_out(
    stage: &Stage,
    flow: &Flow,
    run: &Run,
    handles: &[String],
    entropy: [u8; 16],
    meanwhile: &Meanwhile,
) -> Ended {
    let settings = match Settings::merge(&flow.client, &run.client) {
        Ok(settings) => settings,
        Err(error) => panic!("the client's settings cannot be read: {error}"),
    };
    let work = async {
        let client = stage.client(&settings)?;
        let set = set(&client, &settings, stage, entropy, meanwhile)?;
        match run.kind {
            Kind::Collect => {
                let devices = devices(flow, run);
                let devices: Result<_, _> =
                    devices.iter().map(|name| Device::parse(name)).collect();
                client.collect_many(devices?, &set).await.map(|Report { devices, .. }| devices)
            }
            Kind::Resume if run.from == From::Folder => {
                client.resume_folder(&set).await.map(|Report { devices, .. }| devices)
            }
            Kind::Resume => {
                let read = |json: &String| {
                    Handle::parse(&edited(json, run), &settings.tenant, stage.api())
                };
                let handles: Result<_, _> = handles.iter().map(read).collect();
                client.resume(handles?, &set).await.map(|Report { devices, .. }| devices)
            }
            Kind::Step => step_through(stage, flow, run, &settings, entropy, meanwhile).await,
        }
    };
    work.await.map_or_else(Ended::NotBegun, Ended::Reported)
}

/// As a playbook that may not block does: each piece is a process of its own.
async fn step_through(
    stage: &Stage,
    flow: &Flow,
    run: &Run,
    settings: &Settings,
    entropy: [u8; 16],
    meanwhile: &Meanwhile,
) -> Result<Vec<DeviceReport>, Error> {
    let mut reports = Vec::new();
    for device in devices(flow, run) {
        let client = stage.client(settings)?;
        let mut handle =
            client.prepare(&device, &set(&client, settings, stage, entropy, meanwhile)?)?.to_json();
        loop {
            let client = stage.client(settings)?;
            let set = set(&client, settings, stage, entropy, meanwhile)?;
            let read = Handle::parse(&handle, &settings.tenant, stage.api())?;
            match client.step(read, &set, Duration::from_secs(settings.budget)).await? {
                Piece::Ended(report) => {
                    reports.push(*report);
                    break;
                }
                Piece::Later { handle: later, next } => {
                    handle = later.to_json();
                    stage.clock.advance(next);
                }
                other => panic!("a step of an unknown kind: {other:?}"),
            }
        }
    }
    Ok(reports)
}

fn set(
    client: &Client,
    settings: &Settings,
    stage: &Stage,
    entropy: [u8; 16],
    meanwhile: &Meanwhile,
) -> Result<mde_forensics::Run, Error> {
    let hear = meanwhile.clone();
    let mut run = client
        .run(&settings.comment.written_out())?
        .into_folder(stage.folder())
        .stopped_by(&meanwhile.stop)
        .on_event(move |event| hear.hear(&serde_json::to_value(event).unwrap()));
    settings.apply(&mut run, entropy);
    if let Some(quotas) = settings.quotas() {
        let account = Account::new(&Tenant::parse(client.tenant())?, None);
        let ledger = FileLedger::open(stage.folder(), &account, quotas, stage.clock.now())?;
        run = run.with_ledger(Arc::new(Mutex::new(ledger)));
    }
    Ok(run)
}

/// Whom the run is asked to collect from.
pub(crate) fn devices(flow: &Flow, run: &Run) -> Vec<String> {
    match &run.devices {
        Devices::Named(names) => names.iter().map(Text::written_out).collect(),
        Devices::All(All::Fleet) => {
            flow.service.fleet.iter().flat_map(crate::flow::Fleet::names).collect()
        }
    }
}

/// The handle with the run's edits, each to a field at the top or, where it begins with `/`, to what a JSON pointer names.
fn edited(json: &str, run: &Run) -> String {
    if run.edit.is_empty() {
        return json.to_owned();
    }
    let mut handle: Value = serde_json::from_str(json).unwrap();
    for (key, value) in &run.edit {
        match handle.pointer_mut(key).filter(|_| key.starts_with('/')) {
            Some(place) => place.clone_from(value),
            None => handle[key] = value.clone(),
        }
    }
    handle.to_string()
}

fn entropy(id: &str, number: usize) -> [u8; 16] {
    let hash = Sha256::digest(format!("{id} {number}"));
    std::array::from_fn(|at| hash[at])
}

/// Far more than any flow needs on a slow machine.
const REAL_LIMIT: Duration = Duration::from_secs(120);
