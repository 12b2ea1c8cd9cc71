//! A driver's answers to the engine.

use mde_forensics_core::engine::{self, Exchange, Fetched, Held, Partial, Sealed, Verdict};
use mde_forensics_core::json::{Fields, Json, Read, Wrong};
use mde_forensics_core::work::EffectResult;
use mde_forensics_core::{AccessToken, Code, Error, PermitId, exchange};

use crate::convert::seconds;

/// An answer to a ticket of the engine. `goodFor` is in seconds from now; `monotonic` is a time of
/// the driver's clock.
///
/// - `broken`: the head of a reply arrived, but not its whole body.
/// - `claimed`: the claim is granted; `claimHeld`: another run has the device or the package, ask
///   again at that time.
/// - `fetched`: all bytes are in the `.part` file; `notFetched`: the download failed or is
///   incomplete.
/// - `granted`: the call may be sent, under a permit number chosen by the driver; `until`: not
///   before that time.
/// - `held`: what the folder has: nothing; a part, with `received`; the package, with `size`,
///   `sha256` and `verdict`; or something that is in the way, with `conflict`.
/// - `notSent`: no byte of the request was sent; `unknown`: it may have arrived or not.
/// - `reply`: the whole reply.
/// - `sealed`: the package and its manifest are in place; `notSealed`: it is damaged or could not
///   be put in place.
/// - `token`: a token; `tokenFailed`: no token is available.
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")
)]
pub(crate) enum Answer {
    Broken {
        message: String,
        /// Default: `connection_lost`.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Code>", optional))]
        code: Code,
    },
    Claimed,
    ClaimHeld {
        monotonic: f64,
    },
    Fetched {
        /// The size in bytes.
        size: u64,
        /// The SHA-256 in lower-case hexadecimal.
        sha256: String,
    },
    Granted {
        permit: u64,
    },
    Held {
        /// The size of a part in bytes.
        #[cfg_attr(feature = "typescript", ts(optional))]
        received: Option<u64>,
        /// The part's strong entity tag.
        #[cfg_attr(feature = "typescript", ts(optional))]
        validator: Option<String>,
        /// The size of the whole package in bytes, for a part.
        #[cfg_attr(feature = "typescript", ts(optional))]
        total: Option<u64>,
        /// The size of the package in bytes.
        #[cfg_attr(feature = "typescript", ts(optional))]
        size: Option<u64>,
        /// The package's SHA-256 in lower-case hexadecimal.
        #[cfg_attr(feature = "typescript", ts(optional))]
        sha256: Option<String>,
        /// Its manifest's verdict: `whole` or `unverified`.
        #[cfg_attr(feature = "typescript", ts(optional))]
        verdict: Option<Verdict>,
        /// Why the file cannot be used.
        #[cfg_attr(feature = "typescript", ts(optional))]
        conflict: Option<String>,
        /// The code of a conflict; default: `file_exists`.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Code>", optional))]
        code: Code,
    },
    NotFetched {
        /// The link is dead, the download was interrupted, the content is not a package, or the
        /// folder could not be written.
        #[cfg_attr(
            feature = "typescript",
            ts(type = "\"dead\" | \"interrupted\" | \"output\" | \"refused\"")
        )]
        reason: String,
        message: String,
        /// Default, depending on the reason: `link_dead`, `connection_lost`, `not_a_package` or
        /// `output_failed`.
        #[cfg_attr(feature = "typescript", ts(optional))]
        code: Option<Code>,
        /// The part that is kept of an interrupted download.
        #[cfg_attr(feature = "typescript", ts(as = "Option<crate::engine::Part>", optional))]
        part: Partial,
    },
    NotSealed {
        message: String,
        damaged: bool,
    },
    NotSent {
        message: String,
    },
    Reply {
        status: u16,
        headers: Vec<(String, String)>,
        /// The body, decoded from its content encoding.
        #[cfg_attr(
            feature = "typescript",
            ts(rename = "body", type = "Uint8Array | ArrayBuffer | string")
        )]
        #[expect(dead_code, reason = "bytes are given beside the JSON")]
        beside: (),
    },
    Sealed {
        /// The number of members.
        members: u64,
        /// The number of findings that could harm or mislead a careless reader.
        findings: u64,
        /// What could not be checked, and why.
        #[cfg_attr(feature = "typescript", ts(optional))]
        unverified: Option<String>,
    },
    Token {
        token: String,
        good_for: f64,
    },
    TokenFailed {
        message: String,
        /// Default: `credential_failed`.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Code>", optional))]
        code: Code,
        /// The time that the login service asks us to wait, in seconds.
        #[cfg_attr(feature = "typescript", ts(optional))]
        retry_after: Option<f64>,
    },
    Unknown {
        message: String,
    },
    Until {
        monotonic: f64,
    },
}

impl Read for Answer {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let kind: String = fields.take("kind")?;
            Ok(match &*kind {
                "broken" => Self::Broken {
                    message: fields.take("message")?,
                    code: fields.take_or("code", Code::ConnectionLost)?,
                },
                "claimed" => Self::Claimed,
                "claimHeld" => Self::ClaimHeld { monotonic: fields.take("monotonic")? },
                "fetched" => {
                    Self::Fetched { size: fields.take("size")?, sha256: fields.take("sha256")? }
                }
                "granted" => Self::Granted { permit: fields.take("permit")? },
                "held" => Self::Held {
                    received: fields.optional("received"),
                    validator: fields.optional("validator"),
                    total: fields.optional("total"),
                    size: fields.optional("size"),
                    sha256: fields.optional("sha256"),
                    verdict: fields.optional("verdict"),
                    conflict: fields.optional("conflict"),
                    code: fields.take_or("code", Code::FileExists)?,
                },
                "notFetched" => Self::NotFetched {
                    reason: fields.take("reason")?,
                    message: fields.take("message")?,
                    code: fields.optional("code"),
                    part: fields.take_or("part", Partial::default())?,
                },
                "notSealed" => Self::NotSealed {
                    message: fields.take("message")?,
                    damaged: fields.take("damaged")?,
                },
                "notSent" => Self::NotSent { message: fields.take("message")? },
                "reply" => Self::Reply {
                    status: fields.take("status")?,
                    headers: fields.take("headers")?,
                    beside: (),
                },
                "sealed" => Self::Sealed {
                    members: fields.take("members")?,
                    findings: fields.take("findings")?,
                    unverified: fields.optional("unverified"),
                },
                "token" => {
                    Self::Token { token: fields.take("token")?, good_for: fields.take("goodFor")? }
                }
                "tokenFailed" => Self::TokenFailed {
                    message: fields.take("message")?,
                    code: fields.take_or("code", Code::CredentialFailed)?,
                    retry_after: fields.optional("retryAfter"),
                },
                "unknown" => Self::Unknown { message: fields.take("message")? },
                "until" => Self::Until { monotonic: fields.take("monotonic")? },
                _ => return Err(Wrong::new(format!("`kind` cannot be `{}`", kind.escape_debug()))),
            })
        })
    }
}

impl Answer {
    /// Converts the answer for the engine; `body` is a reply's. Fails with `invalid_option` for an
    /// inconsistent answer.
    pub(crate) fn told(self, body: Vec<u8>) -> Result<engine::Answer, Error> {
        use engine::Answer as Told;

        Ok(match self {
            Self::Broken { message, code } => {
                Told::Exchange(Exchange::Broken(Error::new(code, message)))
            }
            Self::Claimed => Told::Claimed,
            Self::ClaimHeld { monotonic } => Told::ClaimHeld(seconds(monotonic)),
            Self::Fetched { size, sha256 } => Told::Fetched(Fetched::Complete { size, sha256 }),
            Self::Granted { permit } => Told::Granted(PermitId::from_number(permit)),
            Self::Held { received, validator, total, size, sha256, verdict, conflict, code } => {
                let conflict = conflict.map(|why| Error::new(code, why));
                let held =
                    Held::from_parts(received, validator, total, size, sha256, verdict, conflict);
                Told::Held(
                    held.ok_or_else(|| refused("give a part, or the package, or `conflict`"))?,
                )
            }
            Self::NotFetched { reason, message, code, part } => {
                let error = |usual| Error::new(code.unwrap_or(usual), message);
                Told::Fetched(match &*reason {
                    "dead" => Fetched::Dead(error(Code::LinkDead)),
                    "interrupted" => {
                        Fetched::Interrupted { partial: part, error: error(Code::ConnectionLost) }
                    }
                    "output" => Fetched::Output(error(Code::OutputFailed)),
                    "refused" => Fetched::Refused(error(Code::NotAPackage)),
                    _ => {
                        return Err(refused(
                            "`reason` must be `dead`, `interrupted`, `output` or `refused`",
                        ));
                    }
                })
            }
            Self::NotSealed { message, damaged: true } => {
                Told::Sealed(Sealed::Damaged(Error::new(Code::PackageDamaged, message)))
            }
            Self::NotSealed { message, damaged: false } => {
                Told::Sealed(Sealed::Failed(Error::new(Code::OutputFailed, message)))
            }
            Self::NotSent { message } => {
                Told::Exchange(Exchange::NotSent(Error::new(Code::ConnectFailed, message)))
            }
            Self::Reply { status, headers, .. } => {
                let given =
                    EffectResult { status, headers, bytes: Some(body), ..EffectResult::default() };
                Told::Exchange(exchange::exchange(given))
            }
            Self::Sealed { members, findings, unverified: None } => {
                Told::Sealed(Sealed::Whole { members, findings })
            }
            Self::Sealed { members, findings, unverified: Some(why) } => {
                Told::Sealed(Sealed::Unverified { members, findings, why })
            }
            Self::Token { token, good_for } => {
                Told::Token(AccessToken::new(token), seconds(good_for))
            }
            Self::TokenFailed { message, code, retry_after } => {
                let error = Error::new(code, message);
                Told::TokenFailed(match retry_after {
                    Some(wait) => error.with_retry_after(seconds(wait)),
                    None => error,
                })
            }
            Self::Unknown { message } => {
                Told::Exchange(Exchange::Unknown(Error::new(Code::ConnectionLost, message)))
            }
            Self::Until { monotonic } => Told::Until(seconds(monotonic)),
        })
    }
}

fn refused(why: &str) -> Error {
    Error::new(Code::InvalidOption, format!("`answer` cannot be used: {why}"))
}
