//! Finds out which of a device's actions is ours when the reply does not say.

use time::{Duration, OffsetDateTime};

use super::{Adoption, Intent};
use crate::wire::{ActionType, MachineAction};
use crate::{Claims, MachineId};

/// A request as it was sent, to compare the service's actions with.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) machine: &'a MachineId,
    pub(super) intent: &'a Intent,
    /// The comment that was sent, with its marker if it carried one.
    pub(super) comment: &'a str,
    pub(super) comment_is_marked: bool,
    /// The claims of the token used, if known and readable.
    pub(super) claims: Option<&'a Claims>,
}

impl Asked<'_> {
    /// Picks the action to adopt after a request whose result is unknown, if there is one.
    pub(super) fn pick<'a>(
        &self,
        actions: &'a [MachineAction],
    ) -> Option<(Adoption, &'a MachineAction)> {
        let of_device = || actions.iter().filter(|action| self.concerns(action));
        let ours = of_device().find(|action| carries(&self.intent.marker, action));
        let running = || of_device().find(|action| !action.status.is_terminal());
        let ended =
            || of_device().find(|action| action.status.is_terminal() && self.may_be_ours(action));
        ours.map(|action| (Adoption::Own, action))
            .or_else(|| running().map(|action| (self.label(action), action)))
            .or_else(|| ended().map(|action| (Adoption::Uncertain, action)))
    }

    /// Whether the action in a 2xx reply was started by this request.
    pub(super) fn started(&self, action: &MachineAction) -> bool {
        carries(&self.intent.marker, action) || self.may_be_ours(action)
    }

    /// Whether the action is a collection from our device.
    pub(super) fn concerns(&self, action: &MachineAction) -> bool {
        action.kind == ActionType::CollectInvestigationPackage
            && action.machine_id.as_deref().is_none_or(|id| self.machine.matches(id))
    }

    pub(super) fn label(&self, action: &MachineAction) -> Adoption {
        if self.may_be_ours(action) { Adoption::Uncertain } else { Adoption::Foreign }
    }

    /// Whether the action did not exist before, is not older than the request, and is not marked as
    /// another's.
    fn may_be_ours(&self, action: &MachineAction) -> bool {
        !self.intent.before.contains(&action.id)
            && action.created.is_none_or(|created| created >= earliest(self.intent.t0))
            && !self.is_marked_as_anothers(action)
    }

    fn is_marked_as_anothers(&self, action: &MachineAction) -> bool {
        let by_id = action.external_id.as_deref().is_some_and(|id| !id.trim().is_empty());
        let by_comment = self.comment_is_marked
            && action.requestor_comment.as_deref().is_some_and(|echo| {
                // A service that truncates comments also cuts off the marker.
                !echo.trim().is_empty() && !self.comment.starts_with(echo.trim())
            });
        let by_requestor = action.requestor.as_deref().is_some_and(|requestor| {
            self.claims.is_some_and(|claims| claims.excludes_requestor(requestor))
        });
        by_id || by_comment || by_requestor
    }
}

/// Whether the action carries this marker, as its external id or in its comment.
pub(super) fn carries(marker: &super::Marker, action: &MachineAction) -> bool {
    action.external_id.as_deref().is_some_and(|id| id == marker.as_str())
        || action.requestor_comment.as_deref().is_some_and(|comment| marker.is_in(comment))
}

/// The earliest creation time of an action started by a request at `t0`.
///
/// T0 comes from a `Date` header, which has whole seconds and is as old as the reply's transit
/// time.
pub(super) fn earliest(t0: OffsetDateTime) -> OffsetDateTime {
    t0.saturating_sub(Duration::seconds(5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ActionId;
    use crate::engine::Marker;
    use time::macros::datetime;

    const T0: OffsetDateTime = datetime!(2026-01-05 10:00:00 UTC);

    fn intent() -> Intent {
        Intent {
            marker: Marker::derive(&[b"ours"]),
            attempt: 1,
            post: 1,
            t0: T0,
            before: vec![ActionId::parse("old").unwrap()],
            asked_by: crate::engine::AskedBy::default(),
        }
    }

    fn action(id: &str, status: &str, created: &str, more: &str) -> MachineAction {
        let json = format!(
            r#"{{"id":"{id}","type":"CollectInvestigationPackage","status":"{status}","machineId":"M1","creationDateTimeUtc":"{created}"{more}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn pick(actions: &[MachineAction]) -> Option<(Adoption, String)> {
        let (machine, intent) = (MachineId::parse("m1").unwrap(), intent());
        let comment = intent.marker.mark("INC-42");
        let asked = Asked {
            machine: &machine,
            intent: &intent,
            comment: &comment,
            comment_is_marked: true,
            claims: None,
        };
        asked.pick(actions).map(|(adoption, action)| (adoption, action.id.to_string()))
    }

    const NEW: &str = "2026-01-05T10:00:01Z";
    const OLD: &str = "2026-01-05T09:59:54Z";

    #[test]
    fn our_marker_wins_whatever_the_status() {
        let marker = intent().marker;
        let mine = format!(r#","externalId":"{}""#, marker.as_str());
        let actions = [action("a", "Pending", NEW, ""), action("b", "Failed", OLD, &mine)];
        assert_eq!(pick(&actions), Some((Adoption::Own, "b".into())));
        let mine = format!(r#","requestorComment":"INC-42 [{}]""#, marker.as_str());
        assert_eq!(
            pick(&[action("c", "Succeeded", NEW, &mine)]),
            Some((Adoption::Own, "c".into()))
        );
    }

    #[test]
    fn a_running_one_is_adopted_and_labelled() {
        let foreign = r#","requestorComment":"from the portal""#;
        assert_eq!(
            pick(&[action("a", "InProgress", NEW, foreign)]),
            Some((Adoption::Foreign, "a".into()))
        );
        assert_eq!(pick(&[action("a", "Pending", OLD, "")]), Some((Adoption::Foreign, "a".into())));
        assert_eq!(
            pick(&[action("old", "Pending", NEW, "")]),
            Some((Adoption::Foreign, "old".into()))
        );
        assert_eq!(
            pick(&[action("a", "Pending", NEW, "")]),
            Some((Adoption::Uncertain, "a".into()))
        );
    }

    #[test]
    fn an_ended_one_is_adopted_only_if_nothing_speaks_against_it() {
        assert_eq!(
            pick(&[action("a", "Succeeded", NEW, "")]),
            Some((Adoption::Uncertain, "a".into()))
        );
        assert_eq!(pick(&[action("a", "Succeeded", OLD, "")]), None, "older than T0 - 5 s");
        assert_eq!(pick(&[action("old", "Succeeded", NEW, "")]), None, "in B");
        assert_eq!(
            pick(&[action("a", "Succeeded", NEW, r#","externalId":"SOAR-7""#)]),
            None,
            "another's marker"
        );
        assert_eq!(
            pick(&[action("a", "Succeeded", NEW, r#","requestorComment":"x""#)]),
            None,
            "another's comment"
        );
        assert_eq!(
            pick(&[action("a", "Succeeded", NEW, r#","requestorComment":"INC-4""#)]),
            Some((Adoption::Uncertain, "a".into())),
            "our comment, cut short"
        );
    }

    #[test]
    fn other_devices_and_other_actions_are_nothing_to_us() {
        let mut other = action("a", "Pending", NEW, "");
        other.machine_id = Some("m2".into());
        let mut scan = action("b", "Pending", NEW, "");
        scan.kind = ActionType::RunAntiVirusScan;
        assert_eq!(pick(&[other, scan]), None);
    }
}
