//! Tokens: the grants of Entra's token endpoint, and managed identities.
//!
//! These calls carry no bearer token and so are not [`Endpoint`](super::Endpoint)s: each has its
//! own `request` and `response`. Their bodies contain secrets and must not be logged.

mod device_code;
mod grant;
mod managed_identity;
mod refusal;
mod token_reply;
mod token_request;

pub use self::device_code::{DeviceCodePrompt, DeviceCodeRequest};
pub use self::grant::{ClientProof, Grant, TokenStyle};
pub use self::managed_identity::{AppServiceIdentityRequest, ImdsRequest, ManagedIdentity};
pub use self::token_reply::Token;
pub use self::token_request::TokenRequest;
