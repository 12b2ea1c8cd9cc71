//! Plays the engine with one device and a service whose answers are written down.

use std::time::Duration;

use mde_forensics_core::engine::{
    Answer, Command, DeviceReport, Engine, Event, EventKind, Exchange, Options, Outcome, Start,
    StopHow, Until,
};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{AccessToken, BaseUrl, Code, Comment, Device, Error, Now};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::expect;

/// How a run ends that gets these answers, one for each request, and what was said meanwhile.
pub(crate) fn play(script: &Value) -> (DeviceReport, Vec<EventKind>) {
    let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
    let comment = Comment::parse("INC-42").unwrap();
    let mut options = Options::new("contoso.com", base, comment, [7; 16]);
    options.until = Until::Ready;
    options.deadline = script["deadline"].as_u64().map(Duration::from_secs);
    let device = Device::parse(script["device"].as_str().unwrap()).unwrap();
    let mut now = Now { wall: datetime!(2026-01-05 10:00 UTC), monotonic: Duration::ZERO };
    let mut quotas = Quotas::new(QuotaOptions::default());
    let mut answers = Answers { left: script["answers"].as_array().unwrap(), used: false };
    let mut engine = Engine::new(options, vec![Start::Device(device)], &[], now).unwrap();
    let mut said = Vec::new();
    loop {
        match engine.poll(now) {
            Command::Claim { ticket, .. } => engine.answer(ticket, Answer::Claimed, now),
            Command::Done(report) => {
                answers.assert_used_up();
                return (report.devices.into_iter().next().unwrap(), said);
            }
            Command::Event(Event { kind, .. }) => said.push(kind),
            Command::Permit { ticket, quota } => {
                let permit = quotas.permit(quota, now.monotonic);
                engine.answer(ticket, permit.map_or_else(Answer::Until, Answer::Granted), now);
            }
            Command::Record { seq, record } => {
                let fact = serde_json::to_value(&record.fact).unwrap();
                if script["record_that_fails"] == fact["fact"] && !fact["fact"].is_null() {
                    let full = Error::new(Code::LedgerFailed, "the disk is full");
                    engine.record_failed(seq, full);
                } else {
                    engine.recorded(seq);
                }
            }
            Command::Send { ticket, request, .. } => {
                let answer = answers.to(&request);
                match answer.as_str() {
                    None => {
                        let reply = Exchange::Reply(expect::response(answer));
                        engine.answer(ticket, Answer::Exchange(reply), now);
                    }
                    Some("stop") => engine.cancel(None, &StopHow::Here, now),
                    Some("silence") => {}
                    Some(other) => panic!("`{other}` is no answer"),
                }
            }
            Command::Settle { permit, settlement } => {
                quotas.settle(permit, settlement, now.monotonic);
            }
            Command::Token { ticket, .. } => {
                let token = AccessToken::new("opaque");
                engine.answer(ticket, Answer::Token(token, Duration::from_secs(86_400)), now);
            }
            Command::Wait { until } => {
                let passed =
                    until.expect("an engine that waits for ever").saturating_sub(now.monotonic);
                now.wall += passed;
                now.monotonic += passed;
            }
            Command::Abort { .. } => {}
            other => panic!("{other:?} in a run that downloads nothing"),
        }
    }
}

#[test]
fn an_address_is_looked_for_on_all_pages() {
    let page = |digit: &str, next: &Value| {
        let found = json!({"id": digit.repeat(40), "computerDnsName": "ws-042.contoso.com"});
        json!({"status": 200, "body": {"value": [found], "@odata.nextLink": next}})
    };
    let path = "/api/machines/findbyip(ip='10.0.0.42',timestamp=2026-01-05T10:00:00Z)";
    let next = Value::from(format!("https://api.security.microsoft.com{path}?$skip=1"));
    let answers = [page("a", &next), page("b", &Value::Null)];
    let (report, _) = play(&json!({"device": "10.0.0.42", "answers": answers}));
    let Outcome::Ambiguous(candidates) = report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!(candidates.len(), 2);
}

/// The answers that are left; the first of them may have been used already.
struct Answers<'a> {
    left: &'a [Value],
    used: bool,
}

impl<'a> Answers<'a> {
    fn to(&mut self, request: &http::Request<Vec<u8>>) -> &'a Value {
        let (method, uri) = (request.method().as_str(), request.uri());
        loop {
            let [first, rest @ ..] = self.left else { panic!("no answer to {method} {uri}") };
            let Some(every) = first["every"].as_str() else {
                self.left = rest;
                return first;
            };
            if every == method {
                self.used = true;
                return &first["answer"];
            }
            assert!(std::mem::take(&mut self.used), "{method} {uri} comes before any {every}");
            self.left = rest;
        }
    }

    fn assert_used_up(&self) {
        let is_used_up = self.left.is_empty() || self.left.len() == 1 && self.used;
        assert!(is_used_up, "nobody asked for {:?}", self.left);
    }
}
