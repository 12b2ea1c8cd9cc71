//! Where the service's behaviour is unknown, or differs between tenants.

use serde::{Deserialize, Serialize};

use super::Quotas;

/// Where the service's behaviour is unknown, or differs between tenants and times.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Options {
    /// What becomes of a caller's `ExternalId`.
    pub external_id: ExternalId,
    /// What a second collect request for a busy device is answered with.
    pub repeat_post: RepeatPost,
    /// What `requestor` is for an application token.
    pub requestor: Requestor,
    /// Whether the link in the answer is quoted once more.
    pub link_quoting: LinkQuoting,
    /// Whether a link must come back with its escapes as they are.
    pub link_escapes: LinkEscapes,
    /// Which application permissions open the machine actions.
    pub actions_permission: ActionsPermission,
    /// Seconds before a new action can be read by its id.
    pub get_lag: f64,
    /// Seconds before a new action is in lists.
    pub list_lag: f64,
    /// Seconds that a link lives.
    pub link_lifetime: f64,
    /// What a dead link answers.
    pub dead_link: DeadLink,
    /// Seconds that an access token lives.
    pub token_lifetime: u32,
    /// Seconds that a device code lives.
    pub device_code_lifetime: u32,
    /// Seconds until the first user approves a device code by himself; absent means never.
    pub device_code_approval: Option<f64>,
    /// Rows in one answer, up to the service's most: 10,000.
    pub page_size: usize,
    /// The origin in `@odata.nextLink`, such as `https://api.securitycenter.microsoft.com`; absent
    /// means the emulator's own.
    pub next_link_origin: Option<String>,
    /// An empty list of machines is a 404, as the documentation has it.
    pub empty_list_is_404: bool,
    /// Compress JSON when the caller accepts deflate or gzip.
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

/// What becomes of a caller's `ExternalId`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExternalId {
    /// It is taken and not given back.
    Ignored,
    /// The request is refused with 400.
    Refused,
    /// It is kept and given back, as `$metadata` suggests.
    #[default]
    Stored,
}

/// What a second collect request for a busy device is answered with.
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

/// What `requestor` is for an application token; for a user's it is the user principal name.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Requestor {
    /// The client id.
    #[default]
    AppId,
    /// The display name.
    AppName,
    /// Nothing.
    None,
}

/// Whether the link in the answer is quoted once more.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkQuoting {
    /// As it is.
    Plain,
    /// In quotation marks of its own, as documented.
    #[default]
    Quoted,
}

/// Whether a link must come back with its escapes as they are. Some HTTP libraries write `%2b` as `%2B`, which RFC 3986
/// calls equivalent; whether the service does is not known.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LinkEscapes {
    /// In capitals or not.
    Equivalent,
    /// Letter by letter.
    #[default]
    Exact,
}

/// Which application permissions open the machine actions and their links.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ActionsPermission {
    /// `Machine.Read.All` or `Machine.ReadWrite.All`, which real refusals name.
    #[default]
    Read,
    /// `Machine.ReadWrite.All` alone, as the newest pages have it.
    ReadWrite,
}

/// What a dead link answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadLink {
    /// 200 and nothing.
    Empty,
    /// 410 and nothing.
    Gone,
    /// 404 and nothing.
    NotFound,
    /// 403 and an XML page.
    #[default]
    Xml,
}
