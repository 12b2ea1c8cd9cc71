//! Two runs or three whose answers come in an order that is told.

use mde_forensics_core::engine::Adoption;

use super::*;
use crate::rig::{MACHINE, OTHER_MACHINE};

fn machine(id: &str, name: &str) -> Value {
    let mut machine = rig::machine();
    machine["id"] = json!(id);
    machine["computerDnsName"] = json!(name);
    machine
}

/// Answers what the run sends, in this order.
fn answer<const N: usize>(rig: &mut Rig, answers: [(&str, u16, Value); N]) {
    for (path, status, body) in answers {
        let ticket = rig.sent_to(path);
        rig.reply(ticket, status, &body);
    }
}

struct Desk {
    shared: Rc<RefCell<Shared>>,
    runs: u8,
}

impl Desk {
    fn new() -> Self {
        Self { shared: Rc::default(), runs: 0 }
    }

    fn begin(
        &mut self,
        now: Duration,
        options: &Options,
        names: &[String],
        starts: impl FnOnce(&Options, &[Handle]) -> Vec<Start>,
    ) -> Rig {
        self.runs += 1;
        let mut options = options.clone();
        options.entropy = [self.runs; 16];
        Rig::sharing(&self.shared, "here", now, options, names, starts).downloading()
    }

    fn collect(&mut self, now: Duration, options: &Options, device: &str) -> Rig {
        self.collect_all(now, options, &[device])
    }

    fn collect_all(&mut self, now: Duration, options: &Options, devices: &[&str]) -> Rig {
        let devices: Vec<_> = devices.iter().map(|device| Device::parse(device).unwrap()).collect();
        let names = Start::names(options, &devices);
        self.begin(now, options, &names, |options, known| Start::plan(options, devices, known))
    }

    fn resume(&mut self, now: Duration, options: &Options, handle: &Handle) -> Rig {
        let names = [handle.collection().to_owned()];
        self.begin(now, options, &names, |_, _| vec![rig::resumed(handle)])
    }
}

/// Options for all runs under one key.
fn keyed() -> Options {
    let mut options = rig::options();
    options.key = KEY.map(str::to_owned);
    options
}

/// What was found late is written down of a collection that another run has had meanwhile.
#[test]
fn evidence_is_of_the_device_that_was_found() {
    let mut desk = Desk::new();
    let options = keyed();
    let mut slow = desk.collect(BEGIN, &options, "10.0.0.5");
    let searching = slow.sent_to(")");
    // The address is another device's by the time at which this one looks.
    let mut quick = desk.collect(BEGIN, &options, "10.0.0.5");
    answer(
        &mut quick,
        [
            (")", 200, rig::list(&[machine(MACHINE, "ws-042.contoso.com")])),
            ("/machineactions", 200, rig::none()),
            ("/collectInvestigationPackage", 201, rig::action("a1", "Succeeded")),
        ],
    );
    quick.go();
    let now = quick.clock();
    let ticket = quick.inspecting.pop_front().unwrap();
    quick.engine.answer(ticket, Answer::Held(Held::Nothing), now);
    answer(&mut quick, [("/getPackageUri", 200, rig::link())]);
    let Next::Done(report) = quick.go() else { panic!("it goes on") };
    assert_eq!(report.devices[0].outcome.name(), "collected");
    quick.office.as_mut().unwrap().end();

    slow.now = quick.now;
    slow.reply(searching, 200, &rig::list(&[machine(OTHER_MACHINE, "dc01.contoso.com")]));
    slow.go();
    if let Some(ticket) = slow.inspecting.pop_front() {
        let now = slow.clock();
        slow.engine.answer(ticket, Answer::Held(Held::Nothing), now);
        answer(&mut slow, [("/getPackageUri", 200, rig::link())]);
        slow.go();
    }
    let kept: Vec<_> =
        slow.custody.iter().map(|it| (it.machine.clone(), it.action.clone())).collect();
    assert!(kept.is_empty(), "the action of {MACHINE} is evidence of {kept:?}");
}

/// A handle that was edited says that the action is our own, and the ledger says that it is not.
#[test]
fn somebody_elses_action_is_not_cancelled_after_another_run_was_waited_for() {
    let mut desk = Desk::new();
    let options = rig::options();
    let mut first = desk.collect(BEGIN, &options, "ws-042");
    let mut foreign = rig::action("a1", "Pending");
    foreign["requestor"] = json!("boss@contoso.com");
    let lists =
        [("/machines", 200, rig::machines()), ("/machineactions", 200, rig::list(&[foreign]))];
    answer(&mut first, lists);
    first.go();
    let handle = first.engine.handle(0).unwrap().clone();
    assert_eq!(handle.action().unwrap().adoption, Adoption::Foreign);
    let mut json: Value = serde_json::from_str(&handle.to_json()).unwrap();
    json["action"]["adoption"] = json!("own");
    let forged = Handle::parse(&json.to_string(), &options.tenant, &options.base).unwrap();

    let mut second = desk.resume(first.now, &options, &forged);
    second.go();
    first.engine.cancel(None, &StopHow::Here, first.clock());
    first.go();
    first.office.as_mut().unwrap().end();
    second.now += Duration::from_secs(2);
    second.go();
    second.engine.cancel(None, &StopHow::AtService { comment: "over".to_owned() }, second.clock());
    second.go();
    let cancelled = second.sent.iter().filter(|(_, it)| it.uri().path().ends_with("/cancel"));
    assert_eq!(cancelled.count(), 0, "a colleague's action is cancelled");
}

/// A round that another run has begun is of another machine than the one that this run has taken.
#[test]
fn the_machine_that_is_asked_is_the_one_that_was_taken() {
    let mut desk = Desk::new();
    let options = keyed();
    let mut at_first = desk.collect(BEGIN, &options, "10.0.0.5");
    let here = rig::list(&[machine(MACHINE, "ws-042.contoso.com")]);
    answer(
        &mut at_first,
        [
            (")", 200, here.clone()),
            ("/machineactions", 200, rig::none()),
            ("/collectInvestigationPackage", 201, rig::action("a1", "Failed")),
        ],
    );
    at_first.go();
    at_first.office.as_mut().unwrap().end();
    // Another attempt, which the service refuses.
    let mut again = desk.collect(BEGIN, &options, "10.0.0.5");
    let failed = rig::list(&[rig::action("a1", "Failed")]);
    answer(&mut again, [(")", 200, here), ("/machineactions", 200, failed.clone())]);
    // Meanwhile the address is another device's.
    let mut other = desk.collect(BEGIN, &options, "10.0.0.5");
    answer(&mut other, [(")", 200, rig::list(&[machine(OTHER_MACHINE, "dc01.contoso.com")]))]);
    other.go();
    let no = json!({"error": {"code": "Forbidden", "message": "no"}});
    answer(&mut again, [("/collectInvestigationPackage", 403, no)]);
    let Next::Done(report) = again.go() else { panic!("it goes on") };
    assert_eq!(report.devices[0].outcome.name(), "refused");
    again.office.as_mut().unwrap().end();
    other.now += Duration::from_secs(2);
    other.go();
    let Some((looking, request)) = other.sent.pop_front() else { return };
    let query = request.uri().query().unwrap_or_default().to_owned();
    // Who wants that device has it as well.
    let mut third = desk.collect(other.now, &rig::options(), MACHINE);
    answer(&mut third, [(MACHINE, 200, rig::machine())]);
    third.go();
    if let Some((ticket, _)) = third.sent.pop_front() {
        third.reply(ticket, 200, &failed);
    }
    other.reply(looking, 200, &failed);
    let mut asked = Vec::new();
    for rig in [&mut other, &mut third] {
        rig.go();
        asked.extend(rig.sent.pop_front().map(|(_, request)| request.uri().path().to_owned()));
    }
    let what = format!("taken was {OTHER_MACHINE}, looked at {query}; two runs ask {asked:#?}");
    assert!(asked.len() <= 1, "{what}");
}

#[test]
fn who_waits_for_another_run_can_cancel_what_it_knows_is_its_own() {
    let mut desk = Desk::new();
    let mut options = keyed();
    options.until = Until::Requested;
    let mut first = accepted(&mut desk, &options);
    let Next::Done(report) = first.go() else { panic!("it goes on") };
    assert_eq!(report.devices[0].outcome.name(), "requested");
    first.office.as_mut().unwrap().end();
    options.until = Until::Collected;
    options.preflight = false;
    // It has read the ledger, and another run is quicker to take the collection.
    let mut slow = desk.collect(first.now, &options, "ws-042");
    let mut quick = desk.collect(first.now, &options, "ws-042");
    answer(&mut quick, [("/machines", 200, rig::machines())]);
    quick.go();
    slow.go();
    slow.engine.cancel(None, &StopHow::AtService { comment: "over".to_owned() }, slow.clock());
    answer(&mut slow, [("/cancel", 200, rig::action("a1", "Cancelled"))]);
    let Next::Done(report) = slow.go() else { panic!("it goes on") };
    assert_eq!(report.devices[0].outcome.name(), "cancelled", "{:#?}", slow.events);
}

#[test]
fn a_device_that_nobody_has_does_not_wait_for_those_that_others_have() {
    let mut desk = Desk::new();
    let mut options = keyed();
    let mut first = accepted(&mut desk, &options);
    first.go();
    options.concurrency = 1;
    let mut second = desk.collect_all(first.now, &options, &["ws-042", OTHER_MACHINE]);
    answer(&mut second, [("/machines", 200, rig::machines())]);
    second.sent_to(OTHER_MACHINE);
}

/// A run of the desk whose request for the device was accepted.
fn accepted(desk: &mut Desk, options: &Options) -> Rig {
    let mut first = desk.collect(BEGIN, options, "ws-042");
    answer(
        &mut first,
        [
            ("/machines", 200, rig::machines()),
            ("/machineactions", 200, rig::none()),
            ("/collectInvestigationPackage", 201, rig::action("a1", "Pending")),
        ],
    );
    first
}
