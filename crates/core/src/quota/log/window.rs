use std::time::Duration;

/// One limit, and its adjustment after 429 replies.
#[derive(Clone, Debug)]
pub(super) struct Window {
    most: usize,
    length: Duration,
    halvings: u32,
    /// The end of the last closure; from here a whole window without a 429 must pass.
    clean_from: Duration,
}

impl Window {
    pub(super) fn new((calls, length): (u32, Duration), share: f64) -> Self {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 0 to 1 of a `u32` is a `u32`"
        )]
        let most = (f64::from(calls) * share).floor() as usize;
        Self { most: most.max(1), length, halvings: 0, clean_from: Duration::ZERO }
    }

    pub(super) fn length(&self) -> Duration {
        self.length
    }

    /// How many calls may be open or recent at once.
    pub(super) fn limit(&self, now: Duration) -> usize {
        if self.is_clean(now) {
            return self.most;
        }
        self.most.checked_shr(self.halvings).unwrap_or_default().max(1)
    }

    /// When the full limit applies again; `None` if it does now.
    pub(super) fn recovers(&self) -> Option<Duration> {
        (self.halvings > 0).then(|| self.clean_from.saturating_add(self.length))
    }

    pub(super) fn halve(&mut self, now: Duration, until: Duration) {
        self.halvings = if self.is_clean(now) { 1 } else { self.halvings.saturating_add(1) };
        self.clean_from = now.max(until);
    }

    /// Extends the closure that halved the limit.
    pub(super) fn extend(&mut self, until: Duration) {
        self.clean_from = self.clean_from.max(until);
    }

    /// Adopts the adjustment of another log's window of the same limit, whose clock shows `then`
    /// when ours shows `now`.
    pub(super) fn absorb(&mut self, other: &Self, then: Duration, now: Duration) {
        let dirty_for = other.recovers().map_or(Duration::ZERO, |at| at.saturating_sub(then));
        if dirty_for.is_zero() {
            return;
        }
        let halvings = if self.is_clean(now) { 0 } else { self.halvings };
        self.halvings = halvings.max(other.halvings);
        let clean_from = now.saturating_add(dirty_for).saturating_sub(self.length);
        self.clean_from = self.clean_from.max(clean_from);
    }

    fn is_clean(&self, now: Duration) -> bool {
        self.recovers().is_none_or(|at| now >= at)
    }
}
