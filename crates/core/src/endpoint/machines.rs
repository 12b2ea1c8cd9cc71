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

/// `GET /api/machines/{id}`: one device by its id or name. Source: Microsoft's page "Get machine by
/// ID".
///
/// If several devices have the name, it is not documented which one is returned; [`ListMachines`]
/// shows them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetMachine {
    /// The device's id or its DNS name.
    pub machine: String,
}

impl GetMachine {
    /// The device with this id or DNS name. [`request`](Endpoint::request) refuses text that can be
    /// neither.
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

    /// In addition to the common errors, fails with `DeviceNotFound` if the service returns a
    /// device with another name, and with `InvalidShape` if it returns one with another id.
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

/// `GET /api/machines`: the matching devices, page by page. Source: Microsoft's page "List
/// machines", 2026-06.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMachines {
    /// The filter.
    pub filter: MachineFilter,
    /// The page size, 1 to 10,000; it does not limit the list.
    pub top: u32,
    /// The next page, from the page before.
    pub next: Option<NextPage>,
}

/// A filter for devices. Unset fields match everything; all set fields must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineFilter {
    /// The device's id.
    pub id: Option<MachineId>,
    /// The whole `computerDnsName`, without case.
    pub computer_dns_name: Option<String>,
    /// The beginning of `computerDnsName`, without case.
    pub computer_dns_name_prefix: Option<String>,
    /// The internal address that the device was last seen with.
    pub last_ip_address: Option<IpAddr>,
    /// The health of its sensor.
    pub health_status: Option<MachineHealthStatus>,
    /// Whether it is onboarded.
    pub onboarding_status: Option<OnboardingStatus>,
    /// The operating system, such as `Windows11`.
    pub os_platform: Option<String>,
    /// Seen at this time or later; fractions of a second are dropped.
    pub last_seen_since: Option<OffsetDateTime>,
}

impl ListMachines {
    /// The first page of up to 1,000 matching devices.
    #[must_use]
    pub fn new(filter: MachineFilter) -> Self {
        Self { filter, top: 1_000, next: None }
    }

    /// Sets the page size.
    #[must_use]
    pub fn with_top(mut self, top: u32) -> Self {
        self.top = top;
        self
    }

    /// Sets the page to continue at.
    #[must_use]
    pub fn with_next(mut self, next: Option<NextPage>) -> Self {
        self.next = next;
        self
    }
}

impl MachineFilter {
    /// Devices with exactly this name.
    #[must_use]
    pub fn name_is(name: impl Into<String>) -> Self {
        Self { computer_dns_name: Some(name.into()), ..Self::default() }
    }

    /// Devices whose name begins like this. The result may contain unwanted devices, so check it
    /// with [`DeviceName::matches`].
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::testing::{base, read, reply, sent};
    use crate::wire::{ExposureLevel, RiskScore};

    const ID: &str = "1e5bc9d7e413ddd7902c2932e418702b84d0cc07";
    const MACHINE: &str = r#"{"@odata.context":"https://api.security.microsoft.com/api/$metadata#Machine",
        "id":"1e5bc9d7e413ddd7902c2932e418702b84d0cc07","computerDnsName":"mymachine1.contoso.com",
        "firstSeen":"2018-08-02T14:55:03.7791856Z","lastSeen":"2021-01-25T07:27:36.052313Z","osPlatform":"Windows10",
        "osVersion":null,"osProcessor":"x64","version":"1901","lastIpAddress":"10.166.113.46",
        "lastExternalIpAddress":"167.220.203.175","osBuild":19042,"healthStatus":"Active","deviceValue":"Normal",
        "rbacGroupName":"The-A-Team","riskScore":"Low","exposureLevel":"Low","aadDeviceId":"fd2e4d29-7072-4195-aaa5-1af139b78028",
        "machineTags":["Tag1","Tag2"],"ipAddresses":[{"ipAddress":"10.166.113.47","macAddress":"8CEC4B897E73","operationalStatus":"Up"}],
        "rbacGroupId":"140","onboardingstatus":"onboarded"}"#;

    #[test]
    fn the_documented_examples() {
        let get = GetMachine::new(ID);
        assert_eq!(sent(&get).1, format!("https://api.security.microsoft.com/api/machines/{ID}"));
        let machine = read(&get, 200, MACHINE).unwrap();
        assert_eq!(machine.os_build, Some(19_042));
        assert_eq!(machine.rbac_group_id, Some(140), "written as a text here");
        assert_eq!(
            machine.onboarding_status,
            Some(OnboardingStatus::Onboarded),
            "the page's spelling"
        );
        assert_eq!(machine.risk_score, Some(RiskScore::Low));
        assert_eq!(machine.exposure_level, Some(ExposureLevel::Low));
        assert_eq!(machine.machine_tags, ["Tag1", "Tag2"]);

        let list = ListMachines::new(MachineFilter::default());
        assert_eq!(sent(&list).1, "https://api.security.microsoft.com/api/machines?$top=1000");
        let page = read(&list, 200, &format!(r#"{{"value":[{MACHINE}]}}"#)).unwrap();
        assert_eq!(page.items, [machine]);
    }

    #[test]
    fn a_name_is_checked_again_on_what_comes_back() {
        for name in ["mymachine1", "MYMACHINE1.contoso.com", ID] {
            read(&GetMachine::new(name), 200, MACHINE).unwrap();
        }
        let error = read(&GetMachine::new("mymachine"), 200, MACHINE).unwrap_err();
        assert_eq!(error.code(), Code::DeviceNotFound);
        let error = read(&GetMachine::new("0".repeat(40)), 200, MACHINE).unwrap_err();
        assert_eq!(error.code(), Code::InvalidShape);
        let error = GetMachine::new("../x").request(&base(), &AccessToken::new("t")).unwrap_err();
        assert_eq!(error.code(), Code::InvalidDevice);
    }

    #[test]
    fn every_part_of_a_filter_is_escaped() {
        let filter = MachineFilter {
            id: Some(MachineId::parse(ID).unwrap()),
            computer_dns_name: Some("A' or 'b".to_owned()),
            computer_dns_name_prefix: Some("WS-04".to_owned()),
            last_ip_address: Some("10.0.0.7".parse().unwrap()),
            health_status: Some(MachineHealthStatus::Active),
            onboarding_status: Some(OnboardingStatus::Onboarded),
            os_platform: Some("Windows11".to_owned()),
            last_seen_since: Some(time::macros::datetime!(2026-01-05 10:00:00 UTC)),
        };
        assert_eq!(
            filter.expression().unwrap(),
            format!(
                "id eq '{ID}' and computerDnsName eq 'a'' or ''b' and lastIpAddress eq '10.0.0.7' and healthStatus eq 'Active' \
                 and onboardingStatus eq 'Onboarded' and osPlatform eq 'Windows11' and startswith(computerDnsName,'ws-04') \
                 and lastSeen ge 2026-01-05T10:00:00Z"
            )
        );
        for top in [0, 10_001] {
            let error = ListMachines::new(MachineFilter::default())
                .with_top(top)
                .request(&base(), &AccessToken::new("t"))
                .unwrap_err();
            assert_eq!(error.code(), Code::InvalidOption);
        }
    }

    #[test]
    fn pages_follow_one_another_on_our_own_base() {
        let list = ListMachines::new(MachineFilter::default()).with_top(1);
        let link = "https://api.securitycenter.microsoft.com/api/machines?$top=1&$skip=1";
        let body = format!(r#"{{"value":[{MACHINE}],"@odata.nextLink":"{link}"}}"#);
        let next = read(&list, 200, &body).unwrap().next;
        let list = list.with_next(next);
        assert_eq!(sent(&list).1, "https://api.security.microsoft.com/api/machines?$top=1&$skip=1");
        assert_eq!(
            read(&list, 200, &body).unwrap_err().code(),
            Code::InvalidShape,
            "it leads to itself"
        );
        let foreign = body.replace("securitycenter.microsoft.com", "example.com");
        assert_eq!(read(&list, 200, &foreign).unwrap_err().code(), Code::ForeignLink);
        // A full page without a link has a next page; a shorter one ends the list.
        let next = read(&list, 200, &format!(r#"{{"value":[{MACHINE}]}}"#)).unwrap().next;
        assert_eq!(next.unwrap().as_str(), "$top=1&$skip=2");
        assert_eq!(read(&list, 200, r#"{"value":[]}"#).unwrap().next, None);
    }

    #[test]
    fn only_the_services_own_404_is_an_empty_list() {
        let list = ListMachines::new(MachineFilter::default());
        let body = r#"{"error":{"code":"NotFound","message":"no recent machines"}}"#;
        assert_eq!(read(&list, 404, body).unwrap().items, []);
        assert_eq!(read(&list, 404, "").unwrap().items, []);
        let mut html = reply(404, "<html>");
        html.headers_mut().insert("content-type", http::HeaderValue::from_static("text/html"));
        assert_eq!(list.response(&base(), &html).unwrap_err().code(), Code::NotFound);
    }
}
