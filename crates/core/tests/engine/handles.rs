//! A handle is what somebody kept: it may be old, and it may have been edited.

use http::Method;
use mde_forensics_core::Code;
use mde_forensics_core::engine::{
    Adoption, Answer, Engine, Fact, Fetched, Handle, Held, Intent, Options, Record, Report, Start,
    Until,
};
use serde_json::{Value, json};

use crate::rig::{self, MACHINE, Next, Rig};

const NAME: &str = "mdef-00000000000000000001";
const NOW: &str = "2026-01-05T09:59:00Z";
const ANOTHER: &str = "89abcdef0123456789abcdef0123456789abcdef";

pub(crate) fn known(facts: Vec<Value>) -> Handle {
    rig::handle_named(NAME, MACHINE, NOW, facts)
}

pub(crate) fn intended() -> Value {
    json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": 1, "post": 1,
           "t0": "2026-01-05T09:59:58Z", "before": []})
}

pub(crate) fn accepted(id: &str, status: &str) -> Value {
    json!({"fact": "accepted", "action": id, "adoption": "own", "created": "2026-01-01T00:00:00Z",
           "requestor": "boss@contoso.com", "status": status})
}

/// The handle as somebody may have edited it on its way.
fn edited(handle: &Handle, edits: &[(&str, Value)]) -> Handle {
    parsed(handle, edits).unwrap()
}

fn parsed(handle: &Handle, edits: &[(&str, Value)]) -> Result<Handle, Code> {
    let mut json: Value = serde_json::from_str(&handle.to_json()).unwrap();
    for (pointer, value) in edits {
        *json.pointer_mut(pointer).unwrap() = value.clone();
    }
    let Options { tenant, base, .. } = rig::options();
    Handle::parse(&json.to_string(), &tenant, &base).map_err(|error| error.code())
}

fn refused(ledger: &[Handle], handle: &Handle) -> Code {
    let now = Rig::new(rig::options(), vec![]).clock();
    Engine::new(rig::options(), vec![rig::resumed(handle)], ledger, now).unwrap_err().code()
}

pub(crate) fn ended(report: &Report) -> (&'static str, Option<Code>) {
    let outcome = &report.devices[0].outcome;
    (outcome.name(), outcome.error().map(mde_forensics_core::Error::code))
}

#[test]
fn the_ledger_knows_better_than_a_handle_of_long_ago() {
    let ledger = [known(vec![intended()])];
    let mut prepared = edited(&ledger[0], &[("/intent", Value::Null), ("/machine", Value::Null)]);
    for _ in 0..2 {
        let start = vec![rig::resumed(&prepared)];
        let mut rig = Rig::knowing(&ledger, rig::options(), start);
        for _ in 0..3 {
            let ticket = rig.sent_to("/machineactions");
            rig.reply(ticket, 200, &rig::none());
        }
        assert_eq!(rig.engine.handle(0).unwrap().intent(), ledger[0].intent());
        prepared = edited(&ledger[0], &[("/intent", Value::Null)]);
    }
}

#[test]
fn a_handle_that_has_come_further_than_the_ledger_is_gone_on_with() {
    let ledger = [known(vec![intended()])];
    let further = known(vec![intended(), accepted("a1", "Pending")]);
    let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&further)]);
    rig.sent_to("/machineactions/a1");
}

#[test]
fn a_handle_that_the_ledger_contradicts_is_refused() {
    let ledger = [known(vec![intended(), accepted("a1", "Pending")])];
    for edit in
        [("/device", json!("dc01")), ("/machine/id", json!(ANOTHER)), ("/action/id", json!("a2"))]
    {
        let what = edit.0;
        let code = refused(&ledger, &edited(&ledger[0], &[edit]));
        assert_eq!(code, Code::InvalidHandle, "{what}");
    }
}

#[test]
fn a_request_that_the_ledger_has_in_doubt_is_not_forgotten_over_another() {
    let ledger = [known(vec![intended()])];
    let marker = ("/intent/marker", json!("mdef-bbbbbbbbbbbbbbbbbbbb"));
    let other = edited(&ledger[0], &[marker, ("/intent/post", json!(2))]);
    let rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&other)]);
    assert_eq!(rig.engine.handle(0).unwrap().intent(), ledger[0].intent());
}

#[test]
fn no_handle_makes_the_ledger_forget() {
    let ledger = [known(vec![intended()])];
    for edit in [("/begun", json!("2026-01-05T09:59:30Z")), ("/round", json!(9))] {
        let forged = edited(&ledger[0], &[edit, ("/intent", Value::Null)]);
        let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&forged)]);
        rig.go();
        let mut told = vec![known(vec![intended()])];
        let records = ledger_records().into_iter().chain(rig.records.clone());
        told.extend(Handle::fold(records));
        assert_eq!(told[1].intent(), told[0].intent());
    }
}

fn ledger_records() -> Vec<Record> {
    let mut rig = Rig::new(rig::options(), vec![rig::resumed(&known(vec![intended()]))]);
    rig.go();
    rig.records
}

#[test]
fn a_collection_has_a_name_of_ours() {
    let mut json: Value = serde_json::from_str(&known(vec![]).to_json()).unwrap();
    json["collection"] = json!("x");
    let Options { tenant, base, .. } = rig::options();
    let error = Handle::parse(&json.to_string(), &tenant, &base).unwrap_err();
    assert_eq!(error.code(), Code::InvalidHandle);
}

#[test]
fn a_count_that_no_run_of_ours_comes_to_is_refused() {
    let handle = known(vec![intended()]);
    for (count, least, most) in [
        ("/intent/attempt", 1, 1_000_000),
        ("/intent/post", 1, 2),
        ("/round", 1, 1_000_000),
        ("/strikes", 0, 9),
    ] {
        for allowed in [least, most] {
            let handle = edited(&handle, &[(count, json!(allowed))]);
            assert_eq!(parsed(&handle, &[]).as_ref(), Ok(&handle), "{count} {allowed}");
        }
        for hostile in [least - 1, most + 1, i64::from(u32::MAX)] {
            let parsed = parsed(&handle, &[(count, json!(hostile))]);
            assert_eq!(parsed, Err(Code::InvalidHandle), "{count} {hostile}");
        }
    }
}

/// A collection under the key `INC-42` whose counts may be those of a ledger that was not read by us.
fn counting(facts: Vec<Fact>) -> Handle {
    let begun = json!({"fact": "begun", "tenant": "contoso.onmicrosoft.com", "device": "ws-042", "key": "INC-42",
                       "base": "https://api.security.microsoft.com", "comment": "INC-42"});
    let found = json!({"fact": "resolved", "machine": MACHINE, "name": "ws-042.contoso.com"});
    let record = |mut record: Value| -> Record {
        (record["collection"], record["at"]) = (json!(NAME), json!(NOW));
        serde_json::from_value(record).unwrap()
    };
    let mut records = vec![record(begun), record(found.clone())];
    records.extend(facts.into_iter().map(|fact| {
        let mut record = record(found.clone());
        record.fact = fact;
        record
    }));
    Handle::fold(records).remove(0)
}

fn fact(json: Value) -> Fact {
    let mut json = json;
    (json["collection"], json["at"]) = (json!(NAME), json!(NOW));
    serde_json::from_value::<Record>(json).unwrap().fact
}

fn asked(of: u32, repeated: u32) -> Fact {
    let mut asked = fact(intended());
    if let Fact::Intended(Intent { attempt, post, .. }) = &mut asked {
        (*attempt, *post) = (of, repeated);
    }
    asked
}

#[test]
fn an_attempt_of_any_number_costs_no_more_than_one_of_a_small_number() {
    for (made, next) in
        [(1, Some(2)), (999_999, Some(1_000_000)), (1_000_000, None), (u32::MAX, None)]
    {
        let ledger = [counting(vec![asked(made, 1), fact(accepted("a1", "Failed"))])];
        let mut options = rig::options();
        options.key = Some("INC-42".to_owned());
        // Under another name than the ledger's, and yet the same wish.
        let mut rig = Rig::knowing(&ledger, options, vec![rig::device("ws-042.contoso.com")]);
        let mut requests = 0;
        let report = rig.run(|request| match (request.method(), request.uri().path()) {
            (&Method::POST, _) => {
                requests += 1;
                let mut failed = rig::action("a2", "Failed");
                failed["creationDateTimeUtc"] = json!("2026-01-05T10:00:01Z");
                Some((201, failed))
            }
            (_, "/api/machines") => Some((200, rig::machines())),
            _ => Some((200, rig::none())),
        });
        let handle = &report.devices[0].handle;
        assert_eq!(handle.intent().map(|intent| intent.attempt), next, "after {made}");
        assert_eq!(requests, u32::from(next.is_some()), "after {made}");
        let code = if next.is_some() { Code::CollectionFailed } else { Code::InvalidOption };
        assert_eq!(report.devices[0].outcome.error().unwrap().code(), code, "after {made}");
        // What is written down can be read again.
        assert_eq!(parsed(handle, &[]).as_ref(), Ok(handle));
    }
}

#[test]
fn a_request_of_any_number_is_repeated_no_more_often_than_ours() {
    for repeated in [2, u32::MAX] {
        let ledger = [counting(vec![asked(1, repeated)])];
        let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&ledger[0])]);
        let report = rig.run(|request| {
            assert_eq!(request.method(), Method::GET, "after {repeated}");
            Some((200, rig::none()))
        });
        assert_eq!(ended(&report), ("failed", Some(Code::CollectionUncertain)));
        let refused = |record: &Record| matches!(record.fact, Fact::Refused { .. });
        assert!(!rig.records.iter().any(refused), "the request in doubt is erased");
    }
}

#[test]
fn failures_of_any_number_are_the_end_and_count_for_no_more_than_ours() {
    for before in [9, u32::MAX] {
        let facts = vec![fact(accepted("a1", "Succeeded")), Fact::Struck { strikes: before }];
        let ledger = [counting(facts)];
        let starts = vec![rig::resumed(&ledger[0])];
        let mut rig = Rig::knowing(&ledger, rig::options(), starts);
        rig.go();
        let inspecting = rig.inspecting.pop_front().unwrap();
        let now = rig.clock();
        rig.engine.answer(inspecting, Answer::Held(Held::Nothing), now);
        let ticket = rig.sent_to("/getPackageUri");
        rig.reply(ticket, 200, &rig::link());
        rig.go();
        let fetching = rig.fetching.pop_front().unwrap();
        let error = mde_forensics_core::Error::new(Code::NotAPackage, "a page");
        rig.engine.answer(fetching, Answer::Fetched(Fetched::Refused(error)), now);
        let Next::Done(report) = rig.go() else { panic!("it goes on after {before}") };
        assert_eq!(ended(&report), ("failed", Some(Code::NotAPackage)));
        let struck = rig.records.iter().rev().find_map(|record| match record.fact {
            Fact::Struck { strikes } => Some(strikes),
            _ => None,
        });
        assert_eq!(struck, Some(9), "what is written down can be read again");
    }
}

#[test]
fn what_a_folder_holds_of_another_tenant_is_left_out_of_what_is_known() {
    let mut json: Value = serde_json::from_str(&known(vec![]).to_json()).unwrap();
    let own = json.to_string();
    json["tenant"] = json!("fabrikam.onmicrosoft.com");
    let Options { tenant, base, .. } = rig::options();
    let parse = |known: &[&str]| Handle::parse_known(known, &tenant, &base);
    assert_eq!(parse(&[&json.to_string(), &own]).unwrap(), [known(vec![])]);
    assert_eq!(parse(&[&own, "{}"]).unwrap_err().code(), Code::InvalidHandle);
}

#[test]
fn an_action_of_another_device_is_refused() {
    let mut other = rig::action("a1", "Succeeded");
    other["machineId"] = json!(ANOTHER);
    let mut scan = rig::action("a1", "Succeeded");
    scan["type"] = json!("RunAntiVirusScan");
    let mut renamed = rig::action("a1", "Succeeded");
    renamed["computerDnsName"] = json!("dc01.contoso.com");
    for answer in [other, scan, renamed] {
        let forged = known(vec![accepted("a1", "Succeeded")]);
        let mut rig = Rig::new(rig::options(), vec![rig::resumed(&forged)]).downloading();
        let mut calls = 0;
        let report = rig.run(|_| {
            calls += 1;
            Some((200, answer.clone()))
        });
        assert_eq!(ended(&report), ("refused", Some(Code::InvalidHandle)), "{answer}");
        assert_eq!((calls, rig.custody.len()), (1, 0));
        let told = Handle::fold(rig.records);
        assert!(told[0].action().is_none(), "the ledger would vouch for it from now on");
    }
}

#[test]
fn what_the_service_says_is_what_the_manifest_says() {
    let forged = known(vec![accepted("a1", "Succeeded")]);
    let mut rig = Rig::new(rig::options(), vec![rig::resumed(&forged)]).downloading();
    let mut truth = rig::action("a1", "Succeeded");
    truth["requestor"] = json!("analyst@contoso.com");
    truth["requestorComment"] = json!("from the portal");
    truth["computerDnsName"] = json!("ws-042.contoso.com");
    let report = rig.run(|request| match request.uri().path() {
        "/api/machineactions/a1" => Some((200, truth.clone())),
        _ => Some((200, rig::link())),
    });
    assert_eq!(ended(&report), ("collected", None));
    let custody = &rig.custody[0];
    assert_eq!(custody.requestor.as_deref(), Some("analyst@contoso.com"));
    assert_eq!(custody.requestor_comment.as_deref(), Some("from the portal"));
    assert_eq!(custody.adoption, Some(Adoption::Foreign));
    assert_eq!(custody.created.unwrap().year(), 2026);
    assert_eq!(custody.created, report.devices[0].handle.action().unwrap().created);
    assert_eq!(custody.created.unwrap().day(), 5, "not the one that the handle claims");
}

/// Resumes a handle that says it is our own, where the service says this of the action besides.
fn adoption(handle: &Handle, more: &[(&str, Value)]) -> Adoption {
    let mut options = rig::options();
    options.until = Until::Ready;
    let mut rig = Rig::new(options, vec![rig::resumed(handle)]);
    let mut action = rig::action("a1", "Succeeded");
    for (key, value) in more {
        action[*key] = value.clone();
    }
    let report = rig.run(|_| Some((200, action.clone())));
    assert_eq!(report.devices[0].outcome.name(), "ready");
    report.devices[0].adoption().unwrap()
}

#[test]
fn our_own_is_what_carries_our_marker_or_says_nothing_else() {
    // A handle as a run of ours leaves it.
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    let ticket = rig.sent_to("/machines");
    rig.reply(ticket, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
    let ticket = rig.sent_to("/collectInvestigationPackage");
    let mut pending = rig::action("a1", "Pending");
    pending["creationDateTimeUtc"] = json!("2026-01-05T10:00:01Z");
    rig.reply(ticket, 201, &pending);
    rig.go();
    let own = rig.handles().remove(0);
    let marker = own.intent().unwrap().marker.clone();
    let comment = json!(marker.mark("INC-42"));

    let created = ("creationDateTimeUtc", json!("2026-01-05T10:00:01Z"));
    let with = |key, value| vec![created.clone(), (key, value)];
    let portal = "analyst@contoso.com";
    assert_eq!(adoption(&own, &with("requestorComment", comment.clone())), Adoption::Own);
    assert_eq!(adoption(&own, &with("externalId", json!(marker.as_str()))), Adoption::Own);
    assert_eq!(adoption(&own, std::slice::from_ref(&created)), Adoption::Own);
    assert_eq!(adoption(&own, &with("requestor", json!(portal))), Adoption::Foreign);
    assert_eq!(adoption(&own, &with("requestorComment", json!("mine"))), Adoption::Foreign);
    assert_eq!(adoption(&own, &with("requestorComment", json!("INC"))), Adoption::Uncertain);

    // A marker that was copied from the action is not derived from the collection.
    let copied = json!("mdef-cccccccccccccccccccc");
    let forged = edited(&own, &[("/intent/marker", copied.clone())]);
    assert_ne!(adoption(&forged, &with("externalId", copied)), Adoption::Own);
    let forged = edited(&own, &[("/intent", Value::Null)]);
    assert_ne!(adoption(&forged, &[created]), Adoption::Own);
}

#[test]
fn an_answer_about_another_device_is_not_taken() {
    let ledger = [known(vec![intended(), accepted("a1", "Pending")])];
    let mut rig =
        Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&ledger[0])]).downloading();
    let ticket = rig.sent_to("/machineactions/a1");
    let mut other = rig::action("a1", "Succeeded");
    other["machineId"] = json!(ANOTHER);
    rig.reply(ticket, 200, &other);
    let Next::Done(report) = rig.go() else { panic!("it goes on") };
    assert_eq!(ended(&report), ("failed", Some(Code::WrongAction)));
}

#[test]
fn what_the_ledger_vouches_for_and_has_succeeded_is_not_asked_after() {
    let ledger = [known(vec![intended(), accepted("a1", "Succeeded")])];
    let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&ledger[0])]);
    rig.go();
    assert!(rig.sent.is_empty());
    assert_eq!(rig.inspecting.len(), 1);
}

#[test]
fn an_action_that_is_only_asked_for_is_looked_at_all_the_same() {
    let mut options = rig::options();
    options.until = Until::Requested;
    let handle = known(vec![intended(), accepted("a1", "Pending")]);
    let mut rig = Rig::new(options, vec![rig::resumed(&handle)]);
    let ticket = rig.sent_to("/machineactions/a1");
    rig.reply(ticket, 200, &rig::action("a1", "InProgress"));
    let Next::Done(report) = rig.go() else { panic!("it waits") };
    assert_eq!(ended(&report), ("requested", None));
}

#[test]
fn a_key_must_name_something_and_fit_into_a_handle() {
    let tried = |key: &str| {
        let mut options = rig::options();
        options.key = Some(key.to_owned());
        let now = Rig::new(rig::options(), vec![]).clock();
        Engine::new(options, Vec::new(), &[], now).map(drop).map_err(|error| error.code())
    };
    for key in ["", " ", "\t\n", &"k".repeat(257)] {
        assert_eq!(tried(key), Err(Code::InvalidOption), "{key:?}");
    }
    for key in ["0", "INC 42", &"k".repeat(256)] {
        assert_eq!(tried(key), Ok(()), "{key:?}");
    }
}

#[test]
fn another_attempt_under_a_key_is_no_contradiction() {
    let key = Some("INC-42".to_owned());
    let mut options = rig::options();
    options.key = key;
    let ws_042 = mde_forensics_core::Device::parse("ws-042").unwrap();
    let mut rig = Rig::new(options.clone(), vec![Start::Device(ws_042)]);
    let report = rig.run(|request| match (request.method(), request.uri().path()) {
        (&Method::POST, _) => {
            let mut failed = rig::action("a1", "Failed");
            failed["creationDateTimeUtc"] = json!("2026-01-05T10:00:01Z");
            Some((201, failed))
        }
        (_, "/api/machines") => Some((200, rig::machines())),
        _ => Some((200, rig::none())),
    });
    assert_eq!(report.devices[0].outcome.name(), "failed");
    let mut later =
        rig.later(std::time::Duration::from_secs(60), options, vec![rig::device("ws-042")]);
    later.go();
    let prepared = later.engine.handle(0).unwrap().clone();
    let mut stepped = rig.later(
        std::time::Duration::from_secs(61),
        rig::options(),
        vec![rig::resumed(&prepared)],
    );
    stepped.sent_to("/machines");
}

#[test]
fn a_service_that_writes_ids_in_another_case_means_the_same() {
    let capitals = |mut action: Value| {
        action["id"] = json!("A1");
        action["machineId"] = json!(MACHINE.to_ascii_uppercase());
        action
    };
    // One that was just asked for, and one with which a later run goes on.
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]).downloading();
    let report = rig.run(|request| match (request.method(), request.uri().path()) {
        (&Method::POST, _) => Some((201, rig::action("a1", "Pending"))),
        (_, "/api/machines") => Some((200, rig::machines())),
        (_, "/api/machineactions") => Some((200, rig::none())),
        (_, path) if path.ends_with("/getPackageUri") => Some((200, rig::link())),
        _ => Some((200, capitals(rig::action("a1", "Succeeded")))),
    });
    assert_eq!(ended(&report), ("collected", None));
    let handle = known(vec![accepted("a1", "Pending")]);
    let mut rig = Rig::new(rig::options(), vec![rig::resumed(&handle)]).downloading();
    let report = rig.run(|request| match request.uri().path() {
        path if path.ends_with("/getPackageUri") => Some((200, rig::link())),
        _ => Some((200, capitals(rig::action("a1", "Succeeded")))),
    });
    assert_eq!(ended(&report), ("collected", None));
}

#[test]
fn a_key_finds_its_request_again_however_the_service_writes_the_device() {
    let marker = |machine: &str| {
        let mut options = rig::options();
        options.key = Some("INC-42".to_owned());
        let mut found = rig::machine();
        found["id"] = json!(machine);
        let mut rig = Rig::new(options, vec![rig::device("ws-042")]);
        let ticket = rig.sent_to("/machines");
        rig.reply(ticket, 200, &rig::list(&[found]));
        let ticket = rig.sent_to("/machineactions");
        rig.reply(ticket, 200, &rig::none());
        rig.sent_to("/collectInvestigationPackage");
        rig.handles()[0].intent().unwrap().marker.clone()
    };
    assert_eq!(marker(MACHINE), marker(&MACHINE.to_ascii_uppercase()));
}

#[test]
fn a_package_that_is_too_large_is_asked_for_once() {
    let ledger = [counting(vec![fact(accepted("a1", "Succeeded"))])];
    let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&ledger[0])]);
    rig.go();
    let inspecting = rig.inspecting.pop_front().unwrap();
    let now = rig.clock();
    rig.engine.answer(inspecting, Answer::Held(Held::Nothing), now);
    let ticket = rig.sent_to("/getPackageUri");
    rig.reply(ticket, 200, &rig::link());
    rig.go();
    let fetching = rig.fetching.pop_front().unwrap();
    let error = mde_forensics_core::Error::new(Code::TooLarge, "larger than is taken");
    rig.engine.answer(fetching, Answer::Fetched(Fetched::Refused(error)), now);
    let Next::Done(report) = rig.go() else { panic!("it is asked for again") };
    assert_eq!(ended(&report), ("failed", Some(Code::TooLarge)));
}
