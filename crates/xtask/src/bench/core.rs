use serde_json::Value;

use crate::{
    bench::{
        Bench,
        report::{Limit, Report},
    },
    failure::Failure,
};

/// One request made and one answer read, with nothing sent.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let found = bench.program.run(&["core"])?;
    let of = |kind: &str| found.get(kind).and_then(Value::as_object).cloned().unwrap_or_default();
    let (objects, rows) = (of("objects"), of("rows"));
    let slowest = objects.values().filter_map(Value::as_f64).max_by(f64::total_cmp);
    let limits =
        vec![Limit { what: "slowest single object, µs", measured: slowest, at_most: 10.0 }];
    let mut report = Report::new(Vec::new()).with_limits(limits);
    report.notes.push("a list among the objects has one row".to_owned());
    for (name, micros) in objects {
        report = report.with_figure(&name, micros.as_f64().unwrap_or(0.0), "µs");
    }
    for (name, micros) in rows {
        let name = format!("{name}, of 1,000 rows, per row");
        report = report.with_figure(&name, micros.as_f64().unwrap_or(0.0), "µs");
    }
    Ok(report)
}
