use std::{fs, process::Command};

use crate::{
    bench::{
        Bench, child,
        program::{argument, number},
        report::{Limit, Report},
        rounds::{Contender, interleave},
        table::mebibytes,
    },
    failure::Failure,
};

/// Structure and every member's CRC of a package of 1 GiB, three quarters of it deflated.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Report, Failure> {
    let file = bench.scratch.join("package.zip");
    let file_text = argument(&file)?;
    let written = bench.program.run(&["package", file_text, &(1_u64 << 30).to_string()])?;
    let bytes = mebibytes(fs::metadata(&file)?.len());

    let unzip = || {
        let mut unzip = Command::new("unzip");
        unzip.arg("-t").arg(&file);
        child::measure(unzip)
    };
    let contenders = vec![
        Contender::new("unzip -t", unzip),
        Contender::new("mde-forensics", || {
            child::measure(bench.program.command(&["verify", file_text]))
        }),
        Contender::new("mde-forensics, with SHA-256", || {
            child::measure(bench.program.command(&["verify", file_text, "--sha256"]))
        }),
    ];
    let series = interleave(bench.rounds, contenders)?;
    fs::remove_file(&file)?;
    let ratio = match series.as_slice() {
        [unzip, ours, _] => ours.ratio_to(unzip),
        _ => None,
    };
    let limits = vec![Limit { what: "ratio to `unzip -t`", measured: ratio, at_most: 0.7 }];
    Ok(Report::new(series)
        .with_limits(limits)
        .with_figure("members", number(&written, "members")?, "")
        .with_figure("inflated", number(&written, "inflated_bytes")? / f64::from(1 << 20), "MiB")
        .with_figure("package", bytes, "MiB"))
}
