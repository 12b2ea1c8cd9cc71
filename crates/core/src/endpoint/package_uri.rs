use http::{Method, Response};

use super::{Endpoint, reply, request};
use crate::action_id::ActionId;
use crate::base_url::BaseUrl;
use crate::claims::{self, Need};
use crate::error::{Code, Error};
use crate::json::{self, Fields, Json, Read, Wrong};
use crate::link::PackageLink;
use crate::quota::QuotaClass;
use crate::secret::AccessToken;

/// `GET /api/machineactions/{id}/getPackageUri`: a link to the package of a successful action.
/// Source: Microsoft's page "Get package SAS URI API".
///
/// The link is valid for about a minute, and the call has its own quota: request it when the
/// download can begin. A 404 (`NotFound`) may also mean that the action has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageUri {
    /// The action.
    pub action: ActionId,
}

struct Body {
    value: String,
}

impl Read for Body {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| Ok(Self { value: fields.take("value")? }))
    }
}

impl Endpoint for PackageUri {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::PackageUri;
    const REPEATABLE: bool = true;
    const NEED: Need = claims::PACKAGE_LINK;
    const BODY_LIMIT: usize = super::BODY_LIMIT;
    type Output = PackageLink;

    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        let target = request::Target::new("/api/machineactions").segment(self.action.as_str());
        request::get(base, token, &target.text("/getPackageUri"))
    }

    /// The value is documented as a quoted string inside the JSON string, and was also seen
    /// unquoted: both are read.
    ///
    /// In addition to the common errors, fails with `ForeignLink` if the link leads to a forbidden
    /// place. It may lead to this machine only if the service is on this machine too.
    fn response(&self, base: &BaseUrl, response: &Response<Vec<u8>>) -> Result<PackageLink, Error> {
        let Body { value } = reply::read::<Self, _>(response)?;
        let value = value.trim();
        let link = if value.starts_with('"') {
            json::parse::<String>(value.as_bytes()).map_err(|_| {
                reply::invalid_shape(
                    response,
                    "value",
                    "it begins with a quote and is no quoted string",
                )
            })?
        } else {
            value.to_owned()
        };
        let link = link.trim();
        if link.is_empty() {
            return Err(reply::invalid_shape(response, "value", "it is empty"));
        }
        let link = PackageLink::parse(link)?;
        if link.is_loopback() && !base.is_loopback() {
            return Err(Error::new(Code::ForeignLink, "the package link leads to this machine"));
        }
        Ok(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::testing::{base, read, sent};

    fn call() -> PackageUri {
        PackageUri { action: ActionId::parse("7327b54fd718525cbca07dacde913b5ac3c85673").unwrap() }
    }

    const LINK: &str = "https://userrequests-us.securitycenter.windows.com:443/safedownload/WDATP_Investigation_Package.zip?token=gbDyj7y%2fbWGA%3d%3d%3bx";

    #[test]
    fn the_documented_example() {
        assert_eq!(
            sent(&call()).1,
            "https://api.security.microsoft.com/api/machineactions/7327b54fd718525cbca07dacde913b5ac3c85673/getPackageUri"
        );
        let body = format!(
            r#"{{"@odata.context":"https://api.security.microsoft.com/api/$metadata#Edm.String","value":"\"{LINK}\""}}"#
        );
        assert_eq!(read(&call(), 200, &body).unwrap().expose(), LINK);
    }

    #[test]
    fn the_link_without_inner_quotes_is_the_same() {
        for value in
            [LINK.to_owned(), format!(" {LINK} "), format!(r#"\"{}\""#, LINK.replace('/', r"\\/"))]
        {
            let body = format!(r#"{{"value":"{value}"}}"#);
            assert_eq!(read(&call(), 200, &body).unwrap().expose(), LINK, "{value}");
        }
    }

    #[test]
    fn a_link_that_must_not_be_followed_is_refused_and_not_shown() {
        for (value, code) in [
            (r#""""#, Code::InvalidShape),
            ("null", Code::InvalidShape),
            (r#""\"https://h/?token=secret""#, Code::InvalidShape),
            (r#""http://h/?token=secret""#, Code::ForeignLink),
            (r#""https://127.0.0.1/?token=secret""#, Code::ForeignLink),
            (r#""file:///etc/passwd?token=secret""#, Code::ForeignLink),
        ] {
            let error = read(&call(), 200, &format!(r#"{{"value":{value}}}"#)).unwrap_err();
            assert_eq!(error.code(), code, "{value}");
            assert!(!format!("{error} {:?}", error.body()).contains("secret"), "{error:?}");
        }
        let here = BaseUrl::parse("http://127.0.0.1:1").unwrap();
        let reply =
            crate::endpoint::testing::reply(200, r#"{"value":"http://127.0.0.1:2/p?token=x"}"#);
        assert!(call().response(&here, &reply).is_ok());
        assert_eq!(call().response(&base(), &reply).unwrap_err().code(), Code::ForeignLink);
    }

    #[test]
    fn unfinished_is_not_found() {
        let body = r#"{"error":{"code":"ResourceNotFound","message":"Package was not found","target":"t"}}"#;
        assert_eq!(read(&call(), 404, body).unwrap_err().code(), Code::NotFound);
    }
}
