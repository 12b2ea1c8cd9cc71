//! Many devices at once.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use mde_forensics_core::Device;
use mde_forensics_core::engine::{Outcome, Until};
use serde_json::{Value, json};

use crate::clock::Stepped;
use crate::ledger::Unlimited;
use crate::service::Service;
use crate::{Result, process};

/// Collects from the emulator's first `devices` devices and says what processor time that took.
#[expect(clippy::needless_pass_by_value, reason = "every program takes what it was given")]
pub(crate) fn run(service: Service, devices: usize) -> Result<Value> {
    crate::runtime()?.block_on(async {
        let control = service.control()?;
        let token = control.token().await?;
        let machines = control.machines().await?;
        if machines.len() < devices {
            return Err("the emulator has too few devices".into());
        }
        let wanted = machines.iter().take(devices).map(|id| Device::parse(id));
        let wanted = wanted.collect::<std::result::Result<Vec<_>, _>>()?;
        let client = service.client(&token, Arc::new(Stepped::new(control)))?;
        let mut run = client.run("measured")?;
        run.options.until = Until::Ready;
        let run = run.with_ledger(Arc::new(Mutex::new(Unlimited::default())));

        let (idle, begun) = (process::cpu_seconds()?, Instant::now());
        let report = client.collect_many(wanted, &run).await?;
        let cpu = process::cpu_seconds()? - idle;
        let is_ready = |device: &&_| matches!(device, Outcome::Ready);
        let ready = report.devices.iter().map(|device| &device.outcome).filter(is_ready).count();
        if ready != devices {
            return Err(format!("{ready} of {devices} devices became ready").into());
        }
        Ok(json!({
            "devices": devices,
            "cpu_seconds": cpu,
            "wall_seconds": begun.elapsed().as_secs_f64(),
            "peak_bytes": process::peak_bytes()?,
        }))
    })
}
