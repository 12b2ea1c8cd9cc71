/// One run of one contender.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    /// Wall time.
    pub(crate) seconds: f64,
    /// User and system time of the whole process.
    pub(crate) cpu_seconds: Option<f64>,
    /// Peak of resident memory.
    pub(crate) peak_bytes: Option<u64>,
}

/// All runs of one contender, in the order of the rounds.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<Sample>,
}

impl Series {
    /// The median of the wall times, in seconds.
    pub(crate) fn seconds(&self) -> Option<f64> {
        median(self.samples.iter().map(|sample| sample.seconds))
    }

    /// The median of the processor times, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Option<f64> {
        median(self.samples.iter().filter_map(|sample| sample.cpu_seconds))
    }

    /// The highest peak of memory, in bytes: a limit on memory holds for every run.
    pub(crate) fn peak_bytes(&self) -> Option<u64> {
        self.samples.iter().filter_map(|sample| sample.peak_bytes).max()
    }

    /// The median, over the rounds, of this wall time to that of `other` in the same round.
    pub(crate) fn ratio_to(&self, other: &Self) -> Option<f64> {
        let rounds = self.samples.iter().zip(&other.samples);
        median(rounds.map(|(own, other)| own.seconds / other.seconds))
    }
}

/// The middle value, or the mean of the two in the middle.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = values.len() / 2;
    let high = *values.get(upper)?;
    if values.len() % 2 == 1 {
        return Some(high);
    }
    let low = *values.get(upper.checked_sub(1)?)?;
    Some(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(seconds: &[f64]) -> Series {
        let sample = |seconds| Sample { seconds, ..Sample::default() };
        Series { name: "a", samples: seconds.iter().copied().map(sample).collect() }
    }

    fn is(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-9)
    }

    #[test]
    fn the_median_ignores_one_bad_round() {
        assert!(is(series(&[1.0, 99.0, 2.0]).seconds(), 2.0));
        assert!(is(series(&[4.0, 1.0, 3.0, 2.0]).seconds(), 2.5));
        assert_eq!(series(&[]).seconds(), None);
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        // The machine was ten times slower in the second round, for both.
        let (own, other) = (series(&[2.0, 20.0, 2.0]), series(&[1.0, 10.0, 1.0]));
        assert!(is(own.ratio_to(&other), 2.0));
    }
}
