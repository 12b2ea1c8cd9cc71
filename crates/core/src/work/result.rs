//! What a driver answers.

use std::fmt;

use crate::Error;
use crate::json::{Fields, Json, Read, Wrong, deserialize};

/// What a driver answers an effect with: those of the fields that the effect asks for.
#[derive(Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
pub struct EffectResult {
    /// Why the effect could not be carried out.
    pub failed: Option<Failure>,
    /// The reply's status.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub status: u16,
    /// The reply's headers.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub headers: Vec<(String, String)>,
    /// Where a redirect leads, as an absolute URL.
    pub location: Option<String>,
    /// How many bytes a file has; none where there is no file.
    pub length: Option<u64>,
    /// Whether what is there is a plain file.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_file: bool,
    /// Whether a file of that name exists already.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub exists: bool,
    /// A token, or a JWT.
    pub token: Option<String>,
    /// For how many seconds the token is good.
    pub expires_in: Option<f64>,
    /// What checking a package gave.
    #[cfg_attr(feature = "typescript", ts(skip))]
    pub judgement: Option<crate::download::Judgement>,
    /// A body, a chunk, or a part of a file; none at the end of what comes in chunks.
    #[cfg_attr(feature = "typescript", ts(optional, type = "Uint8Array"))]
    pub bytes: Option<Vec<u8>>,
}

/// Without what can be a token or a package's link.
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

/// Why an effect could not be carried out, in the words of whoever could not.
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
    /// The system's or the library's own name for it, such as `ENOSPC` or `ECONNREFUSED`.
    pub code: Option<String>,
    /// Whether the head of a reply had come.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub has_head: bool,
    /// Whether the body had more bytes than may be kept.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_too_large: bool,
    /// Whether the time was up.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_timeout: bool,
    /// Whether the reply was a redirect that could not be looked at.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_redirect: bool,
    /// Whether, for certain, not a byte of the request has left.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub is_unsent: bool,
    /// The error itself, where the driver has made one: then nothing else here counts.
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
