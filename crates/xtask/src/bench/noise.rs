use std::path::Path;

use crate::{
    bench::{
        Bench, child,
        report::{Limit, Report},
        rounds::{Contender, interleave},
    },
    failure::Failure,
};

/// Measures one program against itself. On a quiet machine the ratio is 1; where it is not, no
/// other ratio of that run says anything.
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
    let limit = Limit { what: "two equal runs are apart by", measured: apart, at_most: 1.1 };
    Ok(Report::new(series).with_limits(vec![limit]))
}
