//! An error as JavaScript throws it, with its class.

use mde_forensics_core::{Code, Error};
use serde::Serialize;

/// An error and its class in `npm/src/errors.ts`.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct Raised {
    class: &'static str,
    error: Error,
}

impl From<Error> for Raised {
    fn from(error: Error) -> Self {
        Self { class: class(error.code()), error }
    }
}

/// One class for each way in which a caller would react.
fn class(code: Code) -> &'static str {
    match code {
        Code::DeviceAmbiguous => "AmbiguousError",
        Code::MissingPermission
        | Code::WrongAudience
        | Code::Unauthorized
        | Code::Forbidden
        | Code::DisabledFeature
        | Code::DisallowedOperation
        | Code::NotOurs => "AuthorizationError",
        Code::CollectionFailed
        | Code::CollectionCancelled
        | Code::CollectionUncertain
        | Code::Stopped => "CollectionError",
        Code::CollectionTimedOut | Code::DeadlineReached => "CollectionTimeoutError",
        Code::InvalidCredential
        | Code::CredentialFailed
        | Code::TokenRefused
        | Code::AuthorizationPending
        | Code::AuthorizationDeclined
        | Code::DeviceCodeExpired => "CredentialError",
        Code::InvalidComment
        | Code::InvalidDevice
        | Code::InvalidUrl
        | Code::InsecureUrl
        | Code::InvalidOption
        | Code::InvalidHandle
        | Code::HandleMismatch => "InvalidInputError",
        Code::NotFound | Code::DeviceNotFound => "NotFoundError",
        Code::OsPlatformNotSupported | Code::ClientVersionNotSupported => "NotSupportedError",
        Code::FileExists | Code::OutputFailed | Code::LedgerFailed => "OutputError",
        Code::LinkDead
        | Code::NotAPackage
        | Code::SizeMismatch
        | Code::PackageChanged
        | Code::PackageDamaged
        | Code::ManifestMismatch
        | Code::ManifestMissing => "PackageError",
        Code::InvalidJson
        | Code::InvalidShape
        | Code::WrongContentType
        | Code::UnexpectedStatus
        | Code::UnexpectedRedirect
        | Code::TooLarge
        | Code::ForeignLink
        | Code::InvalidEncoding
        | Code::WrongAction => "ResponseError",
        Code::BadRequest | Code::InvalidRequest | Code::AlreadyRunning | Code::ServiceError => {
            "ServiceError"
        }
        Code::Throttled => "ThrottledError",
        Code::ConnectFailed | Code::TlsFailed | Code::ConnectionLost => "TransportError",
        Code::TimedOut => "TransportTimeoutError",
        _ => "InternalError",
    }
}
