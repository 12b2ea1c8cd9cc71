//! Tokens: the grants of Entra's token endpoint, and managed identities.
//!
//! These calls carry no bearer token, so they are no [`Endpoint`](super::Endpoint)s: each has a `request` and a
//! `response` of its own. Their bodies hold secrets; whoever sends them must not log them.

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
