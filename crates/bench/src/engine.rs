//! Many devices at once by the engine alone: nothing is sent, and every answer is there at once.

mod service;

use std::time::Duration;

use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::engine::{
    Answer, Command, Engine, Exchange, Options, Outcome, Report, Settlement, Start, Until,
};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{AccessToken, BaseUrl, Comment, Device, Now, PermitId, QuotaClass};
use serde_json::{Value, json};

use self::service::Service;
use crate::clock::START;
use crate::{Result, process};

/// Collects from `devices` devices until each package is ready, and says what processor time that took, the
/// making of the answers included.
pub(crate) fn run(devices: usize) -> Result<Value> {
    let base = BaseUrl::parse("https://api.security.microsoft.com")?;
    let mut options = Options::new("contoso.com", base, Comment::parse("measured")?, [7; 16]);
    options.until = Until::Ready;
    let starts = (0..devices)
        .map(|index| Ok(Start::Device(Device::parse(&service::machine_id(index))?)))
        .collect::<Result<Vec<_>>>()?;

    let now = Now::new(START, Duration::from_secs(24 * 60 * 60));
    let begun = process::cpu_seconds()?;
    let mut driver = Driver {
        engine: Engine::new(options, starts, &[], now)?,
        service: Service::default(),
        permits: Permits::default(),
        now,
    };
    let report = driver.run()?;
    let cpu = process::cpu_seconds()? - begun;
    let is_ready = |outcome: &&_| matches!(outcome, Outcome::Ready);
    let outcomes = report.devices.iter().map(|device| &device.outcome);
    match outcomes.filter(is_ready).count() {
        ready if ready == devices => Ok(json!({
            "devices": devices,
            "cpu_seconds": cpu,
            "calls": driver.service.calls(),
            "rows": driver.service.rows(),
            "peak_bytes": process::peak_bytes()?,
        })),
        ready => Err(format!("{ready} of {devices} devices became ready").into()),
    }
}

struct Driver {
    engine: Engine,
    service: Service,
    permits: Permits,
    now: Now,
}

impl Driver {
    fn run(&mut self) -> Result<Report> {
        loop {
            let now = self.now;
            let (ticket, answer) = match self.engine.poll(now) {
                Command::Claim { ticket, .. } => (ticket, Answer::Claimed),
                Command::Done(report) => return Ok(report),
                Command::Permit { ticket, quota } => {
                    (ticket, Answer::Granted(self.permits.next(quota)?))
                }
                Command::Record { seq, .. } => {
                    self.engine.recorded(seq);
                    continue;
                }
                Command::Send { ticket, request, .. } => {
                    let reply = self.service.answer(&request, now)?;
                    (ticket, Answer::Exchange(Exchange::Reply(reply)))
                }
                Command::Token { ticket, .. } => {
                    let token = Token::new(AccessToken::new("opaque"), Duration::from_secs(36_000));
                    (ticket, Answer::Token(token.access_token, token.expires_in))
                }
                Command::Wait { until } => {
                    let until = until.ok_or("the engine waits for an answer that it has")?;
                    let by = until.saturating_sub(now.monotonic);
                    self.now = Now { wall: now.wall + by, monotonic: now.monotonic + by };
                    continue;
                }
                _ => continue,
            };
            self.engine.answer(ticket, answer, now);
        }
    }
}

/// Permits without a quota: each is given an hour after the one before.
struct Permits {
    quotas: Quotas,
    now: Duration,
}

impl Default for Permits {
    fn default() -> Self {
        Self { quotas: Quotas::new(QuotaOptions::default()), now: Duration::ZERO }
    }
}

impl Permits {
    fn next(&mut self, quota: QuotaClass) -> Result<PermitId> {
        self.now += Duration::from_secs(3_601);
        let permit = self.quotas.permit(quota, self.now);
        let permit = permit.map_err(|_| "a permit was refused an hour after the one before")?;
        self.quotas.settle(permit, Settlement::Answered, self.now);
        Ok(permit)
    }
}
