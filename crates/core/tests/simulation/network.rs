//! A network that loses, delays and damages, and a service that has bad days.

use std::time::Duration;

use mde_forensics_core::engine::{Answer, Exchange, Fetched, Partial, Ticket, package_file_name};
use mde_forensics_core::{Code, Error, PackageLink};
use serde_json::Value;

use crate::driver::Disk;
use crate::queue::Delivery;
use crate::random::Random;
use crate::seconds;
use crate::service::endpoint;
use crate::unknowns::Unknowns;
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
    pub(crate) damage: u64,
    pub(crate) heals: Duration,
    /// How long after it was given up a request may still arrive.
    latest: Duration,
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
            heals: crate::world::BEGIN + seconds(900),
            // The promise holds while lag and delay stay within 180 s together.
            latest: seconds(170).saturating_sub(unknowns.list_lag),
        }
    }
}

impl World {
    pub(crate) fn fault(&mut self, per_mille: u64) -> bool {
        self.now < self.faults.heals && self.random.chance(per_mille)
    }

    pub(crate) fn soon(&mut self, ticket: Ticket, answer: Answer) {
        let at = self.now + self.random.millis(0, 3);
        self.queue.push(at, Delivery::Answer(ticket, answer));
    }

    pub(crate) fn aborted(&mut self, ticket: Ticket) {
        let fetching = |delivery: &Delivery| matches!(delivery, Delivery::Answer(t, Answer::Fetched(_)) if *t == ticket);
        self.fetching -=
            self.queue.deliveries.values().filter(|delivery| fetching(delivery)).count();
        self.queue
            .deliveries
            .retain(|_, delivery| !matches!(delivery, Delivery::Answer(t, _) if *t == ticket));
    }

    pub(crate) fn send(&mut self, ticket: Ticket, request: http::Request<Vec<u8>>) {
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
        if let ["", "api", "machineactions", action, "cancel"] =
            request.uri().path().split('/').collect::<Vec<_>>()[..]
        {
            self.check_cancel(action);
        }
        let endpoint = endpoint(&request);
        if endpoint == "link" {
            assert!(self.fetching < self.options.downloads, "a link without a free slot");
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
        if self.troubles.closed.is_some_and(|(from, class)| class == endpoint && self.now >= from) {
            self.closed_to += 1;
            let response = self.service.error(self.now, 429, "TooManyRequests", "quota");
            return self.reply(ticket, response);
        }
        if let Some((from, until, status)) = self.troubles.forbidden
            && (from..until).contains(&self.now)
        {
            self.turned_away += 1;
            let code = if status == 401 { "Unauthorized" } else { "Forbidden" };
            let response = self.service.error(self.now, status, code, "missing permission");
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

    pub(crate) fn reply(&mut self, ticket: Ticket, response: http::Response<Vec<u8>>) {
        let at = self.now + self.random.millis(5, 800);
        self.queue.push(at, Delivery::Answer(ticket, Answer::Exchange(Exchange::Reply(response))));
    }

    pub(crate) fn fetch(
        &mut self,
        ticket: Ticket,
        link: &PackageLink,
        name: &str,
        resume: Option<Partial>,
    ) {
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

    pub(crate) fn check_name(&self, name: &str, action: &str) {
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
        // A ledger that loses records cannot say.
        assert!(named || self.lost_records > 0, "`{name}` is not the package of {action}");
    }
}

/// A token that can be read, for the model's API, with every permission.
pub(crate) fn token(person: &str, serial: u64) -> String {
    let claims = format!(
        r#"{{"aud":"https://api.securitycenter.microsoft.com","appid":"{person}","roles":["Machine.ReadWrite.All","Machine.CollectForensics"]}}"#,
    );
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims);
    format!("e30.{base64}.{SECRET_TOKEN}{serial}")
}

pub(crate) const SECRET_TOKEN: &str = "TOKENSECRET";
pub(crate) const SIZE: u64 = 1_000;
