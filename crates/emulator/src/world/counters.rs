//! The quotas: how many calls each app has made.

use std::collections::{BTreeMap, VecDeque};

use time::OffsetDateTime;

use crate::config::{Endpoint, QuotaScope, QuotaWindow, Quotas};
use crate::text::seconds;

/// How many calls each app has made.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    counters: BTreeMap<(String, Option<Endpoint>), Counter>,
}

/// A refusal: retry after this many whole seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Wait(pub(crate) u64);

/// The times of the calls in the last hour, and two buckets.
#[derive(Debug, Default)]
struct Counter {
    times: VecDeque<OffsetDateTime>,
    buckets: [Option<(OffsetDateTime, f64)>; 2],
}

impl Counters {
    /// Counts a call or refuses it. Refused calls are not counted.
    pub(crate) fn count(
        &mut self,
        app: &str,
        endpoint: Endpoint,
        quotas: &Quotas,
        now: OffsetDateTime,
    ) -> Result<(), Wait> {
        if !quotas.on {
            return Ok(());
        }
        let general = [(MINUTE, quotas.per_minute), (HOUR, quotas.per_hour)];
        let links = [(MINUTE, quotas.links_per_minute), (HOUR, quotas.links_per_hour)];
        let mut counted = Vec::new();
        if endpoint == Endpoint::Link {
            counted.push((Some(Endpoint::Link), links));
        }
        match quotas.scope {
            QuotaScope::App => counted.push((None, general)),
            QuotaScope::Endpoint if endpoint != Endpoint::Link => {
                counted.push((Some(endpoint), general));
            }
            QuotaScope::Endpoint => {}
        }
        let wait = counted
            .iter()
            .filter_map(|&(key, limits)| self.counter(app, key).wait(quotas.window, limits, now))
            .max();
        if let Some(wait) = wait {
            return Err(Wait(wait));
        }
        for (key, limits) in counted {
            self.counter(app, key).add(limits, now);
        }
        Ok(())
    }

    fn counter(&mut self, app: &str, key: Option<Endpoint>) -> &mut Counter {
        self.counters.entry((app.to_owned(), key)).or_default()
    }
}

impl Counter {
    /// Whole seconds until a call is allowed; `None` if it is allowed now.
    fn wait(
        &mut self,
        window: QuotaWindow,
        limits: [(f64, u32); 2],
        now: OffsetDateTime,
    ) -> Option<u64> {
        let horizon = now.saturating_sub(seconds(HOUR));
        while self.times.front().is_some_and(|&time| time <= horizon) {
            self.times.pop_front();
        }
        let mut longest: Option<f64> = None;
        for (at, (length, limit)) in limits.into_iter().enumerate() {
            let free_in = match window {
                QuotaWindow::Bucket => self.bucket(at, length, limit, now),
                QuotaWindow::Fixed => {
                    let begun = window_start(now, length);
                    (self.since(begun, true) >= limit as usize)
                        .then(|| length - (now - begun).as_seconds_f64())
                }
                QuotaWindow::Sliding => self.sliding(length, limit, now),
            };
            longest = longest.into_iter().chain(free_in).reduce(f64::max);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a wait is between 1 and 3,600 s"
        )]
        longest.map(|wait| wait.ceil().max(1.0) as u64)
    }

    fn sliding(&self, length: f64, limit: u32, now: OffsetDateTime) -> Option<f64> {
        let begun = now.saturating_sub(seconds(length));
        let count = self.since(begun, false);
        if count < limit as usize {
            return None;
        }
        // The call that has to leave the window before another may come.
        let place = self.times.len().saturating_sub(limit.max(1) as usize);
        let leaves = self.times.get(place).copied().unwrap_or(now);
        Some(length - (now - leaves).as_seconds_f64())
    }

    fn bucket(&self, at: usize, length: f64, limit: u32, now: OffsetDateTime) -> Option<f64> {
        let rate = f64::from(limit) / length;
        let level = self.level(at, length, limit, now);
        (level < 1.0).then(|| if rate > 0.0 { (1.0 - level) / rate } else { length })
    }

    fn level(&self, at: usize, length: f64, limit: u32, now: OffsetDateTime) -> f64 {
        let limit = f64::from(limit);
        match self.buckets.get(at).copied().flatten() {
            None => limit,
            Some((time, level)) => {
                (level + (now - time).as_seconds_f64() * limit / length).min(limit)
            }
        }
    }

    fn add(&mut self, limits: [(f64, u32); 2], now: OffsetDateTime) {
        self.times.push_back(now);
        for (at, (length, limit)) in limits.into_iter().enumerate() {
            let level = self.level(at, length, limit, now) - 1.0;
            if let Some(bucket) = self.buckets.get_mut(at) {
                *bucket = Some((now, level));
            }
        }
    }

    fn since(&self, begun: OffsetDateTime, at_it_too: bool) -> usize {
        self.times.iter().filter(|&&time| time > begun || (at_it_too && time == begun)).count()
    }
}

/// The start of the current minute or hour.
fn window_start(now: OffsetDateTime, length: f64) -> OffsetDateTime {
    #[expect(clippy::cast_possible_truncation, reason = "60 or 3,600")]
    let length = length as i64;
    let start = now.unix_timestamp().div_euclid(length) * length;
    OffsetDateTime::from_unix_timestamp(start).unwrap_or(now)
}

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use time::macros::datetime;

    use super::{Counters, Wait};
    use crate::config::{Endpoint, QuotaScope, QuotaWindow, Quotas};
    use crate::text::seconds;

    /// Half a minute before a whole minute.
    const START: OffsetDateTime = datetime!(2026-01-05 10:00:30 UTC);

    fn quotas(window: QuotaWindow) -> Quotas {
        Quotas { window, ..Quotas::default() }
    }

    /// What the calls of these endpoints and seconds come to.
    fn run(quotas: &Quotas, calls: &[(Endpoint, f64)]) -> Vec<Result<(), Wait>> {
        let mut counters = Counters::default();
        calls
            .iter()
            .map(|&(endpoint, at)| counters.count("app", endpoint, quotas, START + seconds(at)))
            .collect()
    }

    fn links(times: &[f64]) -> Vec<(Endpoint, f64)> {
        times.iter().map(|&at| (Endpoint::Link, at)).collect()
    }

    #[test]
    fn a_sliding_window_frees_a_call_a_minute_after_the_one_before_last() {
        let results =
            run(&quotas(QuotaWindow::Sliding), &links(&[0.0, 10.0, 20.0, 59.9, 60.0, 61.0]));
        assert_eq!(results, [Ok(()), Ok(()), Err(Wait(40)), Err(Wait(1)), Ok(()), Err(Wait(9))]);
    }

    #[test]
    fn a_fixed_window_starts_anew_with_the_minute() {
        let results =
            run(&quotas(QuotaWindow::Fixed), &links(&[0.0, 10.0, 20.0, 30.0, 31.0, 32.0]));
        assert_eq!(results, [Ok(()), Ok(()), Err(Wait(10)), Ok(()), Ok(()), Err(Wait(58))]);
    }

    #[test]
    fn a_bucket_refills_evenly() {
        let results = run(&quotas(QuotaWindow::Bucket), &links(&[0.0, 0.0, 0.0, 30.0, 30.0, 60.0]));
        assert_eq!(results, [Ok(()), Ok(()), Err(Wait(30)), Ok(()), Err(Wait(30)), Ok(())]);
    }

    #[test]
    fn endpoints_count_apart_or_together() {
        let calls: Vec<_> = (0..101)
            .map(|at| if at % 2 == 0 { Endpoint::GetAction } else { Endpoint::GetMachine })
            .map(|endpoint| (endpoint, 0.0))
            .collect();
        let apart = quotas(QuotaWindow::Sliding);
        assert!(run(&apart, &calls).iter().all(Result::is_ok));
        let together = Quotas { scope: QuotaScope::App, ..apart };
        assert_eq!(run(&together, &calls).last(), Some(&Err(Wait(60))));
    }

    #[test]
    fn the_hour_counts_too() {
        let calls: Vec<_> =
            (0..1_501).map(|at| (Endpoint::GetAction, f64::from(at) * 0.7)).collect();
        let results = run(&quotas(QuotaWindow::Sliding), &calls);
        assert!(results[..1_500].iter().all(Result::is_ok));
        assert!(results[1_500].is_err());
    }

    #[test]
    fn quotas_can_be_off() {
        let off = Quotas { on: false, ..Quotas::default() };
        assert!(run(&off, &links(&[0.0; 50])).iter().all(Result::is_ok));
    }
}
