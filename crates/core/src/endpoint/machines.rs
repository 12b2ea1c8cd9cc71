use std::net::IpAddr;

use http::{Method, Response};
use time::OffsetDateTime;

use super::{Endpoint, list, reply, request};
use crate::base_url::BaseUrl;
use crate::claims::{self, Need};
use crate::device::{Device, DeviceName};
use crate::error::{Code, Error};
use crate::machine_id::MachineId;
use crate::odata::{self, NextPage, Page};
use crate::opaque;
use crate::quota::QuotaClass;
use crate::secret::AccessToken;
use crate::wire::{Machine, MachineHealthStatus, OnboardingStatus};

const PATH: &str = "/api/machines";

/// `GET /api/machines/{id}`: one device by its id or its name (Microsoft's page "Get machine by ID").
///
/// By name, which of several devices is given is not documented; [`ListMachines`] shows them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetMachine {
    /// The device's id or its DNS name.
    pub machine: String,
}

impl GetMachine {
    /// The device with this id or DNS name. What cannot be either is refused by [`request`](Endpoint::request).
    #[must_use]
    pub fn new(machine: impl Into<String>) -> Self {
        Self { machine: machine.into() }
    }

    fn is_about(&self, machine: &Machine) -> bool {
        let named = || {
            let name = DeviceName::parse(&self.machine).ok()?;
            Some(name.matches(machine.computer_dns_name.as_deref()?))
        };
        machine.id.matches(&self.machine) || named().unwrap_or(false)
    }
}

impl Endpoint for GetMachine {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::GetMachine;
    const REPEATABLE: bool = true;
    const NEED: Need = claims::FIND_DEVICE;
    const BODY_LIMIT: usize = super::BODY_LIMIT;
    type Output = Machine;

    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        opaque::check(&self.machine, "device id or name", Code::InvalidDevice)?;
        request::get(base, token, &request::Target::new(PATH).segment(&self.machine))
    }

    /// Besides what every call can fail with: `DeviceNotFound` if the service gives a device of another name, and
    /// `InvalidShape` if it gives one of another id.
    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<Machine, Error> {
        let machine: Machine = reply::read::<Self, _>(response)?;
        if self.is_about(&machine) {
            return Ok(machine);
        }
        if matches!(Device::parse(&self.machine), Ok(Device::Id(_))) {
            return Err(reply::invalid_shape(
                response,
                "id",
                "it is not the device that was asked for",
            ));
        }
        let message =
            format!("the service knows no device `{}` and gave another one", self.machine);
        Err(Error::new(Code::DeviceNotFound, message))
    }
}

/// `GET /api/machines`: the devices that match, page by page (Microsoft's page "List machines", 2026-06).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMachines {
    /// Which devices.
    pub filter: MachineFilter,
    /// The size of a page, 1 to 10,000; it does not limit the list.
    pub top: u32,
    /// Where to go on, from the page before.
    pub next: Option<NextPage>,
}

/// Which devices a list holds; what is not set does not matter, and all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineFilter {
    /// The device's id.
    pub id: Option<MachineId>,
    /// How its `computerDnsName` is, without case.
    pub computer_dns_name: Option<String>,
    /// How its `computerDnsName` begins, without case.
    pub computer_dns_name_prefix: Option<String>,
    /// The internal address that it was last seen with.
    pub last_ip_address: Option<IpAddr>,
    /// How its sensor does.
    pub health_status: Option<MachineHealthStatus>,
    /// Whether it is onboarded.
    pub onboarding_status: Option<OnboardingStatus>,
    /// Its operating system, such as `Windows11`.
    pub os_platform: Option<String>,
    /// Seen at this time or later; parts of a second are left out.
    pub last_seen_since: Option<OffsetDateTime>,
}

impl ListMachines {
    /// The first page of 1,000 devices that match.
    #[must_use]
    pub fn new(filter: MachineFilter) -> Self {
        Self { filter, top: 1_000, next: None }
    }

    /// The same list with pages of this size.
    #[must_use]
    pub fn with_top(mut self, top: u32) -> Self {
        self.top = top;
        self
    }

    /// The same list from this page on.
    #[must_use]
    pub fn with_next(mut self, next: Option<NextPage>) -> Self {
        self.next = next;
        self
    }
}

impl MachineFilter {
    /// The one with exactly this name.
    #[must_use]
    pub fn name_is(name: impl Into<String>) -> Self {
        Self { computer_dns_name: Some(name.into()), ..Self::default() }
    }

    /// Those whose name begins like this: more than those that are meant, so that
    /// [`DeviceName::matches`] has the last word.
    #[must_use]
    pub fn name_starts_with(prefix: impl Into<String>) -> Self {
        Self { computer_dns_name_prefix: Some(prefix.into()), ..Self::default() }
    }

    fn expression(&self) -> Result<String, Error> {
        let mut terms = Vec::new();
        let mut equal = |field: &str, value: Option<&str>| {
            terms.extend(value.map(|value| format!("{field} eq {}", odata::literal(value))));
        };
        equal("id", self.id.as_ref().map(MachineId::as_str));
        equal(
            "computerDnsName",
            self.computer_dns_name.as_deref().map(str::to_ascii_lowercase).as_deref(),
        );
        equal("lastIpAddress", self.last_ip_address.map(|ip| ip.to_string()).as_deref());
        equal("healthStatus", self.health_status.as_ref().map(MachineHealthStatus::as_str));
        equal("onboardingStatus", self.onboarding_status.as_ref().map(OnboardingStatus::as_str));
        equal("osPlatform", self.os_platform.as_deref());
        if let Some(prefix) = &self.computer_dns_name_prefix {
            let literal = odata::literal(&prefix.to_ascii_lowercase());
            terms.push(format!("startswith(computerDnsName,{literal})"));
        }
        if let Some(since) = self.last_seen_since {
            terms.push(format!("lastSeen ge {}", written("last_seen_since", since)?));
        }
        Ok(terms.join(" and "))
    }
}

impl Endpoint for ListMachines {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::ListMachines;
    const REPEATABLE: bool = true;
    const NEED: Need = claims::FIND_DEVICE;
    const BODY_LIMIT: usize = super::LIST_BODY_LIMIT;
    type Output = Page<Machine>;

    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        request::get(base, token, &self.target()?)
    }

    fn response(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
    ) -> Result<Page<Machine>, Error> {
        list::page_of::<Self, _>(response, base, PATH, &self.target()?, self.top)
    }
}

impl ListMachines {
    fn target(&self) -> Result<request::Target, Error> {
        list::target(PATH, &self.filter.expression()?, self.top, self.next.as_ref())
    }
}

/// A time in a filter, or the error that names the option.
pub(super) fn written(option: &str, at: OffsetDateTime) -> Result<String, Error> {
    odata::instant(at).ok_or_else(|| {
        Error::new(Code::InvalidOption, format!("`{option}` lies outside of the years 0 to 9999"))
    })
}
