//! What goes wrong, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// When a call matches `on`, `do` happens to it. The first rule that matches has its way.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// The calls that it is about.
    pub on: On,
    /// What happens to them.
    #[serde(rename = "do")]
    pub fault: Fault,
}

impl Rule {
    /// `fault` happens to the calls that `on` describes.
    #[must_use]
    pub fn new(on: On, fault: Fault) -> Self {
        Self { on, fault }
    }
}

/// The calls that a rule is about.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct On {
    /// The endpoint, or a group of them.
    pub endpoint: Target,
    /// Only calls about this device: its id, full name or short name. A list call is about a
    /// device when its filter names the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The first call that it happens to, of those that match, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How often it happens: absent means once, or without end where there is a probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How likely it is for each call, from 0 to 1; absent means certain.
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

    /// Only for `device`: its id or name.
    #[must_use]
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// From the `nth` matching call on, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// That many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// With that probability for each call, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }
}

/// An endpoint or a group of them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Target {
    /// One endpoint.
    One(Endpoint),
    /// Several.
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

/// Several endpoints under one name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Group {
    /// All of them.
    Any,
    /// All that need a token.
    Api,
    /// `get_machine`, `find_by_ip`, `find_by_tag` and `list_machines`.
    Find,
}

/// What happens to a call.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The body says that it is compressed, and is not.
    BadGzip,
    /// For a link: the package has other bytes and another `ETag` from this link on.
    ChangePackage,
    /// For a link: it is dead from the start. For a download: its link is dead from now on.
    DeadLink,
    /// Done, then answered with JSON that is nested 100,000 deep.
    DeepJson,
    /// Done, then answered with the right status and nothing.
    Empty,
    /// Done, then answered with status 200 and a page, as a proxy does.
    Html,
    /// For a collect request: the new action stays out of sight this much longer.
    LateVisibility {
        /// Seconds.
        seconds: f64,
    },
    /// Done, then the connection is closed without an answer.
    LostAnswer,
    /// The connection is closed without anything done.
    LostRequest,
    /// Done, then answered with JSON that stops in the middle.
    MalformedJson,
    /// Done, then answered with a body padded to this size.
    Oversize {
        /// Bytes.
        bytes: u64,
    },
    /// Not done, answered with a redirect.
    Redirect {
        /// The `Location`.
        to: String,
        /// The status: 302 unless given.
        #[serde(default = "found")]
        code: u16,
    },
    /// The connection is reset (RST) without anything done.
    Reset,
    /// The body comes no faster than this.
    Slow {
        /// Bytes in a second of the emulator's clock.
        bytes_per_second: u64,
    },
    /// Done, then the answer is held back.
    Stall {
        /// Seconds of the emulator's clock.
        seconds: f64,
    },
    /// Answered with this status instead.
    Status {
        /// The status code; one that is none of an answer, such as 101, is 500.
        code: u16,
        /// The body: JSON as such, a string as text; absent means the service's own error.
        #[serde(default)]
        body: Option<serde_json::Value>,
        /// More headers, but not how long the body is: that is as it is.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Whether the request is done first.
        #[serde(default)]
        done: bool,
    },
    /// 429, with nothing done.
    Throttle {
        /// How it says when to come back.
        #[serde(default)]
        retry_after: RetryAfter,
        /// When to come back.
        #[serde(default = "ten")]
        seconds: u32,
    },
    /// Done, then the body stops after this many bytes and the connection is closed.
    Truncate {
        /// Bytes of the body.
        at: u64,
    },
    /// Done, then answered with a body that has nothing to do with the request.
    WrongContent,
    /// Done, then answered with the right body under `text/plain`.
    WrongContentType,
    /// Not done, answered as the storage behind a link does: 403 and an XML page.
    #[serde(rename = "xml_403")]
    Xml403,
}

/// How a 429 says when to come back.
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
