//! What must hold at every step and at the end.

use std::time::Duration;

use mde_forensics_core::engine::{
    Adoption, Custody, DeviceReport, Fact, Handle, Limit, Outcome, Record, Report,
};
use mde_forensics_core::{Code, Error};

use crate::driver::Disk;
use crate::seconds;
use crate::service::Action;
use crate::unknowns::ExternalId;
use crate::world::World;

impl World {
    /// The intent is durable before the request leaves, is of this request, and carries its marker.
    pub(crate) fn check_request(&self, machine: &str, external_id: Option<&str>, comment: &str) {
        let handles = Handle::fold(self.durable.clone());
        let now = self.service.epoch + self.now;
        let is_fresh = |handle: &&Handle| {
            let intent = handle.intent();
            intent.is_some_and(|intent| now - intent.t0 < time::Duration::seconds(30))
        };
        let intent = handles
            .iter()
            .filter(|handle| handle.machine().is_some_and(|found| found.id.as_str() == machine))
            .rfind(is_fresh)
            .and_then(Handle::intent)
            .expect("the request left before its intent was durable");
        if let Some(external_id) = external_id {
            assert_eq!(external_id, intent.marker.as_str());
        }
        if self.options.mark_comment {
            assert!(intent.marker.is_in(comment));
        }
        assert!(
            external_id.is_some()
                || self.options.mark_comment
                || !self.options.send_external_id
                || self.service.unknowns.external_id == ExternalId::Refused
        );
    }

    /// Nothing is cancelled that somebody else may have asked for.
    pub(crate) fn check_cancel(&self, action: &str) {
        let action = self.action(action);
        assert!(action.is_engines || action.is_unmarked(), "another's: {action:?}");
    }

    /// What is adopted at its end is neither older than the request nor known to be another's.
    pub(crate) fn check_accepted(&mut self, record: &Record) {
        let Fact::Accepted { action, adoption, status, .. } = &record.fact else { return };
        if !self.accepted.insert(action.to_string()) {
            return;
        }
        let action = self.action(action.as_str());
        match adoption {
            Adoption::Own => assert!(action.is_engines || action.is_unmarked(), "{action:?}"),
            _ if status.is_terminal() && !action.is_engines => {
                let handles = Handle::fold(
                    self.durable.iter().chain(self.unacknowledged.iter().map(|(_, r)| r)).cloned(),
                );
                let handle = handles.iter().find(|handle| handle.collection() == record.collection);
                if let Some(intent) = handle.and_then(Handle::intent) {
                    let t0 = intent.t0 - time::Duration::seconds(5);
                    assert!(
                        self.service.epoch + action.created >= t0,
                        "older than the request: {action:?}, T0 {}",
                        intent.t0
                    );
                    assert!(
                        !intent.before.iter().any(|id| id.as_str() == action.id),
                        "in B: {action:?}"
                    );
                }
            }
            _ => {}
        }
    }

    /// What came last of this collection, in the order of the ledger, is no request of which nothing is known.
    pub(crate) fn check_not_in_doubt(&self, collection: &str) {
        let mut in_doubt = false;
        for record in self.durable.iter().filter(|record| record.collection == collection) {
            in_doubt = match &record.fact {
                Fact::Intended(_) | Fact::Doubted(_) => true,
                Fact::Accepted { .. } | Fact::Refused { .. } => false,
                // It was looked for until it must have shown.
                Fact::Ended { code, .. } => {
                    let given_up = [Code::AlreadyRunning, Code::CollectionUncertain];
                    in_doubt && !code.is_some_and(|code| given_up.contains(&code))
                }
                _ => in_doubt,
            };
        }
        assert!(!in_doubt, "asked anew, where a request is in doubt");
    }

    /// The manifest names who asked and who downloads, and nobody in their stead.
    pub(crate) fn check_custody(&self, custody: &Custody) {
        assert_eq!(custody.downloaded_by.application.as_deref(), Some(self.person));
        let action = self.action(custody.action.as_ref().unwrap().as_str());
        if custody.adoption == Some(Adoption::Own) && custody.asked_by.application.is_some() {
            assert_eq!(custody.asked_by.application, action.asked_by, "{action:?}");
        }
    }

    /// Each device of a run ends once, in a way for which there is a reason, and in time.
    pub(crate) fn check_end(&self, report: &Report) {
        let took = self.now.checked_sub(self.begun).unwrap();
        let deadline = self.options.deadline.unwrap();
        assert!(took <= deadline + seconds(5), "{took:?}, where {deadline:?} was the deadline");
        if !self.troubles.steps {
            assert!(took <= seconds(14_400), "a run of {took:?}");
        }
        assert_eq!(report.devices.len(), self.devices.len(), "one outcome for each device");
        for (index, ((device, _), ended)) in self.devices.iter().zip(&report.devices).enumerate() {
            assert_eq!(device, &ended.device);
            self.check_outcome(&ended.outcome, &ended.handle, self.ended_at[&index]);
            self.check_resumable(ended);
        }
    }

    /// What may still come of it can be gone on with; and where nothing goes wrong any more, it has come.
    fn check_resumable(&self, ended: &DeviceReport) {
        let (outcome, handle) = (&ended.outcome, &ended.handle);
        let is_collected = matches!(outcome, Outcome::Collected(_));
        if let Some(action) = handle.action().map(|action| self.action(action.id.as_str())) {
            let is_over = action.status(self.now) == action.end && action.end != "Succeeded";
            assert!(
                is_collected || is_over || ended.is_resumable(),
                "{outcome:?} loses {action:?}"
            );
        }
        if self.is_healed {
            let code = outcome.error().map(Error::code);
            let is_final = match outcome {
                Outcome::Cancelled(_)
                | Outcome::Collected(_)
                | Outcome::DeadlineReached { limit: Limit::Timeout, .. }
                | Outcome::ServiceTimedOut => true,
                _ => matches!(
                    code,
                    Some(Code::AlreadyRunning | Code::CollectionFailed | Code::CollectionUncertain)
                ),
            };
            assert!(is_final, "nothing goes wrong any more, and yet {outcome:?}");
        }
    }

    /// What must hold over all runs.
    pub(crate) fn check_whole(&self, report: &Report) {
        for machine in &self.service.machines {
            let ours: Vec<_> = self
                .service
                .actions
                .iter()
                .filter(|action| action.machine == machine.id && action.is_engines)
                .collect();
            // Who asks anew, without a key, for what was asked long ago wishes for another.
            let wishes = 1 + self.renewed.get(&machine.id).copied().unwrap_or_default();
            assert!(ours.len() <= wishes, "asked twice: {ours:#?}");
            for (one, other) in ours.iter().zip(ours.iter().skip(1)) {
                let is_same = one.sent == other.sent && one.is_sent_marked();
                assert!(!is_same, "the same request twice: {ours:#?}");
                let shown = one.created + self.service.unknowns.list_lag;
                // Under a key, asking again after a bad end is the wish for another.
                let has_failed = one.ends <= other.created && one.end != "Succeeded";
                let is_shown =
                    other.created >= shown || has_failed && self.renewed.contains_key(&machine.id);
                assert!(is_shown, "asked before the first could show: {ours:#?}");
            }
        }
        for (action, times) in &self.sealed {
            assert!(*times <= self.hosts, "{action} was downloaded {times} times");
        }
        for action in self.service.actions.iter().filter(|action| action.is_engines) {
            let is_said = |(device, ended): (&(String, String), &DeviceReport)| {
                let code = ended.outcome.error().map(Error::code);
                device.1 == action.machine
                    && (ended.is_resumable() || code == Some(Code::CollectionUncertain))
            };
            let mut reports = self.devices.iter().zip(&report.devices);
            // Whoever asks anew leaves the earlier collection to its own handle.
            let is_known = self.accepted.contains(&action.id)
                || self.renewed.contains_key(&action.machine)
                || reports.any(is_said);
            assert!(is_known, "lost: {action:?}");
        }
        let (calls, most) = (self.service.calls, self.most_calls());
        assert!(calls <= most, "{calls} calls, where {most} are enough");
        self.check_quota();
        self.check_secrets(report);
    }

    /// A bound for the calls: so many for a run's beginnings and repeats, and polling for as long as it went on.
    pub(crate) fn most_calls(&self) -> u64 {
        let each = 45 * self.runs + self.alive.as_secs() / 9;
        each * self.devices.len() as u64
    }

    fn check_outcome(&self, outcome: &Outcome, handle: &Handle, at: Duration) {
        let action = handle.action().map(|action| self.action(action.id.as_str()));
        let ended_as =
            action.filter(|action| action.status(self.now) == action.end).map(|action| action.end);
        match outcome {
            Outcome::Collected(stored) => {
                assert_eq!(ended_as, Some("Succeeded"));
                match self.disk.get(&stored.name) {
                    Some(Disk::Sealed { action: of }) => {
                        assert_eq!(of, &action.unwrap().id, "the package of another action");
                    }
                    other => panic!("collected, but on disk lies {other:?}"),
                }
            }
            Outcome::Cancelled(how) => {
                assert_eq!(ended_as, Some("Cancelled"));
                assert_eq!(how.requestor, action.unwrap().cancelled_by);
            }
            Outcome::ServiceTimedOut => assert_eq!(ended_as, Some("TimeOut")),
            Outcome::DeadlineReached { limit: Limit::Deadline, .. } => {
                let took = at.checked_sub(self.begun).unwrap();
                assert!(Some(took) >= self.options.deadline, "before the deadline");
                let is_told = self.queue.said.contains("throttled");
                assert!(is_told || self.closed_to == 0, "nobody was told why");
            }
            Outcome::DeadlineReached { .. } => self.check_timeout(action.unwrap(), handle, at),
            Outcome::Stopped => assert!(self.was_cancelled, "nobody stopped it"),
            Outcome::Refused(error) => {
                match error.code() {
                    Code::Forbidden | Code::Unauthorized => assert!(self.was_turned_away()),
                    other => assert!(self.lost_tokens > 0 && other == Code::TokenRefused),
                }
                let is_asked = action.is_some() || handle.intent().is_some();
                assert!(!is_asked, "refused, and yet asked: {handle:?}");
            }
            Outcome::Failed(error) => match error.code() {
                Code::CollectionFailed => assert_eq!(ended_as, Some("Failed")),
                Code::LedgerFailed => assert!(self.lost_records > 0),
                Code::Forbidden | Code::Unauthorized => assert!(self.was_turned_away()),
                Code::TokenRefused => assert!(self.lost_tokens > 0),
                // Two requests were lost, or the faults, which end after a while, outlasted its patience.
                Code::AlreadyRunning
                | Code::CollectionUncertain
                | Code::ConnectFailed
                | Code::ConnectionLost
                | Code::InvalidJson
                | Code::LinkDead
                | Code::NotFound
                | Code::PackageDamaged
                | Code::ServiceError
                | Code::TimedOut => {}
                other => panic!("no reason for {other:?}: {error}"),
            },
            other => panic!("no reason for {other:?}"),
        }
    }

    fn was_turned_away(&self) -> bool {
        self.turned_away > 0 || self.service.refused_at.is_some()
    }

    /// The timeout has passed since the acceptance, and not long ago, whoever waited.
    fn check_timeout(&self, action: &Action, handle: &Handle, at: Duration) {
        let timeout = self.options.timeout;
        let accepted = handle.action().unwrap().accepted.unwrap() - self.service.epoch;
        let accepted = Duration::try_from(accepted).unwrap();
        let since = if action.is_engines { action.created.min(accepted) } else { accepted };
        // The service's time has whole seconds, and is as old as an answer's way.
        assert!(at + seconds(5) >= since + timeout, "too early: {action:?}");
        let last = (accepted + timeout).max(self.begun) + seconds(1_200);
        // Our own queues do not count.
        assert!(at <= last || self.was_kept_waiting, "too late: {action:?}");
    }

    fn action(&self, id: &str) -> &Action {
        let mut actions = self.service.actions.iter();
        actions.find(|known| known.id == id).expect("an action of the service")
    }

    /// Counts in the service's stead: no window, fixed or sliding, ever saw too many, and one limit more only for each program
    /// that could not know of those before it.
    fn check_quota(&self) {
        for (endpoint, arrivals) in &self.service.arrivals {
            let limits: &[(usize, u64)] = if *endpoint == "link" {
                &[(2, 60), (120, 3_600)]
            } else {
                &[(100, 60), (1_500, 3_600)]
            };
            let mut arrivals = arrivals.clone();
            arrivals.sort();
            for (limit, window) in limits {
                for (at, first) in arrivals.iter().enumerate() {
                    let end = *first + seconds(*window);
                    let seen = arrivals.partition_point(|arrival| *arrival < end) - at;
                    let lapses = if seen > *limit { self.lapses(*first, end) } else { 0 };
                    assert!(
                        seen <= limit * (1 + lapses),
                        "{seen} calls of {endpoint} in {window} s, and {lapses} lapses"
                    );
                }
            }
        }
    }

    /// How many programs began in this time to which calls of before looked older than they were: only the clock on the wall
    /// tells how long ago that was, and it was put forward.
    fn lapses(&self, begin: Duration, end: Duration) -> usize {
        let mut since = begin;
        let within = self.restarts.iter().filter(|at| (begin..end).contains(*at));
        within
            .filter(|restart| {
                let known = std::mem::replace(&mut since, **restart);
                self.leaps.iter().any(|leap| (known..=**restart).contains(leap))
            })
            .count()
    }

    fn check_secrets(&self, report: &Report) {
        let ledger = serde_json::to_string(&self.all).unwrap();
        let said = format!("{ledger}{report:?}{}{:?}", self.queue.said, self.options);
        for secret in [crate::service::SECRET_LINK, crate::network::SECRET_TOKEN] {
            assert!(!said.contains(secret), "a secret was written down");
        }
    }
}
