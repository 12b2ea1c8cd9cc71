//! What the engine asks of a driver, and what the driver answers.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::{Custody, Event, Record, Report, Verdict};
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::{AccessToken, Error, MachineId, PackageLink, PermitId, QuotaClass, retry};

/// Names one thing that the engine asked for; the answer carries it back.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Ticket(pub(super) u64);

impl Ticket {
    /// The ticket of this number, for drivers whose language has no such type.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The ticket as a number, for drivers whose language has no such type.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

/// One thing for the driver to do.
///
/// A driver does what a command says and nothing more: it never repeats a request, never follows a redirect of
/// a [`Command::Send`], and decodes a content encoding once.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// Forget this send or fetch; its answer will not be heard.
    Abort {
        /// What to forget.
        ticket: Ticket,
    },
    /// Take the collection for this run, and the device too if it is wanted.
    ///
    /// - The collection is this run's until a record says that it has ended; meanwhile nothing that another run says of it is
    ///   recorded.
    /// - The device is this run's until a record says that this collection was accepted or has ended; meanwhile no other
    ///   run asks it, here or in another process of the same ledger.
    /// - What was claimed for the same collection before is let go of.
    /// - It is carried out after the records that came before it.
    /// - What the ledger knows of both is told by [`Engine::learn`] before the answer, unless the engine was told all at its
    ///   beginning.
    ///
    /// [`Engine::learn`]: super::Engine::learn
    Claim {
        /// Answered with [`Answer::Claimed`] or [`Answer::ClaimHeld`].
        ticket: Ticket,
        /// The tenant that the device belongs to.
        tenant: String,
        /// The device.
        machine: MachineId,
        /// Whether the device is wanted too: the service has accepted nothing yet.
        wants_device: bool,
    },
    /// The run is over; the engine asks for nothing more.
    Done(Report),
    /// Something that a person may want to see.
    Event(Event),
    /// Stream the package into `name` with `.part` behind it, hashing as it arrives.
    Fetch {
        /// Answered with [`Answer::Fetched`].
        ticket: Ticket,
        /// The link; a secret.
        link: PackageLink,
        /// The package's file name, without a folder.
        name: String,
        /// What lies there already and may be continued with a range request.
        resume: Option<Partial>,
    },
    /// Say what lies in the output folder under this package's file name, and keep other runs from it until this
    /// collection has ended.
    Inspect {
        /// Answered with [`Answer::Held`], or with [`Answer::ClaimHeld`] where another run has the file.
        ticket: Ticket,
        /// The package's file name, without a folder.
        name: String,
    },
    /// Ask the quota ledger whether a call may go out now.
    Permit {
        /// Answered with [`Answer::Granted`] or [`Answer::Until`].
        ticket: Ticket,
        /// Which quota the call counts against.
        quota: QuotaClass,
    },
    /// Append the record durably, then say [`recorded`](super::Engine::recorded); several may share one sync.
    Record {
        /// The record's number within this run.
        seq: u64,
        /// What to append.
        record: Box<Record>,
    },
    /// Turn `name.part` into evidence: sync, verify structure and every CRC, write the manifest, rename without overwriting.
    Seal {
        /// Answered with [`Answer::Sealed`].
        ticket: Ticket,
        /// The package's file name, without a folder.
        name: String,
        /// What the manifest says of where the package came from.
        custody: Box<Custody>,
        /// The size in bytes that [`Fetched::Complete`] reported.
        size: u64,
        /// The lower-case hexadecimal SHA-256 that [`Fetched::Complete`] reported.
        sha256: String,
        /// Keep the file under another name even if it is damaged: a second download gave the same bytes.
        keep_damaged: bool,
    },
    /// Send this request as it is, once.
    Send {
        /// Answered with [`Answer::Exchange`].
        ticket: Ticket,
        /// The request; its `Authorization` header is a secret.
        request: http::Request<Vec<u8>>,
        /// The longest body, in bytes after decoding, that may be kept.
        body_limit: usize,
        /// The monotonic time after which not a byte of it may leave.
        not_after: Duration,
    },
    /// A permit's place in the quota can be counted from now.
    Settle {
        /// The permit.
        permit: PermitId,
        /// What came of the call.
        settlement: Settlement,
    },
    /// Get a token for the API.
    Token {
        /// Answered with [`Answer::Token`] or [`Answer::TokenFailed`].
        ticket: Ticket,
        /// A token that the service refused and that must not come again.
        rejected: Option<AccessToken>,
    },
    /// Nothing more to do until an answer comes or, if given, this monotonic time.
    Wait {
        /// When to poll again.
        until: Option<Duration>,
    },
}

/// What came of a call that had a permit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Settlement {
    /// A reply came, or the call was given up.
    Answered,
    /// The service said 429; the class is closed for this long.
    Throttled(Duration),
    /// No byte of the request left: the place is free again.
    Unused,
}

/// A driver's answer to a ticket.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// The device is claimed for this run.
    Claimed,
    /// Another run, or another process, has the device or the package; ask again at this monotonic time.
    ClaimHeld(Duration),
    /// What a request came to.
    Exchange(Exchange),
    /// What a download came to.
    Fetched(Fetched),
    /// The call may go out.
    Granted(PermitId),
    /// What lies in the output folder.
    Held(Held),
    /// What sealing came to.
    Sealed(Sealed),
    /// A token, and for how long it is good.
    Token(AccessToken, Duration),
    /// No token could be had.
    TokenFailed(Error),
    /// The call must wait until this monotonic time.
    Until(Duration),
}

/// What a request came to. In doubt it is [`Exchange::Unknown`].
#[non_exhaustive]
pub enum Exchange {
    /// A reply's head came, but its body could not be had: cut off, too large, or badly encoded.
    Broken(Error),
    /// Not a byte of it can have left, or `not_after` had passed.
    NotSent(Error),
    /// The whole reply, content encoding removed.
    Reply(http::Response<Vec<u8>>),
    /// It may have arrived at the service, or not.
    Unknown(Error),
}

impl Exchange {
    /// The `Date` of a reply.
    #[must_use]
    pub fn date(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Reply(reply) => retry::date(reply.headers()),
            _ => None,
        }
    }
}

/// Without headers and body, which can hold a token or a package's link.
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

/// What lies in the output folder under a package's file name.
#[derive(Debug)]
#[non_exhaustive]
pub enum Held {
    /// A file of that name that is not this package, or no longer.
    Conflict(Error),
    /// Nothing.
    Nothing,
    /// A download that was not finished.
    Partial(Partial),
    /// The package, and a manifest that agrees with it.
    Sealed {
        /// Bytes.
        size: u64,
        /// Lower-case hexadecimal SHA-256.
        sha256: String,
        /// What the manifest says of whether every byte was verified.
        verdict: Verdict,
    },
}

/// A download that was not finished.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Partial {
    /// Bytes that lie on disk.
    pub received: u64,
    /// The strong entity tag that they belong to.
    pub validator: Option<String>,
    /// Bytes of the whole package, where the service said so.
    pub total: Option<u64>,
}

impl Held {
    /// What lies there, as a driver tells it: nothing; a part, by `received`; a package, by `size`, `sha256` and `verdict`;
    /// or a `conflict`. None where these do not go together.
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
    /// `received` bytes of a package whose strong validator and total size are as given.
    #[must_use]
    pub fn new(received: u64, validator: Option<String>, total: Option<u64>) -> Self {
        Self { received, validator, total }
    }
}

/// What a download came to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fetched {
    /// All bytes are in `.part`.
    Complete {
        /// Bytes.
        size: u64,
        /// Lower-case hexadecimal SHA-256.
        sha256: String,
    },
    /// The package has come into place meanwhile, by somebody else's hand or an earlier one of ours: look again.
    InPlace,
    /// The link is dead: an empty 200, a 403 that is no web page, a 404 or a 410.
    Dead(Error),
    /// The connection ended early, or could not be had.
    Interrupted {
        /// What lies on disk now.
        partial: Partial,
        /// Why it ended.
        error: Error,
    },
    /// The output folder would not take the bytes.
    Output(Error),
    /// What came is no package, or the link led where it must not.
    Refused(Error),
}

/// What sealing came to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Sealed {
    /// Structure or a CRC is wrong. Kept under another name if that was asked for.
    Damaged(Error),
    /// The output folder would not have it.
    Failed(Error),
    /// The package is in place, its manifest beside it, but not every byte of it could be checked.
    Unverified {
        /// Members in the package.
        members: u64,
        /// Findings that could harm or mislead a careless reader, or say what could not be checked.
        findings: u64,
        /// What could not be checked, and why.
        why: String,
    },
    /// The package is in place and every byte of it was checked, its manifest beside it.
    Whole {
        /// Members in the package.
        members: u64,
        /// Findings that could harm or mislead a careless reader, and do not make it damaged.
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
