//! The engine's commands and the driver's answers.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::{Custody, Event, Record, Report, Verdict};
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::{AccessToken, Error, MachineId, PackageLink, PermitId, QuotaClass, retry};

/// Identifies one request of the engine; the answer carries it back.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Ticket(pub(super) u64);

impl Ticket {
    /// Creates a ticket from its number, for drivers in other languages.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The ticket's number, for drivers in other languages.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

/// A command for the driver.
///
/// A driver does exactly what a command says: it never repeats a request, never follows a redirect
/// of a [`Command::Send`], and decodes a content encoding once.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// Abort this send or fetch; its answer will be ignored.
    Abort {
        /// The request to abort.
        ticket: Ticket,
    },
    /// Claim the collection for this run, and the device too if it is wanted.
    ///
    /// - The collection belongs to this run until a record says that it has ended. Meanwhile,
    ///   nothing that another run says about it is recorded.
    /// - The device belongs to this run until a record says that this collection was accepted or
    ///   has ended. Meanwhile, no other run asks the device, in this process or in another one with
    ///   the same ledger.
    /// - An earlier claim for the same collection is released.
    /// - The claim is carried out after the records that came before it.
    /// - Before the answer, [`Engine::learn`] is called with what the ledger knows of both, unless
    ///   the engine was told everything when it was created.
    ///
    /// [`Engine::learn`]: super::Engine::learn
    Claim {
        /// Answer with [`Answer::Claimed`] or [`Answer::ClaimHeld`].
        ticket: Ticket,
        /// The device's tenant.
        tenant: String,
        /// The device.
        machine: MachineId,
        /// Whether the device is wanted too: true if the service has not accepted a request yet.
        wants_device: bool,
    },
    /// The run is over; no more commands follow.
    Done(Report),
    /// Something that a person may want to see.
    Event(Event),
    /// Stream the package into `name` plus `.part`, and hash it as it arrives.
    Fetch {
        /// Answer with [`Answer::Fetched`].
        ticket: Ticket,
        /// The link; a secret.
        link: PackageLink,
        /// The package's file name, without a folder.
        name: String,
        /// The partial download on disk, which may be continued with a range request.
        resume: Option<Partial>,
    },
    /// Report what the output folder has under this package's file name, and keep other runs from
    /// it until this collection has ended.
    Inspect {
        /// Answer with [`Answer::Held`], or with [`Answer::ClaimHeld`] if another run has the file.
        ticket: Ticket,
        /// The package's file name, without a folder.
        name: String,
    },
    /// Ask the quota ledger whether a call may be sent now.
    Permit {
        /// Answer with [`Answer::Granted`] or [`Answer::Until`].
        ticket: Ticket,
        /// The quota that the call uses.
        quota: QuotaClass,
    },
    /// Append the record durably, then call [`recorded`](super::Engine::recorded); several records
    /// may share one sync.
    Record {
        /// The record's number within this run.
        seq: u64,
        /// The record.
        record: Box<Record>,
    },
    /// Turn `name` plus `.part` into evidence: sync, verify the structure and every CRC, write the
    /// manifest, rename without overwriting.
    Seal {
        /// Answer with [`Answer::Sealed`].
        ticket: Ticket,
        /// The package's file name, without a folder.
        name: String,
        /// The manifest's record of the package's origin.
        custody: Box<Custody>,
        /// The size in bytes, as reported by [`Fetched::Complete`].
        size: u64,
        /// The SHA-256 in lower-case hexadecimal, as reported by [`Fetched::Complete`].
        sha256: String,
        /// Whether to keep a damaged file under another name: true for a second download.
        keep_damaged: bool,
    },
    /// Send this request once, unchanged.
    Send {
        /// Answer with [`Answer::Exchange`].
        ticket: Ticket,
        /// The request; its `Authorization` header is a secret.
        request: http::Request<Vec<u8>>,
        /// The maximum size of the decoded body, in bytes.
        body_limit: usize,
        /// The monotonic time after which no byte of the request may be sent.
        not_after: Duration,
    },
    /// Count a permit from now.
    Settle {
        /// The permit.
        permit: PermitId,
        /// The result of the call.
        settlement: Settlement,
    },
    /// Get a token for the API.
    Token {
        /// Answer with [`Answer::Token`] or [`Answer::TokenFailed`].
        ticket: Ticket,
        /// A token that the service refused and that must not be returned again.
        rejected: Option<AccessToken>,
    },
    /// Wait for an answer or, if given, for this monotonic time.
    Wait {
        /// When to poll again.
        until: Option<Duration>,
    },
}

/// The result of a call that had a permit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Settlement {
    /// A reply arrived, or the call was given up.
    Answered,
    /// The service answered 429; the quota class is closed for this long.
    Throttled(Duration),
    /// No byte of the request was sent: the slot is free again.
    Unused,
}

/// A driver's answer to a ticket.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// The claim is granted.
    Claimed,
    /// Another run or process has the device or the package; ask again at this monotonic time.
    ClaimHeld(Duration),
    /// The result of a request.
    Exchange(Exchange),
    /// The result of a download.
    Fetched(Fetched),
    /// The call may be sent.
    Granted(PermitId),
    /// What the output folder has.
    Held(Held),
    /// The result of sealing.
    Sealed(Sealed),
    /// A token and how long it is valid.
    Token(AccessToken, Duration),
    /// No token is available.
    TokenFailed(Error),
    /// The call must wait until this monotonic time.
    Until(Duration),
}

/// The result of a request. In doubt it is [`Exchange::Unknown`].
#[non_exhaustive]
pub enum Exchange {
    /// The head of a reply arrived, but its body is unusable: cut off, too large, or badly encoded.
    Broken(Error),
    /// No byte of the request can have been sent, or `not_after` had passed.
    NotSent(Error),
    /// The whole reply, with its content encoding removed.
    Reply(http::Response<Vec<u8>>),
    /// The request may have arrived at the service or not.
    Unknown(Error),
}

impl Exchange {
    /// The `Date` header of a reply.
    #[must_use]
    pub fn date(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Reply(reply) => retry::date(reply.headers()),
            _ => None,
        }
    }
}

/// Omits headers and body, which may contain a token or a package link.
impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(error) => f.debug_tuple("Broken").field(error).finish(),
            Self::NotSent(error) => f.debug_tuple("NotSent").field(error).finish(),
            Self::Reply(reply) => f.debug_tuple("Reply").field(&reply.status()).finish(),
            Self::Unknown(error) => f.debug_tuple("Unknown").field(error).finish(),
        }
    }
}

/// What the output folder has under a package's file name.
#[derive(Debug)]
#[non_exhaustive]
pub enum Held {
    /// A file of that name that is not this package, or no longer.
    Conflict(Error),
    /// Nothing.
    Nothing,
    /// An unfinished download.
    Partial(Partial),
    /// The package, and a manifest that matches it.
    Sealed {
        /// The size in bytes.
        size: u64,
        /// The SHA-256 in lower-case hexadecimal.
        sha256: String,
        /// The manifest's verdict on whether every byte was verified.
        verdict: Verdict,
    },
}

/// An unfinished download.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Partial {
    /// The number of bytes on disk.
    pub received: u64,
    /// The strong entity tag that the bytes belong to.
    pub validator: Option<String>,
    /// The size of the whole package in bytes, if the service gave it.
    pub total: Option<u64>,
}

impl Held {
    /// Builds the value from a driver's fields: nothing; a part, by `received`; a package, by
    /// `size`, `sha256` and `verdict`; or a `conflict`. `None` for any other combination.
    #[must_use]
    pub fn from_parts(
        received: Option<u64>,
        validator: Option<String>,
        total: Option<u64>,
        size: Option<u64>,
        sha256: Option<String>,
        verdict: Option<Verdict>,
        conflict: Option<Error>,
    ) -> Option<Self> {
        Some(match (received, size, sha256, verdict, conflict) {
            (None, None, None, None, Some(error)) => Self::Conflict(error),
            (None, Some(size), Some(sha256), Some(verdict), None) => {
                Self::Sealed { size, sha256, verdict }
            }
            (Some(received), None, None, None, None) => {
                Self::Partial(Partial::new(received, validator, total))
            }
            (None, None, None, None, None) => Self::Nothing,
            _ => return None,
        })
    }
}

impl Partial {
    /// A partial download of `received` bytes, with its strong validator and the package's total
    /// size.
    #[must_use]
    pub fn new(received: u64, validator: Option<String>, total: Option<u64>) -> Self {
        Self { received, validator, total }
    }
}

/// The result of a download.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fetched {
    /// All bytes are in the `.part` file.
    Complete {
        /// The size in bytes.
        size: u64,
        /// The SHA-256 in lower-case hexadecimal.
        sha256: String,
    },
    /// The package was put in place meanwhile, by another process or earlier by us: inspect again.
    InPlace,
    /// The link is dead: an empty 200, a web page in place of the package, a 403 that is not a web
    /// page, a 404 or a 410.
    Dead(Error),
    /// The connection could not be made or ended early.
    Interrupted {
        /// What is on disk now.
        partial: Partial,
        /// Why it ended.
        error: Error,
    },
    /// The output folder could not be written.
    Output(Error),
    /// The content is not a package, or the link led to a forbidden place.
    Refused(Error),
}

/// The result of sealing.
#[derive(Debug)]
#[non_exhaustive]
pub enum Sealed {
    /// The structure or a CRC is wrong. The file is kept under another name if that was requested.
    Damaged(Error),
    /// The output folder could not be read or written.
    Failed(Error),
    /// The package and its manifest are in place, but not every byte could be checked.
    Unverified {
        /// The number of members in the package.
        members: u64,
        /// The number of findings that could harm or mislead a careless reader, or that name what
        /// could not be checked.
        findings: u64,
        /// What could not be checked, and why.
        why: String,
    },
    /// The package and its manifest are in place, and every byte was checked.
    Whole {
        /// The number of members in the package.
        members: u64,
        /// The number of findings that could harm or mislead a careless reader without making the
        /// package damaged.
        findings: u64,
    },
}

impl Read for Partial {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                received: fields.take("received")?,
                validator: fields.optional("validator"),
                total: fields.optional("total"),
            })
        })
    }
}

deserialize!(Partial);
