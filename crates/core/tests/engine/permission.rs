//! A token that may not do all of it.

use mde_forensics_core::Code;
use serde_json::json;

use crate::rig::{self, Next, Rig};

#[test]
fn what_was_accepted_goes_on_where_the_rest_is_refused() {
    let accepted = rig::handle(vec![json!({
        "fact": "accepted", "action": "a1", "adoption": "own", "status": "Pending",
    })]);
    let mut options = rig::options();
    options.preflight = true;
    options.concurrency = 2;
    let starts = vec![rig::device("a"), rig::device("b"), rig::resumed(&accepted)];
    let mut rig = Rig::new(options, starts).with_roles(vec!["Machine.Read.All"]);
    let ticket = rig.sent_to("/machineactions/a1");
    rig.reply(ticket, 200, &rig::action("a1", "Failed"));
    let Next::Done(report) = rig.go() else { panic!("it goes on") };
    let codes: Vec<_> =
        report.devices.iter().map(|device| device.outcome.error().unwrap().code()).collect();
    assert_eq!(codes, [Code::MissingPermission, Code::MissingPermission, Code::CollectionFailed]);
}
