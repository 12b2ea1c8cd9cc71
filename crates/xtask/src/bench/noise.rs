use std::path::Path;

use crate::{
    bench::{
        Bench, child,
        report::Report,
        rounds::{Contender, interleave},
    },
    failure::Failure,
};

/// Measures one program against itself. On a quiet machine the ratio is 1; where it is not, no
/// other ratio of that run says anything. That is no fault of ours, so it breaks no limit.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let python = || {
        let mut python = bench.workspace.command(Path::new("python3"));
        python.args(["-c", "sum(n * n for n in range(3_000_000))"]);
        child::measure(python)
    };
    let contenders = vec![Contender::new("once", python), Contender::new("again", python)];
    let series = interleave(bench.rounds, contenders)?;
    let ratio = match series.as_slice() {
        [once, again] => again.ratio_to(once),
        _ => None,
    };
    let apart = ratio.map(|ratio| ratio.max(1.0 / ratio));
    let mut report =
        Report::new(series).with_figure("two equal runs are apart by", apart.unwrap_or(0.0), "");
    if apart.is_none_or(|apart| apart > TOLERABLE) {
        report.notes.push("this machine is busy: the ratios of this run say little".to_owned());
    }
    Ok(report)
}

const TOLERABLE: f64 = 1.1;
