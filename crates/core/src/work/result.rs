//! The driver's results.

use std::fmt;

use crate::Error;
use crate::json::{Fields, Json, Read, Wrong, deserialize};

/// A driver's result for an effect; only the fields that the effect asks for are set.
#[derive(Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
pub struct EffectResult {
    /// Why the effect failed.
    pub failed: Option<Failure>,
    /// The reply's status.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub status: u16,
    /// The reply's headers.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub headers: Vec<(String, String)>,
    /// The target of a redirect, as an absolute URL.
    pub location: Option<String>,
    /// The file's size in bytes; unset if there is no file.
    pub length: Option<u64>,
    /// Whether it is a regular file.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_file: bool,
    /// Whether a file of that name exists.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub exists: bool,
    /// A token or a JWT.
    pub token: Option<String>,
    /// The token's lifetime in seconds.
    pub expires_in: Option<f64>,
    /// The result of checking a package.
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub judgement: Option<crate::download::Judgement>,
    /// A body, a chunk, or part of a file; unset at the end of a chunked body.
    #[cfg_attr(feature = "typescript", ts(optional, type = "Uint8Array"))]
    pub bytes: Option<Vec<u8>>,
}

/// Omits what may be a token or a package link.
impl fmt::Debug for EffectResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EffectResult")
            .field("failed", &self.failed)
            .field("status", &self.status)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl From<Error> for EffectResult {
    fn from(error: Error) -> Self {
        Self { failed: Some(error.into()), ..Self::default() }
    }
}

/// Why an effect failed, as reported by the driver.
#[derive(Clone, Debug, Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a driver says each of these by itself, or not at all"
)]
pub struct Failure {
    /// What happened.
    pub message: String,
    /// The system's or library's own error code, such as `ENOSPC` or `ECONNREFUSED`.
    pub code: Option<String>,
    /// Whether the head of a reply had arrived.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub has_head: bool,
    /// Whether the body was larger than allowed.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_too_large: bool,
    /// Whether the time limit was reached.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_timeout: bool,
    /// Whether the reply was a redirect that could not be read.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_redirect: bool,
    /// Whether certainly no byte of the request was sent.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_unsent: bool,
    /// The error itself, if the driver has created one; then all other fields are ignored.
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub error: Option<Error>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error: Some(error), ..Self::default() }
    }
}

impl Read for EffectResult {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                failed: fields.optional("failed"),
                status: fields.take_or("status", 0)?,
                headers: fields.take_or("headers", Vec::new())?,
                location: fields.optional("location"),
                length: fields.optional("length"),
                is_file: fields.take_or("isFile", false)?,
                exists: fields.take_or("exists", false)?,
                token: fields.optional("token"),
                expires_in: fields.optional("expiresIn"),
                judgement: None,
                bytes: None,
            })
        })
    }
}

impl Read for Failure {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                message: fields.take_or("message", String::new())?,
                code: fields.optional("code"),
                has_head: fields.take_or("hasHead", false)?,
                is_too_large: fields.take_or("isTooLarge", false)?,
                is_timeout: fields.take_or("isTimeout", false)?,
                is_redirect: fields.take_or("isRedirect", false)?,
                is_unsent: fields.take_or("isUnsent", false)?,
                error: None,
            })
        })
    }
}

deserialize!(EffectResult, Failure);
