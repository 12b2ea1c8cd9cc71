//! Behaviour of the service that is unknown or differs between tenants.

use serde::{Deserialize, Serialize};

use super::Quotas;

/// Behaviour of the service that is unknown, or differs between tenants and over time.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Options {
    /// What happens to a caller's `ExternalId`.
    pub external_id: ExternalId,
    /// The response to a second collect request for a busy device.
    pub repeat_post: RepeatPost,
    /// The `requestor` of an action started with an application token.
    pub requestor: Requestor,
    /// Whether the link in the response is enclosed in another pair of quotation marks.
    pub link_quoting: LinkQuoting,
    /// Whether the escapes in a link must come back unchanged.
    pub link_escapes: LinkEscapes,
    /// The application permissions required for machine actions.
    pub actions_permission: ActionsPermission,
    /// Seconds before a new action can be read by its id.
    pub get_lag: f64,
    /// Seconds before a new action appears in lists.
    pub list_lag: f64,
    /// The lifetime of a link in seconds.
    pub link_lifetime: f64,
    /// The response of a dead link.
    pub dead_link: DeadLink,
    /// The lifetime of an access token in seconds.
    pub token_lifetime: u32,
    /// The lifetime of a device code in seconds.
    pub device_code_lifetime: u32,
    /// Seconds until the first user approves a device code; absent means never.
    pub device_code_approval: Option<f64>,
    /// Rows per response, up to the service's maximum of 10,000.
    pub page_size: usize,
    /// The origin in `@odata.nextLink`, such as `https://api.securitycenter.microsoft.com`; absent
    /// means the emulator's own.
    pub next_link_origin: Option<String>,
    /// Answer an empty list of machines with 404, as documented.
    pub empty_list_is_404: bool,
    /// Compress JSON if the caller accepts deflate or gzip.
    pub compression: bool,
    /// How calls are counted.
    pub quotas: Quotas,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            external_id: ExternalId::default(),
            repeat_post: RepeatPost::default(),
            requestor: Requestor::default(),
            link_quoting: LinkQuoting::default(),
            link_escapes: LinkEscapes::default(),
            actions_permission: ActionsPermission::default(),
            get_lag: 0.0,
            list_lag: 0.0,
            link_lifetime: 60.0,
            dead_link: DeadLink::default(),
            token_lifetime: 3_599,
            device_code_lifetime: 900,
            device_code_approval: None,
            page_size: 10_000,
            next_link_origin: None,
            empty_list_is_404: false,
            compression: true,
            quotas: Quotas::default(),
        }
    }
}

/// What happens to a caller's `ExternalId`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExternalId {
    /// It is accepted but not returned.
    Ignored,
    /// The request is refused with 400.
    Refused,
    /// It is stored and returned, as `$metadata` suggests.
    #[default]
    Stored,
}

/// The response to a second collect request for a busy device.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RepeatPost {
    /// 200 with the action that is already running.
    Existing,
    /// 400 `ActiveRequestAlreadyExists`.
    #[default]
    Refused,
}

/// The `requestor` of an action started with an application token. With a user's token it is the
/// user principal name.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Requestor {
    /// The client id.
    #[default]
    AppId,
    /// The display name.
    AppName,
    /// Null.
    None,
}

/// Whether the link in the response is enclosed in another pair of quotation marks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkQuoting {
    /// No.
    Plain,
    /// Yes, as documented.
    #[default]
    Quoted,
}

/// Whether the escapes in a link must come back unchanged. Some HTTP libraries write `%2b` as
/// `%2B`, which is equivalent under RFC 3986; whether the service accepts that is not known.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkEscapes {
    /// Upper and lower case are equivalent.
    Equivalent,
    /// They must be unchanged.
    #[default]
    Exact,
}

/// The application permissions required for machine actions and their links.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ActionsPermission {
    /// `Machine.Read.All` or `Machine.ReadWrite.All`, which the service's own refusals name.
    #[default]
    Read,
    /// Only `Machine.ReadWrite.All`, as in the newest documentation.
    ReadWrite,
}

/// The response of a dead link.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadLink {
    /// 200 without a body.
    Empty,
    /// 410 without a body.
    Gone,
    /// 404 without a body.
    NotFound,
    /// 403 with an XML page.
    #[default]
    Xml,
}
