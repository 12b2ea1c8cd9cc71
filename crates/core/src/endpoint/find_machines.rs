use std::net::IpAddr;

use http::{Method, Response};
use time::OffsetDateTime;

use super::machines::written;
use super::{Endpoint, list, request};
use crate::base_url::BaseUrl;
use crate::claims::{self, Need};
use crate::error::{Code, Error};
use crate::odata::{NextPage, Page};
use crate::quota::QuotaClass;
use crate::secret::AccessToken;
use crate::wire::Machine;

/// `GET /api/machines/findbyip(ip='{ip}',timestamp={time})`: the devices seen with an internal
/// address within 15 minutes of a time in the last 30 days. Source: Microsoft's page "Find devices
/// by internal IP".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindMachinesByIp {
    /// The internal address.
    pub ip: IpAddr,
    /// The time; fractions of a second are dropped.
    pub at: OffsetDateTime,
    /// The next page, from an earlier page with the same address and time.
    pub next: Option<NextPage>,
}

impl Endpoint for FindMachinesByIp {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::FindMachinesByIp;
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
        let target = self.target()?;
        list::page_of::<Self, _>(response, base, target.path(), &target, u32::MAX)
    }
}

impl FindMachinesByIp {
    fn target(&self) -> Result<request::Target, Error> {
        let at = written("at", self.at)?;
        let call = format!("/findbyip(ip='{}',timestamp={at})", self.ip);
        let target = request::Target::new("/api/machines").text(&call);
        Ok(list::at(target, self.next.as_ref()))
    }
}

/// `GET /api/machines/findbytag?tag={tag}&useStartsWithFilter={bool}`: the devices with a tag.
/// Source: Microsoft's page "Find devices by tag".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindMachinesByTag {
    /// The tag, or its beginning.
    pub tag: String,
    /// Whether `tag` is only the beginning of the tag.
    pub starts_with: bool,
    /// The next page, from an earlier page with the same tag.
    pub next: Option<NextPage>,
}

impl Endpoint for FindMachinesByTag {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::FindMachinesByTag;
    const REPEATABLE: bool = true;
    const NEED: Need = claims::FIND_DEVICE;
    const BODY_LIMIT: usize = super::LIST_BODY_LIMIT;
    type Output = Page<Machine>;

    /// Fails with `InvalidOption` if the tag is empty or longer than 1,024 bytes.
    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        if self.tag.trim().is_empty() || self.tag.len() > 1024 {
            return Err(Error::new(
                Code::InvalidOption,
                "the tag is empty or longer than 1,024 bytes",
            ));
        }
        request::get(base, token, &self.target())
    }

    fn response(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
    ) -> Result<Page<Machine>, Error> {
        list::page_of::<Self, _>(response, base, TAG_PATH, &self.target(), u32::MAX)
    }
}

impl FindMachinesByTag {
    fn target(&self) -> request::Target {
        let target = request::Target::new(TAG_PATH)
            .parameter("tag", &self.tag)
            .parameter("useStartsWithFilter", if self.starts_with { "true" } else { "false" });
        list::at(target, self.next.as_ref())
    }
}

const TAG_PATH: &str = "/api/machines/findbytag";

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::endpoint::testing::{read, sent};

    #[test]
    fn the_documented_examples() {
        let by_ip = FindMachinesByIp {
            ip: "10.248.240.38".parse().unwrap(),
            at: datetime!(2019-09-22 10:44:05 +02:00),
            next: None,
        };
        assert_eq!(
            sent(&by_ip).1,
            "https://api.security.microsoft.com/api/machines/findbyip(ip='10.248.240.38',timestamp=2019-09-22T08:44:05Z)"
        );
        let by_tag = FindMachinesByTag { tag: "testTag".to_owned(), starts_with: true, next: None };
        assert_eq!(
            sent(&by_tag).1,
            "https://api.security.microsoft.com/api/machines/findbytag?tag=testTag&useStartsWithFilter=true"
        );
        let body = r#"{"value":[{"id":"m1","computerDnsName":"mymachine1.contoso.com"}]}"#;
        assert_eq!(read(&by_ip, 200, body).unwrap().items[0].id.as_str(), "m1");
        assert_eq!(read(&by_tag, 200, body).unwrap().items.len(), 1);
        assert_eq!(
            read(&by_ip, 404, r#"{"error":{"code":"ResourceNotFound","message":"x"}}"#)
                .unwrap()
                .items,
            []
        );
    }

    #[test]
    fn neither_an_address_nor_a_tag_can_change_the_url() {
        let by_ip = FindMachinesByIp {
            ip: "fe80::1".parse().unwrap(),
            at: datetime!(2026-01-05 10:00 UTC),
            next: None,
        };
        assert!(sent(&by_ip).1.ends_with("/findbyip(ip='fe80::1',timestamp=2026-01-05T10:00:00Z)"));
        let by_tag =
            FindMachinesByTag { tag: "a&b=c#d ü".to_owned(), starts_with: false, next: None };
        assert!(
            sent(&by_tag)
                .1
                .ends_with("/findbytag?tag=a%26b%3Dc%23d%20%C3%BC&useStartsWithFilter=false")
        );
    }
}
