//! Faults to inject, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Applies a fault to the calls that match `on`. If several rules match, the first one wins.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// The calls it applies to.
    pub on: On,
    /// What happens to them.
    #[serde(rename = "do")]
    pub fault: Fault,
}

impl Rule {
    /// A rule that applies `fault` to the calls that match `on`.
    #[must_use]
    pub fn new(on: On, fault: Fault) -> Self {
        Self { on, fault }
    }
}

/// The calls that a rule applies to.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct On {
    /// The endpoint, or a group of endpoints.
    pub endpoint: Target,
    /// Only calls about this device: its id, full name or short name. A list call is about a device
    /// if its filter names the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The first matching call it applies to, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How often it applies; absent means once, or without limit if there is a probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The probability for each call, from 0 to 1; absent means 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

impl On {
    /// The next call of `endpoint`, once.
    #[must_use]
    pub fn next(endpoint: impl Into<Target>) -> Self {
        Self { endpoint: endpoint.into(), device: None, nth: None, times: None, probability: None }
    }

    /// Every call of `endpoint`.
    #[must_use]
    pub fn every(endpoint: impl Into<Target>) -> Self {
        Self { probability: Some(1.0), ..Self::next(endpoint) }
    }

    /// Only calls about `device`: its id or name.
    #[must_use]
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// From the `nth` matching call, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// At most this many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// With this probability for each call, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }
}

/// An endpoint or a group of endpoints.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Target {
    /// One endpoint.
    One(Endpoint),
    /// Several endpoints.
    Group(Group),
}

impl From<Endpoint> for Target {
    fn from(endpoint: Endpoint) -> Self {
        Self::One(endpoint)
    }
}

impl From<Group> for Target {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

/// A call that the emulator knows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /api/machines/{id}/availableMachineActions`
    AvailableActions,
    /// `POST /api/machineactions/{id}/cancel`
    Cancel,
    /// `POST /api/machines/{id}/collectInvestigationPackage`
    Collect,
    /// `POST /{tenant}/oauth2/v2.0/devicecode`
    DeviceCode,
    /// Instance discovery, OpenID configuration and keys.
    Discovery,
    /// `GET` of a package link.
    Download,
    /// `GET /api/machines/findbyip(ip='…',timestamp=…)`
    FindByIp,
    /// `GET /api/machines/findbytag?tag=…`
    FindByTag,
    /// `GET /api/machineactions/{id}`
    GetAction,
    /// `GET /api/machines/{id or name}`
    GetMachine,
    /// IMDS and the App Service identity endpoint.
    Identity,
    /// `GET /api/machineactions/{id}/getPackageUri`
    Link,
    /// `GET /api/machineactions`
    ListActions,
    /// `GET /api/machines`
    ListMachines,
    /// `GET /api/machines/{id}/machineActions` and `…/latestMachineActions`
    MachineActions,
    /// `POST /{tenant}/oauth2/token` and `POST /{tenant}/oauth2/v2.0/token`
    Token,
}

/// A group of endpoints.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Group {
    /// All endpoints.
    Any,
    /// All endpoints that need a token.
    Api,
    /// `get_machine`, `find_by_ip`, `find_by_tag` and `list_machines`.
    Find,
}

/// What happens to a call.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// Executed; the body claims to be compressed, but is not.
    BadGzip,
    /// On a link: from this link on, the package has other bytes and another `ETag`.
    ChangePackage,
    /// On a link: it is dead from the start. On a download: its link is dead from now on.
    DeadLink,
    /// Executed; the response is JSON nested 100,000 levels deep.
    DeepJson,
    /// Executed; the response has the right status and no body.
    Empty,
    /// Executed; the response is an HTML page with status 200, as from a proxy.
    Html,
    /// On a collect request: the new action stays invisible for longer.
    LateVisibility {
        /// Seconds.
        seconds: f64,
    },
    /// Executed; the connection is closed without a response.
    LostAnswer,
    /// Not executed; the connection is closed.
    LostRequest,
    /// Executed; the response is JSON that stops in the middle.
    MalformedJson,
    /// Executed; the body is padded to this size.
    Oversize {
        /// Bytes.
        bytes: u64,
    },
    /// Not executed; the response is a redirect.
    Redirect {
        /// The `Location`.
        to: String,
        /// The status; 302 by default.
        #[serde(default = "found")]
        code: u16,
    },
    /// Not executed; the connection is reset (RST).
    Reset,
    /// Executed; the body is sent at a limited speed.
    Slow {
        /// Bytes per second of the emulator's clock.
        bytes_per_second: u64,
    },
    /// Executed; the response is held back.
    Stall {
        /// Seconds of the emulator's clock.
        seconds: f64,
    },
    /// The response has this status instead.
    Status {
        /// The status code. One that cannot be a final response, such as 101, becomes 500.
        code: u16,
        /// The body: JSON, or a string that is sent as text; absent means the service's own error.
        #[serde(default)]
        body: Option<serde_json::Value>,
        /// Additional headers. The length of the body cannot be changed.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Whether the request is executed first.
        #[serde(default)]
        done: bool,
    },
    /// Not executed; the response is 429.
    Throttle {
        /// How the response says when to retry.
        #[serde(default)]
        retry_after: RetryAfter,
        /// After how many seconds to retry.
        #[serde(default = "ten")]
        seconds: u32,
    },
    /// Executed; the body stops after this many bytes and the connection is closed.
    Truncate {
        /// Bytes of the body.
        at: u64,
    },
    /// Executed; the body has nothing to do with the request.
    WrongContent,
    /// Executed; the right body is sent as `text/plain`.
    WrongContentType,
    /// Not executed; the response is 403 with an XML page, as from the storage behind a link.
    #[serde(rename = "xml_403")]
    Xml403,
}

/// How a 429 response says when to retry.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryAfter {
    /// An HTTP date.
    Date,
    /// Not at all.
    Missing,
    /// Seconds, as documented.
    #[default]
    Seconds,
}

fn found() -> u16 {
    302
}

fn ten() -> u32 {
    10
}
