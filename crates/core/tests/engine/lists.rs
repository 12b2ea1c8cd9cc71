//! Lists of several pages, and what must not be made of half of one.

use mde_forensics_core::Code;
use mde_forensics_core::engine::Outcome;
use serde_json::json;

use crate::rig::{self, MACHINE, Next, Rig};

#[test]
fn an_address_is_looked_for_on_every_page() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("10.0.0.7")]);
    let (ticket, request) = rig.next_sent();
    let path = request.uri().path().to_owned();
    assert!(path.starts_with("/api/machines/findbyip(ip='10.0.0.7',timestamp="));
    let link = format!("https://api.security.microsoft.com{path}?$skip=1");
    let first = json!({"value": [rig::machine()], "@odata.nextLink": link});
    rig.reply(ticket, 200, &first);

    let (ticket, request) = rig.next_sent();
    assert_eq!(request.uri().path(), path);
    assert_eq!(request.uri().query(), Some("$skip=1"));
    let other = "89abcdef0123456789abcdef0123456789abcdef";
    let second = json!({"value": [{"id": other, "computerDnsName": "ws-043.contoso.com"}]});
    rig.reply(ticket, 200, &second);
    let Next::Done(report) = rig.go() else { panic!("a device was chosen") };
    let Outcome::Ambiguous(candidates) = &report.devices[0].outcome else {
        panic!("{:?}", report.devices[0].outcome)
    };
    let ids: Vec<_> = candidates.iter().map(|candidate| candidate.machine.as_str()).collect();
    assert_eq!(ids, [MACHINE, other]);
}

#[test]
fn nothing_is_chosen_from_a_list_that_goes_in_a_circle() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    let page = |skip: u32| {
        let link = format!("https://api.security.microsoft.com/api/machines?$skip={skip}");
        json!({"value": [rig::machine()], "@odata.nextLink": link})
    };
    for skip in [1, 2, 1] {
        let ticket = rig.sent_to("/machines");
        rig.reply(ticket, 200, &page(skip));
    }
    let Next::Done(report) = rig.go() else { panic!("it reads on") };
    assert_eq!(report.devices[0].outcome.error().unwrap().code(), Code::InvalidShape);
}

#[test]
fn nothing_is_asked_of_a_device_whose_history_does_not_end() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    let mut turned = 0;
    let report = rig.run(|request| {
        assert_eq!(request.method(), http::Method::GET);
        if request.uri().path() == "/api/machines" {
            return Some((200, rig::machines()));
        }
        turned += 1;
        let link = format!("https://api.security.microsoft.com/api/machineactions?$skip={turned}");
        Some((200, json!({"value": [], "@odata.nextLink": link})))
    });
    assert_eq!(report.devices[0].outcome.error().unwrap().code(), Code::InvalidShape);
    assert_eq!(turned, 1_000);
}
