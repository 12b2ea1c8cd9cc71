//! Endpoints, errors and the collection engine for Microsoft Defender for Endpoint investigation
//! packages, without I/O.
//!
//! Nothing here reads a clock, the environment, a file or a socket: time, tokens and bytes are
//! arguments. An [`Endpoint`] builds an [`http::Request`] and reads an [`http::Response`]; the
//! caller chooses how to transport them.

pub use self::action_id::ActionId;
pub use self::base_url::BaseUrl;
pub use self::claims::{Claims, Need, Preflight};
pub use self::cloud::{Cloud, CustomCloud, Geo, GeoLegacy};
pub use self::comment::Comment;
pub use self::device::{Device, DeviceName};
pub use self::endpoint::Endpoint;
pub use self::error::{Code, CodeInfo, Error, Fault};
pub use self::hex::hex;
pub use self::link::PackageLink;
pub use self::machine_id::MachineId;
pub use self::map::Map;
pub use self::now::Now;
pub use self::odata::{NextPage, Page};
pub use self::operation::Operation;
pub use self::paging::Paging;
pub use self::parse::parse;
pub use self::quota::{PermitId, QuotaClass};
pub use self::secret::{
    AccessToken, ClientAssertion, ClientSecret, DeviceCode, IdentityHeader, RefreshToken,
    UserAssertion,
};
pub use self::tenant::Tenant;
pub use self::token_store::TokenStore;

pub mod calls;
pub mod claims;
pub mod download;
pub mod endpoint;
pub mod engine;
pub mod exchange;
pub mod json;
pub mod ledger;
pub mod odata;
pub mod quota;
pub mod retry;
#[cfg(feature = "typescript")]
pub mod typescript;
pub mod wire;
pub mod work;

mod action_id;
mod base_url;
mod cloud;
mod comment;
mod device;
mod error;
mod hex;
mod link;
mod machine_id;
mod map;
mod now;
mod opaque;
mod operation;
mod paging;
mod parse;
mod secret;
mod tenant;
mod token_store;
mod url;
