use http::{Method, Response};
use serde::Serialize;

use super::{Endpoint, reply, request};
use crate::base_url::BaseUrl;
use crate::claims::{self, Need};
use crate::comment::Comment;
use crate::error::{Code, Error};
use crate::machine_id::MachineId;
use crate::quota::QuotaClass;
use crate::secret::AccessToken;
use crate::wire::{ActionType, MachineAction};

/// Longest `ExternalId` that is sent, in bytes; the service's own limit is not documented.
const EXTERNAL_ID_LIMIT: usize = 256;

/// `POST /api/machines/{id}/collectInvestigationPackage`: collects a package (Microsoft's page "Collect
/// investigation package", 2025-11).
///
/// The service answers 201, and some say 200 or 202 with an action that is older: compare its id and its times with
/// what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectInvestigationPackage {
    /// The device.
    pub machine: MachineId,
    /// Why; see [`Comment`].
    pub comment: String,
    /// The caller's own id for it. It is in the service's `$metadata` and not on the page.
    pub external_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    comment: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
}

impl Endpoint for CollectInvestigationPackage {
    const METHOD: Method = Method::POST;
    const SUCCESS: &'static [u16] = &[200, 201, 202];
    const QUOTA: QuotaClass = QuotaClass::Collect;
    const REPEATABLE: bool = false;
    const NEED: Need = claims::COLLECT;
    const BODY_LIMIT: usize = super::BODY_LIMIT;
    type Output = MachineAction;

    /// Fails with `InvalidComment` for a comment that says nothing, and with `InvalidOption` for an external id that
    /// is empty, longer than 256 bytes or holds control characters.
    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        let comment = Comment::parse(&self.comment)?;
        let external_id = self.external_id.as_deref();
        if external_id.is_some_and(|id| {
            id.trim().is_empty() || id.len() > EXTERNAL_ID_LIMIT || id.chars().any(char::is_control)
        }) {
            return Err(Error::new(
                Code::InvalidOption,
                "the external id is empty, too long, or holds control characters",
            ));
        }
        let target = request::Target::new("/api/machines").segment(self.machine.as_str());
        let body = Body { comment: comment.as_str(), external_id };
        request::post(base, token, &target.text("/collectInvestigationPackage"), &body)
    }

    /// Besides what every call can fail with: `AlreadyRunning` for a 400 that says so, and `WrongAction` if the
    /// action is of another type or another device.
    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<MachineAction, Error> {
        let action: MachineAction = reply::read::<Self, _>(response)?;
        let wrong = |what: String| {
            let error =
                Error::new(Code::WrongAction, format!("the answer to a collection is {what}"));
            Err(error.with_status(response.status().as_u16()).with_body(response.body()))
        };
        if action.kind != ActionType::CollectInvestigationPackage {
            return wrong(format!("an action of type `{}`", action.kind));
        }
        match action.machine_id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) if !self.machine.matches(id) => wrong(format!("an action of device `{id}`")),
            _ => Ok(action),
        }
    }
}
