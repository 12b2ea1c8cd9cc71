//! Nothing leaves before what a later run must know of it is durable.

use mde_forensics_core::Code;
use mde_forensics_core::engine::{Adoption, Handle, Start};
use mde_forensics_core::ledger::Lines;
use serde_json::{Value, json};

use crate::rig::{self, Next, Rig};

fn asking(rig: &mut Rig) {
    let ticket = rig.sent_to("/machines");
    rig.reply(ticket, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
}

#[test]
fn what_the_ledger_did_not_take_at_first_is_told_again_before_the_request() {
    for fact in ["begun", "resolved"] {
        let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
        rig.loses = vec![fact];
        asking(&mut rig);
        rig.sent_to("/collectInvestigationPackage");
        let handles = Handle::fold(rig.records.clone());
        let known = handles.first().unwrap_or_else(|| panic!("nothing is known without `{fact}`"));
        assert!(known.intent().is_some() && known.machine().is_some(), "without `{fact}`");
    }
}

#[test]
fn nothing_is_asked_of_a_device_that_the_ledger_cannot_be_told_of() {
    for fact in ["begun", "intended"] {
        let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
        rig.loses = vec![fact; 9];
        asking(&mut rig);
        let Next::Done(report) = rig.go() else { panic!("it goes on without `{fact}`") };
        assert!(rig.sent.is_empty());
        let error = report.devices[0].outcome.error().unwrap();
        assert_eq!(error.code(), Code::LedgerFailed);
        assert!(error.causes()[0].contains("No space left"), "{:?}", error.causes());
        assert!(report.devices[0].handle.intent().is_none());
    }
}

#[test]
fn a_second_request_that_cannot_be_written_down_leaves_the_first_on_record() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    asking(&mut rig);
    let ticket = rig.sent_to("/collectInvestigationPackage");
    rig.lose(ticket);
    rig.loses = vec!["intended"];
    let report = rig.run(|_| Some((200, rig::none())));
    let device = &report.devices[0];
    assert_eq!(device.outcome.error().unwrap().code(), Code::LedgerFailed);
    assert_eq!(device.handle.intent().unwrap().post, 1);
}

#[test]
fn a_line_whose_counts_no_run_of_ours_comes_to_is_damage() {
    let at = "2026-01-05T10:00:00Z";
    let line = |mut record: Value, pointer: &str, count: i64| {
        (record["collection"], record["at"]) = (json!("mdef-00000000000000000001"), json!(at));
        *record.pointer_mut(pointer).unwrap() = json!(count);
        let text = format!("{}\n", json!({ "record": record }));
        Lines::read(text.as_bytes(), "ledger").map(|lines| lines.records.len())
    };
    let intent = json!({"marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": 1, "post": 1, "t0": at, "before": []});
    let mut intended = intent.clone();
    intended["fact"] = json!("intended");
    let begun = json!({"fact": "begun", "tenant": "contoso.com", "base": "https://api.security.microsoft.com",
        "device": "ws-042", "comment": "INC-42", "round": 1, "intent": intent});
    let struck = json!({"fact": "struck", "strikes": 1});
    for (record, pointer, least, most) in [
        (&begun, "/round", 1, 1_000_000),
        (&begun, "/intent/attempt", 1, 1_000_000),
        (&begun, "/intent/post", 1, 2),
        (&intended, "/attempt", 1, 1_000_000),
        (&intended, "/post", 1, 2),
        (&struck, "/strikes", 0, 9),
    ] {
        for allowed in [least, most] {
            assert_eq!(line(record.clone(), pointer, allowed).unwrap(), 1, "{pointer} {allowed}");
        }
        for hostile in [least - 1, most + 1, i64::from(u32::MAX)] {
            let error = line(record.clone(), pointer, hostile).unwrap_err();
            assert_eq!(error.code(), Code::LedgerFailed, "{pointer} {hostile}");
        }
    }
}

#[test]
fn what_a_handle_brings_of_a_request_is_written_down_at_once_or_not_at_all() {
    let intended = serde_json::json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": 1, "post": 1,
        "t0": "2026-01-05T09:59:58Z", "before": []});
    let kept = rig::handle(vec![intended]);
    let mut rig = Rig::new(rig::options(), vec![rig::resumed(&kept)]);
    rig.go();
    // The program dies when the new host's ledger has the first record and no more.
    let handles = Handle::fold(rig.records.into_iter().take(1));
    assert_eq!(handles[0].intent(), kept.intent());
    assert_eq!(handles[0].machine(), kept.machine());
}

#[test]
fn what_an_earlier_run_asked_for_is_ours_whatever_its_key() {
    let intended = json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": 1, "post": 1,
        "t0": "2026-01-05T09:59:58Z", "before": []});
    let accepted = |adoption: &str| json!({"fact": "accepted", "action": "a1", "adoption": adoption, "status": "Pending"});
    for (asked, expected) in [("own", Adoption::Own), ("foreign", Adoption::Foreign)] {
        let ledger = [rig::handle(vec![intended.clone(), accepted(asked)])];
        let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::device("ws-042")]);
        let ticket = rig.sent_to("/machines");
        rig.reply(ticket, 200, &rig::machines());
        let ticket = rig.sent_to("/machineactions");
        rig.reply(ticket, 200, &rig::list(&[rig::action("a1", "InProgress")]));
        rig.go();
        let handle = rig.engine.handle(0).unwrap();
        assert_ne!(handle.collection(), ledger[0].collection());
        assert_eq!(handle.action().unwrap().adoption, expected);
        assert_eq!(handle.intent().is_some(), expected == Adoption::Own);
    }
}

#[test]
fn a_folder_of_two_services_is_gone_on_with_at_the_one_that_is_signed_in_to() {
    let ours = rig::handle(vec![]);
    let mut theirs = serde_json::to_value(&ours).unwrap();
    theirs["base"] = json!("https://api-gcc.securitycenter.microsoft.us");
    let theirs: Handle = serde_json::from_value(theirs).unwrap();
    let options = rig::options();
    assert_eq!(Start::all(&options, &[theirs.clone(), ours]).unwrap().len(), 1);
    assert_eq!(Start::all(&options, &[theirs]).unwrap_err().code(), Code::HandleMismatch);
    assert!(Start::all(&options, &[]).unwrap().is_empty());
}
