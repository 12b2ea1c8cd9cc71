//! What is stopped at the service too, and what is said where it is not.

use mde_forensics_core::engine::{EventKind, StopHow};
use serde_json::json;

use crate::handles::{accepted, ended, intended, known};
use crate::rig::{self, Next, Rig};

fn at_service() -> StopHow {
    StopHow::AtService { comment: "over".to_owned() }
}

#[test]
fn a_stop_at_the_service_stops_also_where_the_action_has_ended_meanwhile() {
    let ledger = [known(vec![intended(), accepted("a1", "Pending")])];
    let mut rig =
        Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&ledger[0])]).downloading();
    let poll = rig.sent_to("/machineactions/a1");
    rig.engine.cancel(None, &at_service(), rig.clock());
    let cancel = rig.sent_to("/machineactions/a1/cancel");
    rig.reply(poll, 200, &rig::action("a1", "Succeeded"));
    rig.go();
    rig.reply(cancel, 200, &rig::action("a1", "Succeeded"));
    let Next::Done(report) = rig.go() else { panic!("it goes on with the package") };
    assert_eq!(ended(&report), ("stopped", None));
}

#[test]
fn a_stop_at_the_service_stops_also_what_only_a_handle_tells_of_and_has_ended_meanwhile() {
    for (status, outcome) in
        [("Succeeded", "stopped"), ("Failed", "failed"), ("TimeOut", "service_timed_out")]
    {
        let handle = known(vec![intended(), accepted("a1", "Pending")]);
        let mut rig = Rig::new(rig::options(), vec![rig::resumed(&handle)]).downloading();
        let poll = rig.sent_to("/machineactions/a1");
        rig.engine.cancel(None, &at_service(), rig.clock());
        rig.reply(poll, 200, &rig::action("a1", status));
        let Next::Done(report) = rig.go() else { panic!("it goes on with the package") };
        assert_eq!(report.devices[0].outcome.name(), outcome);
    }
}

#[test]
fn a_stop_at_the_service_does_not_deny_a_request_whose_answer_is_not_known() {
    for is_lost in [false, true] {
        let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
        for (path, body) in [("/machines", rig::machines()), ("/machineactions", rig::none())] {
            let ticket = rig.sent_to(path);
            rig.reply(ticket, 200, &body);
        }
        let asked = rig.sent_to("/collectInvestigationPackage");
        if is_lost {
            rig.lose(asked);
            rig.go();
        }
        rig.engine.cancel(None, &at_service(), rig.clock());
        let Next::Done(report) = rig.go() else { panic!("it goes on") };
        assert_eq!(report.devices[0].outcome.name(), "stopped");
        let warning = rig.events.iter().find_map(|event| match &event.kind {
            EventKind::Warning { message } => Some(message.as_str()),
            _ => None,
        });
        assert_eq!(
            warning.unwrap(),
            "not cancelled at the service: what came of the request is not known yet, and a collection may still begin; \
             a later run finds it"
        );
    }
}

#[test]
fn somebody_elses_action_is_not_cancelled_because_a_handle_says_that_it_is_ours() {
    for (comment, cancels) in [("from the portal", 0), ("", 1)] {
        let handle = known(vec![intended(), accepted("a1", "Pending")]);
        let mut rig = Rig::new(rig::options(), vec![rig::resumed(&handle)]);
        rig.go();
        rig.engine.cancel(None, &at_service(), rig.clock());
        let mut cancelled = 0;
        let report = rig.run(|request| {
            cancelled += usize::from(request.uri().path().ends_with("/cancel"));
            let status = if cancelled > 0 { "Cancelled" } else { "Pending" };
            let mut action = rig::action("a1", status);
            action["requestorComment"] = json!(comment);
            Some((200, action))
        });
        assert_eq!(cancelled, cancels);
        let outcome = report.devices[0].outcome.name();
        assert_eq!(outcome, if cancels == 1 { "cancelled" } else { "stopped" });
    }
}
