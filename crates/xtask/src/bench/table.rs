use std::fmt::Write;

use crate::bench::report::{Figure, Limit, Report};

/// A report as a table for people, one contender per line, figures and limits below.
pub(crate) fn draw(report: &Report) -> String {
    let heads = ["", "wall", "cpu", "peak memory", "ratio"].map(str::to_owned);
    let mut rows = if report.series.is_empty() { Vec::new() } else { vec![heads] };
    rows.extend(report.series.iter().map(|series| {
        [
            series.name.to_owned(),
            cell(series.seconds(), time),
            cell(series.cpu_seconds(), time),
            cell(series.peak_bytes(), |bytes| format!("{:.1} MiB", mebibytes(bytes))),
            cell(report.ratio(series), |ratio| format!("{ratio:.2}")),
        ]
    }));
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }

    let mut text = String::new();
    for row in &rows {
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            // Names stand on the left, numbers on the right.
            let cell = if column == 0 { format!("{cell}{padding}") } else { padding + cell };
            text.push_str("  ");
            text.push_str(&cell);
        }
        text.push('\n');
    }
    for figure in &report.figures {
        text.push_str(&line(figure));
    }
    for note in &report.notes {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {note}");
    }
    for limit in &report.limits {
        text.push_str(&sentence(limit));
    }
    text
}

fn line(figure: &Figure) -> String {
    let Figure { what, value, unit } = figure;
    let value = if value.fract() == 0.0 { value.to_string() } else { format!("{value:.2}") };
    format!("  {}\n", format!("{what}: {value} {unit}").trim_end())
}

fn sentence(limit: &Limit) -> String {
    let verdict = if limit.holds() { "holds" } else { "BROKEN" };
    let measured = cell(limit.measured, |measured| format!("{measured:.2}"));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {verdict}: {} {measured}, at most {:.2}", limit.what, limit.at_most);
    text
}

fn cell<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), show)
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

/// Bytes as the tables show them.
#[expect(clippy::cast_precision_loss, reason = "one decimal of a MiB is shown")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::series::{Sample, Series};

    #[test]
    fn a_table_lines_up_and_says_what_is_not_known() {
        let known = Sample { seconds: 1.5, cpu_seconds: Some(0.25), peak_bytes: Some(3 << 20) };
        let unknown = Sample { seconds: 3.0, cpu_seconds: None, peak_bytes: None };
        let limit = Limit { what: "ratio", measured: Some(2.0), at_most: 1.25 };
        let report = Report::new(vec![
            Series { name: "curl", samples: vec![known] },
            Series { name: "mde-forensics", samples: vec![unknown] },
        ])
        .with_limits(vec![limit])
        .with_figure("sync", 0.125, "s")
        .with_figure("members", 7.0, "");
        let expected = [
            "                   wall       cpu  peak memory  ratio",
            "  curl           1.50 s  250.0 ms      3.0 MiB   1.00",
            "  mde-forensics  3.00 s         -            -   2.00",
            "  sync: 0.12 s",
            "  members: 7",
            "  BROKEN: ratio 2.00, at most 1.25",
            "",
        ];
        assert_eq!(draw(&report), expected.join("\n"));
    }
}
