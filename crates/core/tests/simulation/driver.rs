//! Carries the engine's commands out in virtual time, over a network that loses, delays and damages.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write as _;
use std::time::Duration;

use mde_forensics_core::engine::{
    Answer, Command, Engine, Exchange, Fetched, Held, Partial, Report, Sealed, Settlement, Ticket,
    Verdict, package_file_name,
};
use mde_forensics_core::{AccessToken, Code, Error, PackageLink};
use serde_json::Value;

use crate::random::Random;
use crate::seconds;
use crate::service::Unknowns;
use crate::world::World;

/// Faults per thousand calls, until the network heals.
#[derive(Debug)]
pub(crate) struct Faults {
    lost_request: u64,
    lost_answer: u64,
    late: u64,
    server_error: u64,
    throttle: u64,
    not_sent: u64,
    nonsense: u64,
    refused_token: u64,
    fetch: u64,
    damage: u64,
    heals: Duration,
    /// How long after it was given up a request may still arrive.
    latest: Duration,
}

#[derive(Debug)]
pub(crate) enum Disk {
    Partial(Partial),
    Sealed { action: String },
}

#[derive(Debug)]
pub(crate) enum Delivery {
    Answer(Ticket, Answer),
    /// A request that was given up arrives after all.
    Arrival(Box<http::Request<Vec<u8>>>),
    Recorded(u64),
    Wake,
}

pub(crate) enum Step {
    Done(Report),
    Go,
    Waits,
}

#[derive(Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<(Duration, u64)>>,
    deliveries: std::collections::BTreeMap<u64, Delivery>,
    next: u64,
    /// Everything that a person or a log would have seen.
    pub(crate) said: String,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Duration, delivery: Delivery) {
        self.next += 1;
        self.heap.push(Reverse((at, self.next)));
        self.deliveries.insert(self.next, delivery);
    }

    pub(crate) fn pop(&mut self) -> Option<(Duration, Delivery)> {
        while let Some(Reverse((at, id))) = self.heap.pop() {
            if let Some(delivery) = self.deliveries.remove(&id) {
                return Some((at, delivery));
            }
        }
        None
    }

    /// After a crash nobody hears answers; requests on their way still arrive.
    pub(crate) fn forget_answers(&mut self) {
        self.deliveries.retain(|_, delivery| matches!(delivery, Delivery::Arrival(_)));
    }

    fn forget_wakes(&mut self) {
        self.deliveries.retain(|_, delivery| !matches!(delivery, Delivery::Wake));
    }
}

impl Faults {
    pub(crate) fn draw(random: &mut Random, unknowns: &Unknowns) -> Self {
        let calm = random.chance(250);
        let mut often = |most: u64| if calm { 0 } else { random.below(most + 1) };
        Self {
            lost_request: often(150),
            lost_answer: often(250),
            late: often(80),
            server_error: often(150),
            throttle: often(100),
            not_sent: often(60),
            nonsense: often(60),
            refused_token: often(20),
            fetch: often(400),
            damage: often(50),
            heals: seconds(86_400) + seconds(900),
            // The promise holds while lag and delay stay within 180 s together.
            latest: seconds(170).saturating_sub(unknowns.list_lag),
        }
    }
}

impl World {
    pub(crate) fn carry_out(&mut self, command: Command, engine: &mut Engine) -> Step {
        self.trace("->", &command);
        match command {
            Command::Abort { ticket } => self.aborted(ticket),
            Command::Claim { ticket, .. } => self.soon(ticket, Answer::Claimed),
            Command::Done(report) => return Step::Done(report),
            Command::Event(event) => {
                write!(self.queue.said, "{event:?}{}", serde_json::to_string(&event).unwrap())
                    .unwrap();
            }
            Command::Fetch { ticket, link, name, resume } => {
                self.fetch(ticket, &link, &name, resume);
            }
            Command::Inspect { ticket, name } => {
                let held = match self.disk.get(&name) {
                    None => Held::Nothing,
                    Some(Disk::Partial(partial)) => Held::Partial(partial.clone()),
                    Some(Disk::Sealed { action }) => {
                        Held::Sealed { size: SIZE, sha256: action.clone(), verdict: Verdict::Whole }
                    }
                };
                self.soon(ticket, Answer::Held(held));
            }
            Command::Permit { ticket, quota } => {
                let answer = match self.quotas.permit(quota, self.now) {
                    Ok(permit) => Answer::Granted(permit),
                    Err(until) => Answer::Until(until),
                };
                self.soon(ticket, answer);
            }
            Command::Record { seq, record } => {
                self.check_accepted(&record);
                self.unacknowledged.push((seq, *record));
                let at = self.now + self.random.millis(0, 20);
                self.queue.push(at, Delivery::Recorded(seq));
            }
            Command::Seal { ticket, name, sha256, custody, keep_damaged, .. } => {
                assert_eq!(custody.action.as_ref().map(ToString::to_string), Some(sha256.clone()));
                let answer = if self.fault(self.faults.damage) {
                    self.disk.remove(&name);
                    Sealed::Damaged(Error::new(Code::PackageDamaged, "a CRC is wrong"))
                } else {
                    self.disk.insert(name, Disk::Sealed { action: sha256 });
                    Sealed::Whole { members: 3, findings: 0 }
                };
                let _ = keep_damaged;
                self.soon(ticket, Answer::Sealed(answer));
            }
            Command::Send { ticket, request, not_after, .. } => {
                assert!(not_after >= self.now);
                self.send(ticket, request);
            }
            Command::Settle { permit, settlement } => match settlement {
                Settlement::Unused => self.quotas.release(permit),
                Settlement::Throttled(patience) => {
                    self.quotas.settle(permit, self.now);
                    self.quotas.throttled(permit.class().unwrap(), self.now + patience, self.now);
                }
                _ => self.quotas.settle(permit, self.now),
            },
            Command::Token { ticket, rejected } => {
                self.token += u64::from(rejected.is_some() || self.token == 0);
                let token = AccessToken::new(token(self.token));
                assert!(rejected.is_none_or(|rejected| rejected.expose() != token.expose()));
                self.soon(ticket, Answer::Token(token, seconds(3_600)));
            }
            Command::Wait { until } => {
                self.queue.forget_wakes();
                if let Some(until) = until {
                    assert!(until > self.now, "a wait that is over");
                    self.queue.push(until, Delivery::Wake);
                }
                return Step::Waits;
            }
            other => panic!("unknown command {other:?}"),
        }
        let _ = engine;
        Step::Go
    }

    pub(crate) fn deliver(&mut self, engine: &mut Engine, delivery: Delivery) {
        self.trace("<-", &delivery);
        match delivery {
            Delivery::Answer(ticket, answer) => {
                if matches!(answer, Answer::Fetched(_)) {
                    self.fetching -= 1;
                }
                engine.answer(ticket, answer, self.clock());
            }
            Delivery::Arrival(request) => {
                self.service.handle(&request, self.now, false);
            }
            Delivery::Recorded(seq) => {
                if let Some(at) = self.unacknowledged.iter().position(|(other, _)| *other == seq) {
                    // Append-only: what came before is durable too.
                    let acknowledged: Vec<_> = self.unacknowledged.drain(..=at).collect();
                    for (seq, record) in acknowledged {
                        self.durable.push(record);
                        engine.recorded(seq);
                    }
                }
            }
            Delivery::Wake => {}
        }
    }

    /// `SIMULATION_TRACE=1` shows all that passes between engine and driver.
    fn trace(&self, way: &str, what: &impl std::fmt::Debug) {
        if self.is_traced {
            let what = format!("{what:?}");
            eprintln!(
                "{:10.3} {way} {}",
                self.now.as_secs_f64(),
                what.chars().take(400).collect::<String>()
            );
        }
    }

    fn fault(&mut self, per_mille: u64) -> bool {
        self.now < self.faults.heals && self.random.chance(per_mille)
    }

    fn soon(&mut self, ticket: Ticket, answer: Answer) {
        let at = self.now + self.random.millis(0, 3);
        self.queue.push(at, Delivery::Answer(ticket, answer));
    }

    fn aborted(&mut self, ticket: Ticket) {
        let fetching = |delivery: &Delivery| matches!(delivery, Delivery::Answer(t, Answer::Fetched(_)) if *t == ticket);
        self.fetching -=
            self.queue.deliveries.values().filter(|delivery| fetching(delivery)).count();
        self.queue
            .deliveries
            .retain(|_, delivery| !matches!(delivery, Delivery::Answer(t, _) if *t == ticket));
    }

    fn send(&mut self, ticket: Ticket, request: http::Request<Vec<u8>>) {
        assert!(request.uri().to_string().starts_with("https://api.security.microsoft.com/api/"));
        if request.uri().path().ends_with("collectInvestigationPackage") {
            let machine = request.uri().path().split('/').nth(3).unwrap().to_owned();
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            self.check_request(
                &machine,
                body["ExternalId"].as_str(),
                body["Comment"].as_str().unwrap(),
            );
        }
        let sent = self.now;
        let given_up = sent + self.random.millis(2_000, 60_000);
        let lost = || Answer::Exchange(Exchange::Unknown(Error::new(Code::TimedOut, "no answer")));
        if self.fault(self.faults.not_sent) {
            let error = Error::new(Code::ConnectFailed, "no connection");
            return self.soon(ticket, Answer::Exchange(Exchange::NotSent(error)));
        }
        if self.fault(self.faults.lost_request) {
            return self.queue.push(given_up, Delivery::Answer(ticket, lost()));
        }
        if self.fault(self.faults.late) {
            let arrives = given_up
                + self.random.millis(0, u64::try_from(self.faults.latest.as_millis()).unwrap());
            self.queue.push(arrives, Delivery::Arrival(Box::new(request)));
            return self.queue.push(given_up, Delivery::Answer(ticket, lost()));
        }
        // The model acts at once and the answer takes its time, which is one of the orders that can happen.
        let fault = |world: &mut Self, rate: u64| world.fault(rate);
        if fault(self, self.faults.throttle) {
            let mut response = self.service.error(self.now, 429, "TooManyRequests", "quota");
            if self.random.chance(500) {
                response
                    .headers_mut()
                    .insert("retry-after", http::HeaderValue::from(self.random.below(90)));
            }
            return self.reply(ticket, response);
        }
        if fault(self, self.faults.server_error) {
            if self.random.chance(500) {
                self.service.handle(&request, self.now, true);
            }
            let response = self.service.error(self.now, 503, "InternalServerError", "try again");
            return self.reply(ticket, response);
        }
        if self.service.refused_at.is_none_or(|at| self.now > at + seconds(120))
            && fault(self, self.faults.refused_token)
        {
            self.service.refused_at = Some(self.now);
            let bearer = request.headers()["authorization"].to_str().unwrap();
            self.service.refused_token = bearer.strip_prefix("Bearer ").map(str::to_owned);
        }
        let response = self.service.handle(&request, self.now, true);
        if fault(self, self.faults.lost_answer) {
            return self.queue.push(given_up, Delivery::Answer(ticket, lost()));
        }
        if fault(self, self.faults.nonsense) {
            let response = http::Response::builder()
                .status(response.status())
                .header("content-type", "application/json");
            return self.reply(ticket, response.body(b"{\"id\":".to_vec()).unwrap());
        }
        self.reply(ticket, response);
    }

    fn reply(&mut self, ticket: Ticket, response: http::Response<Vec<u8>>) {
        let at = self.now + self.random.millis(5, 800);
        self.queue.push(at, Delivery::Answer(ticket, Answer::Exchange(Exchange::Reply(response))));
    }

    fn fetch(&mut self, ticket: Ticket, link: &PackageLink, name: &str, resume: Option<Partial>) {
        self.fetching += 1;
        assert!(self.fetching <= self.options.downloads, "more downloads at once than wished for");
        let at = self.now + self.random.millis(100, 20_000);
        let fetched = match self.service.links.get(link.expose()) {
            Some(known) if known.dies > self.now => {
                let action = known.action.clone();
                self.check_name(name, &action);
                if self.fault(self.faults.fetch) {
                    let before = resume.map_or(0, |partial| partial.received);
                    let received = before + self.random.below(SIZE - before);
                    let partial = Partial::new(received, Some("\"v1\"".into()), Some(SIZE));
                    self.disk.insert(name.to_owned(), Disk::Partial(partial.clone()));
                    Fetched::Interrupted {
                        partial,
                        error: Error::new(Code::ConnectionLost, "cut off"),
                    }
                } else {
                    Fetched::Complete { size: SIZE, sha256: action }
                }
            }
            _ => Fetched::Dead(Error::new(Code::LinkDead, "the link is dead")),
        };
        self.queue.push(at, Delivery::Answer(ticket, Answer::Fetched(fetched)));
    }

    fn check_name(&self, name: &str, action: &str) {
        let records = self
            .durable
            .iter()
            .chain(self.unacknowledged.iter().map(|(_, record)| record))
            .cloned();
        let handles = mde_forensics_core::engine::Handle::fold(records);
        let of_action = |handle: &&mde_forensics_core::engine::Handle| {
            handle.action().is_some_and(|known| known.id.as_str() == action)
        };
        let named = handles
            .iter()
            .filter(of_action)
            .filter_map(package_file_name)
            .any(|expected| expected == name);
        assert!(named, "`{name}` is not the package of {action}");
    }
}

/// A token that can be read, for the model's API, with every permission.
fn token(serial: u64) -> String {
    let claims = format!(
        r#"{{"aud":"https://api.securitycenter.microsoft.com","appid":"{}","roles":["Machine.ReadWrite.All","Machine.CollectForensics"]}}"#,
        crate::APP_ID
    );
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims);
    format!("e30.{base64}.{SECRET_TOKEN}{serial}")
}

pub(crate) const SECRET_TOKEN: &str = "TOKENSECRET";
const SIZE: u64 = 1_000;
