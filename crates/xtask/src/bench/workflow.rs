use std::{cell::RefCell, num::NonZeroUsize};

use serde_json::Value;

use crate::{
    bench::{
        Bench,
        program::{Running, number},
        report::{Limit, Report},
        rounds::{Contender, interleave},
        series::Sample,
    },
    failure::Failure,
};

/// From a device's id to the link of its package, again and again on one connection that is kept.
/// The measured program makes sure first that both contenders make the same calls.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    // Short runs and many of them: whatever else the machine does then falls into few.
    let rounds = bench.rounds.saturating_mul(FINER);
    let devices = 2 + 2 * usize::from(AT_ONCE) * (rounds.get() + 1);
    let emulator = bench.program.emulator(&["--devices", &devices.to_string()])?;
    let mut workflow = bench.program.start(&["workflow", &emulator.ready])?;
    let calls: Value = serde_json::from_str(&workflow.line()?)?;

    let workflow = RefCell::new(workflow);
    let contender = |name, asked: &'static str| {
        let workflow = &workflow;
        Contender::new(name, move || sample(&mut workflow.borrow_mut(), asked))
    };
    let contenders = vec![contender("bare reqwest", "bare"), contender("mde-forensics", "client")];
    let series = interleave(rounds, contenders)?;
    let ratio = match series.as_slice() {
        [bare, client] => client.ratio_to(bare),
        _ => None,
    };
    let limits = vec![Limit { what: "ratio to bare reqwest", measured: ratio, at_most: 1.15 }];
    let calls = calls.get("calls").and_then(Value::as_array).into_iter().flatten();
    let mut report = Report::new(series).with_limits(limits);
    report.notes.push("calls of both, in this order:".to_owned());
    report.notes.extend(calls.filter_map(Value::as_str).map(|call| format!("  {call}")));
    Ok(report)
}

fn sample(workflow: &mut Running, asked: &str) -> Result<Sample, Failure> {
    let seconds = number(&workflow.ask(&format!("{asked} {AT_ONCE}"))?, "seconds")?;
    Ok(Sample { seconds: seconds / f64::from(AT_ONCE), ..Sample::default() })
}

/// Workflows in one run of a contender.
const AT_ONCE: u16 = 20;
const FINER: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4);
