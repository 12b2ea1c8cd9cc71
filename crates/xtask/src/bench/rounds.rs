use std::{fmt, num::NonZeroUsize};

use crate::{
    bench::series::{Sample, Series},
    failure::Failure,
};

/// One way to do the job that is measured.
pub(crate) struct Contender<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> Result<Sample, Failure> + 'a>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(
        name: &'static str,
        run: impl FnMut() -> Result<Sample, Failure> + 'a,
    ) -> Self {
        Self { name, run: Box::new(run) }
    }
}

impl fmt::Debug for Contender<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Contender").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Lets the contenders take turns: one round that does not count, then `rounds` that do. Every
/// round begins with another contender, so that none always runs after the same one.
///
/// Fails with the first run that fails.
pub(crate) fn interleave(
    rounds: NonZeroUsize,
    mut contenders: Vec<Contender<'_>>,
) -> Result<Vec<Series>, Failure> {
    let mut series: Vec<_> = contenders
        .iter()
        .map(|contender| Series { name: contender.name, samples: Vec::new() })
        .collect();
    for round in 0..=rounds.get() {
        for (contender, series) in contenders.iter_mut().zip(&mut series) {
            let sample = (contender.run)()?;
            if round > 0 {
                series.samples.push(sample);
            }
        }
        contenders.rotate_left(1);
        series.rotate_left(1);
    }
    let turned = (rounds.get() + 1) % series.len().max(1);
    series.rotate_right(turned);
    Ok(series)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn contenders_take_turns_and_come_back_in_their_order() {
        let order = RefCell::new(String::new());
        let contender = |name: &'static str| {
            let order = &order;
            Contender::new(name, move || {
                order.borrow_mut().push_str(name);
                let runs = u32::try_from(order.borrow().len()).unwrap();
                Ok(Sample { seconds: f64::from(runs), ..Sample::default() })
            })
        };
        let contenders = vec![contender("a"), contender("b"), contender("c")];
        let series = interleave(NonZeroUsize::new(3).unwrap(), contenders).unwrap();
        assert_eq!(*order.borrow(), "abcbcacababc");
        assert_eq!(series.iter().map(|series| series.name).collect::<String>(), "abc");
        let seconds = |index: usize| {
            series[index].samples.iter().map(|sample| sample.seconds).collect::<Vec<_>>()
        };
        assert_eq!(seconds(0), [6.0, 8.0, 10.0]);
        assert_eq!(seconds(2), [5.0, 7.0, 12.0]);
    }

    #[test]
    fn a_run_that_fails_ends_the_benchmark() {
        let contender = Contender::new("a", || Err(Failure::new("no")));
        assert!(interleave(NonZeroUsize::MIN, vec![contender]).is_err());
    }
}
