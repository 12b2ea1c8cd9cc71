use serde_json::{Value, json};

use crate::bench::series::{Sample, Series};

/// What one benchmark found.
#[derive(Debug)]
pub(crate) struct Report {
    /// The contenders; the others are compared with the first.
    pub(crate) series: Vec<Series>,
    /// What is worth knowing and not limited.
    pub(crate) figures: Vec<Figure>,
    pub(crate) limits: Vec<Limit>,
    /// What else a reader of the table should know.
    pub(crate) notes: Vec<String>,
}

/// A figure that is stated and not limited.
#[derive(Debug)]
pub(crate) struct Figure {
    /// The figure, in words.
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
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
    pub(crate) fn new(series: Vec<Series>) -> Self {
        Self { series, figures: Vec::new(), limits: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn with_limits(mut self, limits: Vec<Limit>) -> Self {
        self.limits = limits;
        self
    }

    pub(crate) fn with_figure(mut self, what: &str, value: f64, unit: &'static str) -> Self {
        self.figures.push(Figure { what: what.to_owned(), value, unit });
        self
    }

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
        let figures = self.figures.iter().map(
            |figure| json!({ "what": figure.what, "value": figure.value, "unit": figure.unit }),
        );
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
            "figures": figures.collect::<Vec<_>>(),
            "limits": limits.collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

impl Limit {
    pub(crate) fn holds(&self) -> bool {
        self.measured.is_some_and(|measured| measured <= self.at_most)
    }
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
        let report = Report::new(Vec::new()).with_limits(vec![limit(Some(1.0)), limit(None)]);
        assert!(!report.is_good());
        assert_eq!(report.to_json("x").pointer("/limits/1/holds"), Some(&Value::Bool(false)));
    }
}
