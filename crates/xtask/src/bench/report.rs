use std::{num::NonZeroUsize, thread};

use serde_json::{Value, json};

use crate::bench::series::{Sample, Series};

/// What one benchmark found.
#[derive(Debug)]
pub(crate) struct Report {
    /// The contenders; the others are compared with the first.
    pub(crate) series: Vec<Series>,
    pub(crate) limits: Vec<Limit>,
}

/// A figure that we promise not to exceed.
#[derive(Debug)]
pub(crate) struct Limit {
    /// The figure, in words.
    pub(crate) what: &'static str,
    pub(crate) measured: Option<f64>,
    pub(crate) at_most: f64,
}

impl Report {
    /// No limit is broken. A figure that could not be measured keeps no promise.
    pub(crate) fn is_good(&self) -> bool {
        self.limits.iter().all(Limit::holds)
    }

    /// The wall time of `series` against that of the first.
    pub(crate) fn ratio(&self, series: &Series) -> Option<f64> {
        series.ratio_to(self.series.first()?)
    }

    /// All samples and all figures, for machines. Times are in seconds, memory is in bytes.
    pub(crate) fn to_json(&self, name: &str) -> Value {
        let series = self.series.iter().map(|series| {
            json!({
                "name": series.name,
                "median_seconds": series.seconds(),
                "median_cpu_seconds": series.cpu_seconds(),
                "peak_bytes": series.peak_bytes(),
                "ratio": self.ratio(series),
                "samples": series.samples.iter().map(sample).collect::<Vec<_>>(),
            })
        });
        let limits = self.limits.iter().map(|limit| {
            json!({
                "what": limit.what,
                "measured": limit.measured,
                "at_most": limit.at_most,
                "holds": limit.holds(),
            })
        });
        json!({
            "name": name,
            "contenders": series.collect::<Vec<_>>(),
            "limits": limits.collect::<Vec<_>>(),
        })
    }
}

impl Limit {
    pub(crate) fn holds(&self) -> bool {
        self.measured.is_some_and(|measured| measured <= self.at_most)
    }
}

/// A whole run, with what one must know about the machine to read it.
pub(crate) fn run_to_json(rounds: NonZeroUsize, benchmarks: &[Value]) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "cpus": thread::available_parallelism().map_or(1, NonZeroUsize::get),
        "rounds": rounds,
        "benchmarks": benchmarks,
    })
}

fn sample(sample: &Sample) -> Value {
    json!({
        "seconds": sample.seconds,
        "cpu_seconds": sample.cpu_seconds,
        "peak_bytes": sample.peak_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(measured: Option<f64>) -> Limit {
        Limit { what: "ratio", measured, at_most: 1.15 }
    }

    #[test]
    fn a_limit_holds_up_to_its_very_figure() {
        assert!(limit(Some(1.15)).holds());
        assert!(!limit(Some(1.16)).holds());
    }

    #[test]
    fn what_was_not_measured_keeps_no_promise() {
        let report = Report { series: Vec::new(), limits: vec![limit(Some(1.0)), limit(None)] };
        assert!(!report.is_good());
        assert_eq!(report.to_json("x").pointer("/limits/1/holds"), Some(&Value::Bool(false)));
    }
}
