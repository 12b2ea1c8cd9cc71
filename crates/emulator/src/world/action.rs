//! Machine actions. The status follows from an action's timeline and the time, so reading it
//! changes nothing.

use time::OffsetDateTime;

use super::Machine;
use crate::config::{End, Life, PackageLife, PastAction, Running};
use crate::package::PackageSpec;
use crate::random::Random;
use crate::text::seconds;

/// A machine action.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) title: Option<String>,
    pub(crate) actor: Actor,
    pub(crate) comment: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) machine_id: String,
    pub(crate) computer_dns_name: String,
    pub(crate) created: OffsetDateTime,
    pub(crate) cancellation: Option<Cancellation>,
    /// When it becomes readable by its id and appears in lists.
    pub(crate) readable: OffsetDateTime,
    pub(crate) listed: OffsetDateTime,
    /// The statuses with their start times, in order. The first one is the initial status.
    timeline: Vec<(OffsetDateTime, Status)>,
    package: PackageLife,
    collection_seed: u64,
}

/// Who started an action, and how.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) requestor: Option<String>,
    pub(crate) source: &'static str,
}

impl Actor {
    /// A user of the portal.
    pub(crate) fn portal(name: impl Into<String>) -> Self {
        Self { requestor: Some(name.into()), source: "Portal" }
    }
}

/// Who cancelled an action, why and when.
#[derive(Clone, Debug)]
pub(crate) struct Cancellation {
    pub(crate) requestor: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) time: OffsetDateTime,
}

/// The status of an action (`actionStatus` in the service's `$metadata`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[non_exhaustive]
pub enum Status {
    /// Somebody cancelled it.
    Cancelled,
    /// It failed.
    Failed,
    /// The device is working on it.
    InProgress,
    /// The device has not started it yet.
    Pending,
    /// It succeeded.
    Succeeded,
    /// It took too long.
    TimeOut,
}

impl Action {
    /// A collection that starts now and follows the device's life.
    pub(crate) fn collection(
        random: &mut Random,
        machine: &Machine,
        actor: Actor,
        now: OffsetDateTime,
    ) -> Self {
        let life = &machine.life;
        let begun = now.saturating_add(seconds(life.pending.max(0.0)));
        let mut timeline = vec![(now, Status::Pending), (begun, Status::InProgress)];
        timeline.extend(ending(life, begun));
        Self::new(random, machine, COLLECT, actor, now, timeline)
    }

    /// The collection that was already running when the emulator started.
    pub(super) fn running(
        random: &mut Random,
        machine: &Machine,
        running: &Running,
        now: OffsetDateTime,
    ) -> Self {
        let created = now.saturating_sub(seconds(running.age.max(0.0)));
        let mut timeline = vec![(created, Status::InProgress)];
        timeline.extend(ending(&machine.life, now));
        let actor = Actor::portal(&running.by);
        let mut action = Self::new(random, machine, COLLECT, actor, created, timeline);
        action.comment = Some(running.comment.clone());
        action.external_id.clone_from(&running.external_id);
        action
    }

    /// An action that had ended before the emulator started.
    pub(super) fn past(
        random: &mut Random,
        machine: &Machine,
        past: &PastAction,
        now: OffsetDateTime,
    ) -> Self {
        let created = now.saturating_sub(seconds(past.age.max(0.0)));
        let ended = now.saturating_sub(seconds(past.age.max(0.0) / 2.0));
        let mut timeline = vec![(created, Status::InProgress)];
        timeline.extend(past.end.status().map(|status| (ended, status)));
        let actor = Actor::portal(&past.by);
        let mut action = Self::new(random, machine, &past.kind, actor, created, timeline);
        action.comment = Some(past.comment.clone());
        action.external_id.clone_from(&past.external_id);
        action
    }

    fn new(
        random: &mut Random,
        machine: &Machine,
        kind: &str,
        actor: Actor,
        created: OffsetDateTime,
        timeline: Vec<(OffsetDateTime, Status)>,
    ) -> Self {
        Self {
            id: random.guid(),
            kind: kind.to_owned(),
            title: None,
            actor,
            comment: None,
            external_id: None,
            machine_id: machine.id.clone(),
            computer_dns_name: machine.name.clone(),
            created,
            cancellation: None,
            readable: created,
            listed: created,
            timeline,
            package: machine.life.package.clone(),
            collection_seed: random.next(),
        }
    }

    pub(crate) fn status(&self, now: OffsetDateTime) -> Status {
        self.entry(now).1
    }

    pub(crate) fn updated(&self, now: OffsetDateTime) -> OffsetDateTime {
        self.entry(now).0
    }

    /// The future changes of status.
    pub(crate) fn ahead(
        &self,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = (OffsetDateTime, Status)> {
        self.timeline.iter().copied().filter(move |&(time, _)| time > now)
    }

    pub(crate) fn is_collection(&self) -> bool {
        self.kind == COLLECT
    }

    /// Sets the status from `time` on, and drops all later changes.
    pub(crate) fn turn(&mut self, time: OffsetDateTime, status: Status) {
        self.timeline.retain(|&(past, _)| past < time);
        self.timeline.push((time, status));
    }

    pub(crate) fn forget_what_is_ahead(&mut self, now: OffsetDateTime) {
        self.timeline.retain(|&(time, _)| time <= now);
    }

    pub(crate) fn cancel(&mut self, cancellation: Cancellation) {
        self.turn(cancellation.time, Status::Cancelled);
        self.cancellation = Some(cancellation);
    }

    /// Gives its package different bytes from now on.
    pub(crate) fn change_package(&mut self) {
        self.collection_seed = self.collection_seed.wrapping_add(1);
    }

    /// The spec of its package.
    pub(crate) fn package(&self, now: OffsetDateTime) -> PackageSpec {
        // The machine's id tells one device from another, so that two packages of one are those of one device.
        let mut spec = PackageSpec::new(0, self.computer_dns_name.clone(), self.updated(now));
        spec.collection_seed = self.collection_seed;
        spec.machine_id.clone_from(&self.machine_id);
        spec.size = self.package.size;
        spec.damage.clone_from(&self.package.damage);
        spec
    }

    fn entry(&self, now: OffsetDateTime) -> (OffsetDateTime, Status) {
        let passed = self.timeline.iter().rev().find(|&&(time, _)| time <= now);
        passed.or(self.timeline.first()).copied().unwrap_or((self.created, Status::Pending))
    }
}

impl Status {
    /// Whether the status can no longer change.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::InProgress | Self::Pending)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
            Self::InProgress => "InProgress",
            Self::Pending => "Pending",
            Self::Succeeded => "Succeeded",
            Self::TimeOut => "TimeOut",
        }
    }
}

impl End {
    pub(crate) fn status(self) -> Option<Status> {
        match self {
            Self::Cancelled => Some(Status::Cancelled),
            Self::Failed => Some(Status::Failed),
            Self::Never => None,
            Self::Succeeded => Some(Status::Succeeded),
            Self::TimeOut => Some(Status::TimeOut),
        }
    }
}

fn ending(life: &Life, begun: OffsetDateTime) -> Option<(OffsetDateTime, Status)> {
    let ended = begun.saturating_add(seconds(life.running.max(0.0)));
    life.end.status().map(|status| (ended, status))
}

pub(crate) const COLLECT: &str = "CollectInvestigationPackage";
