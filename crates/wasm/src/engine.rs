//! The engine alone: commands go out, events come in.

use std::cell::RefCell;

use mde_forensics_core::engine::{
    Command as Asked, Engine, Event, Handle, Record, Settlement, Start, Ticket,
};
use mde_forensics_core::json::{self, Fields, Json, Read, Wrong};
use mde_forensics_core::{BaseUrl, Code, Error, MachineId, Map, Now, QuotaClass, Tenant};
use serde::Serialize;

use crate::answer::Answer;
use crate::ask::Texts;
use crate::convert;
use crate::core::Request;
use crate::report::Row;
use crate::settings::RunSettings;

/// A command for the driver of the engine. Times are seconds of the clock that the driver passes
/// in.
///
/// - `abort`: abort this send or fetch; its answer will be ignored.
/// - `claim`: claim the collection for this run until a record says that it has ended; with
///   `wantsDevice` also its device, until a record says that it was accepted or has ended. Answer
///   `claimed` or `claimHeld`.
/// - `done`: the run is over.
/// - `event`: something that a person may want to see.
/// - `fetch`: stream the package into `name` plus `.part`. Answer `fetched` or `notFetched`.
/// - `inspect`: report what the output folder has under this name. Answer `held`.
/// - `permit`: ask whether a call of this quota may be sent now. Answer `granted` or `until`.
/// - `record`: append the record durably, then call `recorded` or `recordFailed`; several may share
///   one sync.
/// - `seal`: turn `name` plus `.part` into evidence. Answer `sealed` or `notSealed`.
/// - `send`: send this request once, unchanged. Answer `reply`, `notSent`, `unknown` or `broken`.
/// - `settle`: count the permit from now.
/// - `token`: get a token for the API. Answer `token` or `tokenFailed`.
/// - `wait`: wait for an answer or for that time.
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
        wants_device: bool,
    },
    Done {
        /// One row per device, in the order of the call.
        rows: Vec<Row>,
    },
    Event {
        event: Box<Event>,
    },
    Fetch {
        ticket: u64,
        /// The package's link; a secret.
        link: String,
        name: String,
        /// The part that was received before.
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
        /// The record as JSON, for a line of a ledger.
        record: String,
    },
    Seal {
        ticket: u64,
        name: String,
        /// The package's origin as JSON, for the manifest.
        custody: String,
        /// The size in bytes.
        size: u64,
        /// The SHA-256 in lower-case hexadecimal.
        sha256: String,
        /// Whether to keep a damaged package under another name.
        keep_damaged: bool,
    },
    Send {
        ticket: u64,
        /// The request; its `authorization` header is a secret.
        request: Request,
        /// The maximum size of the reply's body, in bytes.
        body_limit: usize,
        /// The monotonic time after which it must not be sent.
        not_after: f64,
    },
    Settle {
        permit: f64,
        settlement: Settled,
        /// The time that the service asks us to wait in seconds, if it was `throttled`.
        seconds: f64,
    },
    Token {
        ticket: u64,
        /// A token that the service refused; a secret.
        rejected: Option<String>,
    },
    Wait {
        until: Option<f64>,
    },
}

/// The part of a package that was received.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct Part {
    /// The number of bytes received.
    received: u64,
    /// Its strong entity tag, if it has one.
    validator: Option<String>,
    /// The size of the whole package in bytes, if the service gave it.
    total: Option<u64>,
}

/// The result of a call that had a permit.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Settled {
    /// It was made.
    Answered,
    /// The service refused it because of the quota.
    Throttled,
    /// It was not made.
    Unused,
}

/// The starting points of an engine.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub(crate) struct EngineStarts {
    /// Names, ids or addresses of devices.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    devices: Vec<String>,
    /// Handles (JSON) of collections to continue, after the devices.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    handles: Vec<String>,
    /// Handles (JSON) that a ledger knows. With a key, a device among them continues where it
    /// stopped; for a handle, the more advanced state wins.
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

/// Runs an engine's function by name; the first argument is the engine's number, except for `begin`
/// and `handles`.
///
/// - `answer`: a ticket and its answer (JSON); `body` is a reply's.
/// - `begin`: a tenant, a base URL, options (JSON), and starts (JSON); `body` is sixteen random
///   bytes. Returns a number.
/// - `cancel`: one device or all; with a comment, also at the service.
/// - `end`: drops the engine.
/// - `handle`: a device's current handle, or nothing.
/// - `handles`: without an engine: folds records (JSON) into handles (JSON).
/// - `interruptible`: whether stopping now would lose no work.
/// - `poll`: the next command (JSON).
/// - `progress`: a ticket, the bytes received so far, and the total.
/// - `recorded`: a record's number; with a text, why it could not be made durable.
pub(crate) fn ask(what: &str, given: &Texts, body: Vec<u8>, now: Now) -> Result<String, Error> {
    match what {
        "begin" => {
            let engine = begin(given, &body, now)?;
            return ENGINES.with_borrow_mut(|(count, engines)| {
                *count += 1;
                engines.insert(*count, engine);
                Ok(count.to_string())
            });
        }
        "handles" => return handles(&given.0),
        _ => {}
    }
    let number: u64 = given.number(0).unwrap_or_default();
    ENGINES.with_borrow_mut(|(_, engines)| {
        let second = given.number(1);
        let ticket = Ticket::from_number(second.unwrap_or_default());
        if what == "end" {
            engines.remove(&number);
        }
        let Some(engine) = engines.get_mut(&number) else { return Ok(String::new()) };
        match what {
            "answer" => {
                let answer: Answer = convert::read(given.text(2), "answer")?;
                engine.answer(ticket, answer.told(body)?, now);
            }
            "cancel" => {
                let how = convert::how(given.some(2).map(str::to_owned));
                engine.cancel(given.number(1), &how, now);
            }
            "handle" => {
                let handle = given.number(1).and_then(|index| engine.handle(index));
                return Ok(handle.map(Handle::to_json).unwrap_or_default());
            }
            "interruptible" => return Ok(engine.is_interruptible().to_string()),
            "poll" => return Ok(convert::json(&Command::of(engine.poll(now)))),
            "progress" => {
                engine.progress(ticket, given.number(2).unwrap_or_default(), given.number(3));
            }
            "recorded" => match given.some(2) {
                None => engine.recorded(ticket.number()),
                Some(why) => {
                    engine.record_failed(ticket.number(), Error::new(Code::LedgerFailed, why));
                }
            },
            _ => {}
        }
        Ok(String::new())
    })
}

thread_local! {
    /// The number of engines so far, and the live ones. They are kept by number, because a class
    /// would add its binding to every page, and few callers use an engine directly.
    static ENGINES: RefCell<(u64, Map<u64, Engine>)> = RefCell::default();
}

/// Folds records into handles, as a JSON array of JSON strings.
fn handles(records: &[String]) -> Result<String, Error> {
    let records: Result<Vec<Record>, Error> =
        records.iter().map(|text| convert::read(text, "records")).collect();
    let handles = Handle::fold(records?);
    Ok(convert::json(&handles.iter().map(Handle::to_json).collect::<Vec<_>>()))
}

fn begin(given: &Texts, entropy: &[u8], now: Now) -> Result<Engine, Error> {
    let (tenant, base) = (Tenant::parse(given.text(0))?, BaseUrl::parse(given.text(1))?);
    let settings: RunSettings = convert::read(given.text(2), "options")?;
    let begin: EngineStarts = convert::read(given.text(3), "starts")?;
    let options = settings.options(&tenant, &base, entropy, true)?;
    let (starts, known) = Start::read(&options, &begin.devices, &begin.handles, &begin.known)?;
    Engine::new(options, starts, &known, now)
}

impl Command {
    fn of(asked: Asked) -> Self {
        match asked {
            Asked::Abort { ticket } => Self::Abort { ticket: ticket.number() },
            Asked::Claim { ticket, tenant, machine, wants_device } => {
                Self::Claim { ticket: ticket.number(), tenant, machine, wants_device }
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
            // A command that this version does not know cannot be carried out.
            _ => Self::Wait { until: None },
        }
    }
}
