//! One package from its link to the output folder.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use mde_forensics::{MemoryLedger, SystemClock};
use mde_forensics_core::engine::{EventKind, Handle, Outcome, Until};
use serde_json::{Value, json};

use crate::clock::Stepped;
use crate::service::Service;
use crate::{Result, process};

/// Collects from the first device, without the download.
#[expect(clippy::needless_pass_by_value, reason = "every program takes what it was given")]
pub(crate) fn prepare(service: Service) -> Result<Value> {
    crate::runtime()?.block_on(async {
        let control = service.control()?;
        let token = control.token().await?;
        let machines = control.machines().await?;
        let machine = machines.first().ok_or("the emulator has no device")?;
        let client = service.client(&token, Arc::new(Stepped::new(control)))?;
        let mut run = client.run("measured")?;
        run.options.until = Until::Ready;
        let report = client.collect(machine, &run).await?;
        let action = match (&report.outcome, report.handle.action()) {
            (Outcome::Ready, Some(action)) => &action.id,
            (outcome, _) => return Err(format!("the device ended in {outcome:?}").into()),
        };
        let link = client.package_link(action).await?;
        Ok(json!({ "handle": report.handle.to_json(), "link": link.expose() }))
    })
}

/// Downloads and seals the package of a collection that is ready.
pub(crate) fn run(service: &Service, handle: &str, folder: PathBuf) -> Result<Value> {
    let runtime = crate::runtime()?;
    let token = runtime.block_on(async { service.control()?.token().await })?;
    let client = service.client(&token, Arc::new(SystemClock::new()))?;
    let handle = Handle::parse(handle, service.tenant(), &service.api)?;
    let times = Arc::new(Mutex::new(Times::default()));
    let run = client
        .run("measured")?
        .into_folder(&folder)
        .with_ledger(Arc::new(Mutex::new(MemoryLedger::default())))
        .on_event({
            let times = Arc::clone(&times);
            move |event| {
                times.lock().unwrap_or_else(PoisonError::into_inner).hear(&event.kind, &folder);
            }
        });
    let idle = process::resident_bytes()?;
    let report = runtime.block_on(client.resume(vec![handle], &run))?;
    let peak = process::peak_bytes()?;
    match report.devices.first().map(|device| &device.outcome) {
        Some(Outcome::Collected(stored)) => {
            let times = times.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(json!({
                "bytes": stored.size,
                "idle_bytes": idle,
                "peak_bytes": peak,
                "download_seconds": seconds(times.linked, times.complete)?,
                "sync_seconds": seconds(times.complete, times.synced)?,
                "seal_seconds": seconds(times.synced, times.verified)?,
            }))
        }
        outcome => Err(format!("the download ended in {outcome:?}").into()),
    }
}

/// When what was heard of.
#[derive(Debug, Default)]
struct Times {
    linked: Option<Instant>,
    complete: Option<Instant>,
    synced: Option<Instant>,
    verified: Option<Instant>,
}

impl Times {
    fn hear(&mut self, event: &EventKind, folder: &Path) {
        match event {
            EventKind::LinkIssued { .. } => self.linked = Some(Instant::now()),
            EventKind::Progress { received, total }
                if Some(*received) == *total && self.complete.is_none() =>
            {
                self.complete = Some(Instant::now());
                // Sealing begins with the sync, which is stated apart; after this one nothing is left to it.
                self.synced = sync(folder).is_ok().then(Instant::now);
            }
            EventKind::Verified { .. } => self.verified = Some(Instant::now()),
            _ => {}
        }
    }
}

fn sync(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "part") {
            OpenOptions::new().write(true).open(path)?.sync_all()?;
        }
    }
    Ok(())
}

fn seconds(from: Option<Instant>, to: Option<Instant>) -> Result<f64> {
    let (from, to) = from.zip(to).ok_or("an event of the download was not heard")?;
    Ok((to - from).as_secs_f64())
}
