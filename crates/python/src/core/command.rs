//! The engine's commands for Python.

use std::time::Duration;

use mde_forensics::core::engine::{self, Settlement};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::json;

use crate::convert;
use crate::event;
use crate::http;
use crate::report;

/// A command for the driver. Times are seconds of the monotonic clock that the driver passes in.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) enum Command {
    Abort {
        ticket: u64,
    },
    Claim {
        ticket: u64,
        tenant: String,
        machine: String,
        wants_device: bool,
    },
    Done {
        report: Py<PyAny>,
    },
    Event {
        event: Py<PyAny>,
    },
    Fetch {
        ticket: u64,
        link: String,
        name: String,
        resume: Option<Resume>,
    },
    Inspect {
        ticket: u64,
        name: String,
    },
    Permit {
        ticket: u64,
        quota: String,
    },
    Record {
        seq: u64,
        record: String,
    },
    Seal {
        ticket: u64,
        name: String,
        custody: String,
        size: u64,
        sha256: String,
        keep_damaged: bool,
    },
    Send {
        ticket: u64,
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        body_limit: usize,
        not_after: f64,
    },
    Settle {
        permit: u64,
        settlement: String,
        seconds: f64,
    },
    Token {
        ticket: u64,
        rejected: Option<String>,
    },
    Wait {
        until: Option<f64>,
    },
}

/// The part of a package received before: its bytes, its strong entity tag, and the total size in
/// bytes.
type Resume = (u64, Option<String>, Option<u64>);

#[pymethods]
impl Command {
    /// Omits the content: links and headers are secrets.
    pub(super) fn __repr__(&self) -> String {
        let (name, number) = match self {
            Self::Abort { ticket } => ("Abort", Some(ticket)),
            Self::Claim { ticket, .. } => ("Claim", Some(ticket)),
            Self::Done { .. } => ("Done", None),
            Self::Event { .. } => ("Event", None),
            Self::Fetch { ticket, .. } => ("Fetch", Some(ticket)),
            Self::Inspect { ticket, .. } => ("Inspect", Some(ticket)),
            Self::Permit { ticket, .. } => ("Permit", Some(ticket)),
            Self::Record { seq, .. } => ("Record", Some(seq)),
            Self::Seal { ticket, .. } => ("Seal", Some(ticket)),
            Self::Send { ticket, .. } => ("Send", Some(ticket)),
            Self::Settle { permit, .. } => ("Settle", Some(permit)),
            Self::Token { ticket, .. } => ("Token", Some(ticket)),
            Self::Wait { .. } => ("Wait", None),
        };
        match number {
            Some(number) => format!("<Command.{name} {number}>"),
            None => format!("<Command.{name}>"),
        }
    }
}

impl Command {
    pub(crate) fn of(py: Python<'_>, command: engine::Command) -> PyResult<Self> {
        Ok(match command {
            engine::Command::Abort { ticket } => Self::Abort { ticket: ticket.number() },
            engine::Command::Claim { ticket, tenant, machine, wants_device } => Self::Claim {
                ticket: ticket.number(),
                tenant,
                machine: machine.to_string(),
                wants_device,
            },
            engine::Command::Done(report) => {
                Self::Done { report: report::to_python(py, &report, None)? }
            }
            engine::Command::Event(happened) => {
                Self::Event { event: convert::to_python(py, &event::shown(&happened))? }
            }
            engine::Command::Fetch { ticket, link, name, resume } => Self::Fetch {
                ticket: ticket.number(),
                link: link.expose().to_owned(),
                name,
                resume: resume.map(|part| (part.received, part.validator, part.total)),
            },
            engine::Command::Inspect { ticket, name } => {
                Self::Inspect { ticket: ticket.number(), name }
            }
            engine::Command::Permit { ticket, quota } => {
                Self::Permit { ticket: ticket.number(), quota: quota.as_str().to_owned() }
            }
            engine::Command::Record { seq, record } => {
                Self::Record { seq, record: json!(record).to_string() }
            }
            engine::Command::Seal { ticket, name, custody, size, sha256, keep_damaged } => {
                let custody = json!(custody).to_string();
                Self::Seal { ticket: ticket.number(), name, custody, size, sha256, keep_damaged }
            }
            engine::Command::Send { ticket, request, body_limit, not_after } => Self::Send {
                ticket: ticket.number(),
                method: request.method().as_str().to_owned(),
                url: request.uri().to_string(),
                headers: http::headers(request.headers()),
                body: request.into_body(),
                body_limit,
                not_after: not_after.as_secs_f64(),
            },
            engine::Command::Settle { permit, settlement } => {
                let (settlement, seconds) = match settlement {
                    Settlement::Answered => ("answered", Duration::ZERO),
                    Settlement::Throttled(wait) => ("throttled", wait),
                    _ => ("unused", Duration::ZERO),
                };
                Self::Settle {
                    permit: permit.as_u64(),
                    settlement: settlement.to_owned(),
                    seconds: seconds.as_secs_f64(),
                }
            }
            engine::Command::Token { ticket, rejected } => Self::Token {
                ticket: ticket.number(),
                rejected: rejected.map(|token| token.expose().to_owned()),
            },
            engine::Command::Wait { until } => {
                Self::Wait { until: until.map(|until| until.as_secs_f64()) }
            }
            _ => return Err(PyValueError::new_err("a command that this version does not know")),
        })
    }
}
