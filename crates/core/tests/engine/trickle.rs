//! Downloads that hardly move.

use mde_forensics_core::engine::{Answer, Fetched, Held, Partial, Start};
use mde_forensics_core::{Code, Error};
use serde_json::json;

use crate::rig::{self, Next, Rig};

#[test]
fn a_download_that_hardly_moves_comes_to_an_end() {
    let (outcome, fetches) = fetches(1_000, 50);
    assert_eq!(outcome, "failed");
    assert_eq!(fetches, 9);
}

#[test]
fn a_download_that_moves_is_gone_on_with() {
    let (outcome, fetches) = fetches(64 << 10, 50);
    assert_eq!(outcome, "failed");
    assert_eq!(fetches, 50 + 8, "it was given up once nothing came any more");
}

/// How a run ends, and after how many downloads that each bring so many bytes; from the `stop`th on nothing comes.
fn fetches(bytes: u64, stop: u64) -> (&'static str, u64) {
    let accepted = json!({
        "fact": "accepted", "action": "a1", "adoption": "own", "status": "Succeeded",
        "created": "2026-01-05T09:59:00Z",
    });
    let starts: Vec<Start> = vec![rig::resumed(&rig::handle(vec![accepted]))];
    let mut rig = Rig::new(rig::options(), starts);
    let mut tries = 0;
    loop {
        let next = rig.go();
        let now = rig.clock();
        if let Some(ticket) = rig.inspecting.pop_front() {
            rig.engine.answer(ticket, Answer::Held(Held::Nothing), now);
        } else if let Some(ticket) = rig.fetching.pop_front() {
            tries += 1;
            let received = bytes * tries.min(stop);
            let partial = Partial::new(received, Some("\"v1\"".to_owned()), Some(400 << 20));
            let error = Error::new(Code::TimedOut, "too few bytes");
            let end = Fetched::Interrupted { partial, error };
            rig.engine.answer(ticket, Answer::Fetched(end), now);
        } else if let Some((ticket, request)) = rig.sent.pop_front() {
            let is_link = request.uri().path().ends_with("/getPackageUri");
            let link = json!({ "value": "https://example.com/p?token=1" });
            rig.reply(ticket, 200, &if is_link { link } else { rig::action("a1", "Succeeded") });
        } else {
            match next {
                Next::Done(report) => return (report.devices[0].outcome.name(), tries),
                Next::Wait(until) => rig.now = until.unwrap(),
            }
        }
    }
}
