use serde_json::Value;

use crate::{
    bench::{
        Bench,
        program::number,
        report::{Limit, Report},
        rounds::{Contender, interleave},
        series::{Sample, Series},
    },
    failure::Failure,
};

/// A thousand devices at once and ten times as many, without quotas and with time that passes only
/// when all answers are there: what each device costs our process.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let fleet = |name, devices| Contender::new(name, move || collect(bench, devices));
    let contenders = vec![fleet("1,000 devices", 1_000), fleet("10,000 devices", 10_000)];
    let series = interleave(bench.rounds, contenders)?;
    let per_device = |index: usize, devices| {
        let cpu = series.get(index).and_then(Series::cpu_seconds);
        cpu.map(|cpu| cpu * 1e6 / f64::from(devices))
    };
    let (few, many) = (per_device(0, 1_000), per_device(1, 10_000));
    let growth = few.zip(many).map(|(few, many)| many / few);
    let limits = vec![Limit {
        what: "a device among 10,000 against one among 1,000",
        measured: growth,
        at_most: 1.3,
    }];
    let engine = |devices: u32| {
        let answer = bench.program.run(&["engine", &devices.to_string()])?;
        Ok::<_, Failure>(number(&answer, "cpu_seconds")? * 1e6 / f64::from(devices))
    };
    Ok(Report::new(series)
        .with_limits(limits)
        .with_figure("processor time per device among 1,000", few.unwrap_or(0.0), "µs")
        .with_figure("processor time per device among 10,000", many.unwrap_or(0.0), "µs")
        .with_figure("the engine alone, with its answers made, among 1,000", engine(1_000)?, "µs")
        .with_figure(
            "the engine alone, with its answers made, among 10,000",
            engine(10_000)?,
            "µs",
        ))
}

/// Each time with an emulator of its own, which has nothing to list from earlier times.
fn collect(bench: &Bench<'_>, devices: u32) -> Result<Sample, Failure> {
    let devices = devices.to_string();
    let life = ["--pending", "20", "--running", "100"];
    let emulator = bench.program.emulator(&[&["--devices", &devices], &life[..]].concat())?;
    let answer = bench.program.run(&["fleet", &emulator.ready, &devices])?;
    Ok(Sample {
        seconds: number(&answer, "wall_seconds")?,
        cpu_seconds: Some(number(&answer, "cpu_seconds")?),
        peak_bytes: answer.get("peak_bytes").and_then(Value::as_u64),
    })
}
