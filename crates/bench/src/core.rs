//! Making requests and reading answers.

mod samples;

use std::hint::black_box;

use http::Response;
use mde_forensics_core::endpoint::{
    ActionFilter, CollectInvestigationPackage, GetMachine, GetMachineAction, ListMachineActions,
    ListMachines, MachineFilter, PackageUri,
};
use mde_forensics_core::wire::ActionType;
use mde_forensics_core::{AccessToken, ActionId, BaseUrl, Endpoint, MachineId};
use serde_json::{Value, json};

use crate::{Result, process};

/// Microseconds for one request made and one answer read, of each kind; for lists by the row.
pub(crate) fn run() -> Result<Value> {
    let machine = MachineId::parse(samples::MACHINE_ID)?;
    let action = ActionId::parse(samples::ACTION_ID)?;
    let collect = CollectInvestigationPackage {
        machine: machine.clone(),
        comment: "case 42: collected for the investigation".to_owned(),
        external_id: Some("mdef-00000000000000000000".to_owned()),
    };
    let actions = ListMachineActions::new(ActionFilter {
        kind: Some(ActionType::CollectInvestigationPackage),
        ..ActionFilter::default()
    });
    let machines =
        ListMachines { filter: MachineFilter::name_starts_with("ws-"), top: 1_000, next: None };

    let (device, status) = (samples::machine(0), samples::action(0));
    Ok(json!({
        "objects": {
            "get machine": micros(&GetMachine::new(samples::MACHINE_ID), 200, &device)?,
            "collect investigation package": micros(&collect, 201, &status)?,
            "get machine action": micros(&GetMachineAction { action: action.clone() }, 200, &status)?,
            "get package URI": micros(&PackageUri { action }, 200, &samples::link())?,
        },
        "rows": {
            "list machines": micros(&machines, 200, &samples::list(samples::machine))? / ROWS,
            "list machine actions": micros(&actions, 200, &samples::list(samples::action))? / ROWS,
        },
    }))
}

/// The median, over a few batches, of the processor time that one request and its answer take.
fn micros<E: Endpoint>(endpoint: &E, status: u16, body: &Value) -> Result<f64> {
    let base = BaseUrl::parse("https://api.security.microsoft.com")?;
    let token = AccessToken::new("e".repeat(1_500));
    let response = Response::builder()
        .status(status)
        .header("Content-Type", "application/json; odata.metadata=minimal")
        .header("Date", "Mon, 05 Jan 2026 10:00:00 GMT")
        .body(body.to_string().into_bytes())?;
    let batch = |times: u32| -> Result<f64> {
        let begun = process::cpu_seconds()?;
        for _ in 0..times {
            black_box(black_box(endpoint).request(&base, &token)?);
            black_box(endpoint.response(&base, black_box(&response))?);
        }
        Ok(process::cpu_seconds()? - begun)
    };
    let mut times = 1;
    while batch(times)? < BATCH {
        times *= 2;
    }
    let mut batches = (0..BATCHES).map(|_| batch(times)).collect::<Result<Vec<_>>>()?;
    batches.sort_by(f64::total_cmp);
    let median = batches.get(BATCHES / 2).copied().unwrap_or_default();
    Ok(median * 1e6 / f64::from(times))
}

/// Seconds; the kernel counts processor time in hundredths.
const BATCH: f64 = 0.3;
const BATCHES: usize = 5;
const ROWS: f64 = 1_000.0;
