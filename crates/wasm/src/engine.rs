//! The engine alone: what it asks for goes out, what happened comes in.

use mde_forensics_core::engine::{
    Command as Asked, Engine as Inner, Event, Handle, Record, Settlement, Start, Ticket,
};
use mde_forensics_core::json::{self, Fields, Json, Read, Wrong};
use mde_forensics_core::{BaseUrl, Code, Device, Error, MachineId, Now, QuotaClass, Tenant};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::answer::Answer;
use crate::convert::{self, Thrown, thrown};
use crate::core::Request;
use crate::report::Row;
use crate::said::RunSaid;

/// One thing for the driver of the engine to do. Times are seconds of the clock that the driver tells.
///
/// - `abort`: forget this send or fetch; its answer will not be heard.
/// - `claim`: take the device for this run. Answer `claimed` or `claimHeld`.
/// - `done`: the run is over.
/// - `event`: something that a person may want to see.
/// - `fetch`: stream the package into `name` with `.part` behind it. Answer `fetched` or `notFetched`.
/// - `inspect`: say what lies in the output folder under this name. Answer `held`.
/// - `permit`: ask whether a call of this quota may go out now. Answer `granted` or `until`.
/// - `record`: append the record durably, then say `recorded` or `recordFailed`; several may share one sync.
/// - `seal`: turn `name` with `.part` behind it into evidence. Answer `sealed` or `notSealed`.
/// - `send`: send this request as it is, once. Answer `reply`, `notSent`, `unknown` or `broken`.
/// - `settle`: the permit's place in the quota can be counted from now.
/// - `token`: get a token for the API. Answer `token` or `tokenFailed`.
/// - `wait`: nothing more to do until an answer comes or that time.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Command {
    Abort {
        ticket: u64,
    },
    Claim {
        ticket: u64,
        tenant: String,
        machine: MachineId,
    },
    Done {
        /// One for each device, in the order of the call.
        rows: Vec<Row>,
    },
    Event {
        event: Box<Event>,
    },
    Fetch {
        ticket: u64,
        /// Where the package is; a secret.
        link: String,
        name: String,
        /// What was received of it before.
        resume: Option<Part>,
    },
    Inspect {
        ticket: u64,
        name: String,
    },
    Permit {
        ticket: u64,
        quota: QuotaClass,
    },
    Record {
        seq: u64,
        /// JSON, for a line of a ledger.
        record: String,
    },
    Seal {
        ticket: u64,
        name: String,
        /// JSON, for the manifest.
        custody: String,
        /// Bytes.
        size: u64,
        /// Lower-case hexadecimal SHA-256.
        sha256: String,
        /// Whether a damaged package is kept under another name.
        keep_damaged: bool,
    },
    Send {
        ticket: u64,
        /// Its `authorization` header is a secret.
        request: Request,
        /// The longest body of the reply, in bytes.
        body_limit: usize,
        /// Not to be sent after this monotonic time.
        not_after: f64,
    },
    Settle {
        permit: f64,
        settlement: Settled,
        /// For how many seconds the service wants to be left alone, where it was `throttled`.
        seconds: f64,
    },
    Token {
        ticket: u64,
        /// A token that the service did not take; a secret.
        rejected: Option<String>,
    },
    Wait {
        until: Option<f64>,
    },
}

/// What was received of a package.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct Part {
    /// Bytes.
    received: u64,
    /// Its strong entity tag, where it has one.
    validator: Option<String>,
    /// Bytes of the whole package, where the service said so.
    total: Option<u64>,
}

/// What became of a call that had a permit.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Settled {
    /// It was made.
    Answered,
    /// The service refused it for being one too many.
    Throttled,
    /// It was not made.
    Unused,
}

/// Where the engine begins.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub(crate) struct EngineStarts {
    /// Names, ids or addresses of devices.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    devices: Vec<String>,
    /// Handles (JSON) of collections to go on with, after the devices.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    handles: Vec<String>,
    /// Handles (JSON) that a ledger knows. With a key, a device among them goes on where it was; a handle goes on from
    /// whichever has come further.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    known: Vec<String>,
}

impl Read for EngineStarts {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                devices: fields.take_or("devices", Vec::new())?,
                handles: fields.take_or("handles", Vec::new())?,
                known: fields.take_or("known", Vec::new())?,
            })
        })
    }
}

/// The engine alone.
#[wasm_bindgen]
pub struct Engine(Inner);

#[wasm_bindgen]
impl Engine {
    /// An engine. `said` are its options, `starts` where it begins, `entropy` sixteen random bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(
        tenant: &str,
        base: &str,
        said: &str,
        starts: &str,
        entropy: &[u8],
        wall: f64,
        mono: f64,
    ) -> Thrown<Engine> {
        let now = convert::now(wall, mono);
        Self::begin(tenant, base, said, starts, entropy, now).map_err(|error| thrown(&error))
    }

    /// The next thing to do, as JSON.
    #[must_use]
    pub fn poll(&mut self, wall: f64, mono: f64) -> String {
        convert::json(&Command::of(self.0.poll(convert::now(wall, mono))))
    }

    /// Brings the answer to a ticket: JSON, and the body of a reply.
    pub fn answer(
        &mut self,
        ticket: f64,
        answer: &str,
        body: Option<Vec<u8>>,
        wall: f64,
        mono: f64,
    ) -> Thrown<()> {
        let answer = convert::read(answer, "answer")
            .and_then(|answer: Answer| answer.told(body.unwrap_or_default()))
            .map_err(|error| thrown(&error))?;
        let ticket = Ticket::from_number(convert::number(ticket));
        self.0.answer(ticket, answer, convert::now(wall, mono));
        Ok(())
    }

    /// The record of this number is durable.
    pub fn recorded(&mut self, seq: f64) {
        self.0.recorded(convert::number(seq));
    }

    /// The record of this number could not be made durable.
    #[wasm_bindgen(js_name = recordFailed)]
    pub fn record_failed(&mut self, seq: f64, message: &str) {
        self.0.record_failed(convert::number(seq), Error::new(Code::LedgerFailed, message));
    }

    /// Bytes have arrived: so many so far, of so many in all.
    pub fn progress(&mut self, ticket: f64, received: f64, total: Option<f64>) {
        let ticket = Ticket::from_number(convert::number(ticket));
        self.0.progress(ticket, convert::number(received), total.map(convert::number));
    }

    /// Stops one device or all of them here; with a comment also at the service.
    pub fn cancel(&mut self, device: Option<usize>, comment: Option<String>, wall: f64, mono: f64) {
        self.0.cancel(device, &convert::how(comment), convert::now(wall, mono));
    }

    /// Whether stopping now would waste nothing that cannot be gone on with.
    #[must_use]
    pub fn interruptible(&self) -> bool {
        self.0.is_interruptible()
    }

    /// The handle of one device as it is now.
    #[must_use]
    pub fn handle(&self, index: usize) -> Option<String> {
        self.0.handle(index).map(Handle::to_json)
    }
}

/// The handles, as a JSON array of JSON, that records come to: a JSON array of what `record` commands carried.
#[wasm_bindgen]
pub fn handles(records: &str) -> Thrown<String> {
    let fold = || {
        let texts: Vec<String> = convert::read(records, "records")?;
        let records: Result<Vec<Record>, Error> =
            texts.iter().map(|text| convert::read(text, "records")).collect();
        let handles = Handle::fold(records?);
        Ok(convert::json(&handles.iter().map(Handle::to_json).collect::<Vec<_>>()))
    };
    fold().map_err(|error: Error| thrown(&error))
}

impl Engine {
    fn begin(
        tenant: &str,
        base: &str,
        said: &str,
        starts: &str,
        entropy: &[u8],
        now: Now,
    ) -> Result<Self, Error> {
        let (tenant, base) = (Tenant::parse(tenant)?, BaseUrl::parse(base)?);
        let said: RunSaid = convert::read(said, "options")?;
        let begin: EngineStarts = convert::read(starts, "starts")?;
        let options = said.options(&tenant, &base, entropy, true)?;
        let handle = |text: &String| Handle::parse(text, tenant.as_str(), &base);
        let known = begin.known.iter().map(handle).collect::<Result<Vec<_>, _>>()?;
        let devices = begin.devices.iter().map(|device| Device::parse(device));
        let mut starts = Start::plan(&options, devices.collect::<Result<_, _>>()?, &known);
        for text in &begin.handles {
            starts.push(Start::Handle(Box::new(handle(text)?)));
        }
        Ok(Self(Inner::new(options, starts, &known, now)?))
    }
}

impl Command {
    fn of(asked: Asked) -> Self {
        match asked {
            Asked::Abort { ticket } => Self::Abort { ticket: ticket.number() },
            Asked::Claim { ticket, tenant, machine } => {
                Self::Claim { ticket: ticket.number(), tenant, machine }
            }
            Asked::Done(report) => {
                let row = |report| Row::of(report, false);
                Self::Done { rows: report.devices.iter().map(row).collect() }
            }
            Asked::Event(event) => Self::Event { event: Box::new(event) },
            Asked::Fetch { ticket, link, name, resume } => Self::Fetch {
                ticket: ticket.number(),
                link: link.expose().to_owned(),
                name,
                resume: resume.map(|part| Part {
                    received: part.received,
                    validator: part.validator,
                    total: part.total,
                }),
            },
            Asked::Inspect { ticket, name } => Self::Inspect { ticket: ticket.number(), name },
            Asked::Permit { ticket, quota } => Self::Permit { ticket: ticket.number(), quota },
            Asked::Record { seq, record } => Self::Record { seq, record: json::text(&record) },
            Asked::Seal { ticket, name, custody, size, sha256, keep_damaged } => Self::Seal {
                ticket: ticket.number(),
                name,
                custody: json::text(&custody),
                size,
                sha256,
                keep_damaged,
            },
            Asked::Send { ticket, request, body_limit, not_after } => Self::Send {
                ticket: ticket.number(),
                request: Request::of(request),
                body_limit,
                not_after: not_after.as_secs_f64(),
            },
            Asked::Settle { permit, settlement } => {
                let (settlement, seconds) = match settlement {
                    Settlement::Answered => (Settled::Answered, 0.0),
                    Settlement::Throttled(wait) => (Settled::Throttled, wait.as_secs_f64()),
                    _ => (Settled::Unused, 0.0),
                };
                Self::Settle { permit: convert::float(permit.as_u64()), settlement, seconds }
            }
            Asked::Token { ticket, rejected } => Self::Token {
                ticket: ticket.number(),
                rejected: rejected.map(|token| token.expose().to_owned()),
            },
            Asked::Wait { until } => Self::Wait { until: until.map(|until| until.as_secs_f64()) },
            // What this version does not know is nothing that it can do.
            _ => Self::Wait { until: None },
        }
    }
}
