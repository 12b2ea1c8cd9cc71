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

/// The longest `ExternalId` to send, in bytes; the service's limit is not documented.
const EXTERNAL_ID_LIMIT: usize = 256;

/// `POST /api/machines/{id}/collectInvestigationPackage`: collects a package. Source: Microsoft's
/// page "Collect investigation package", 2025-11.
///
/// The service answers 201; a 200 or 202 with an older action was also reported. Compare the
/// action's id and times with the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectInvestigationPackage {
    /// The device.
    pub machine: MachineId,
    /// The reason; see [`Comment`].
    pub comment: String,
    /// The caller's own id for the action. It is in the service's `$metadata` but not on the page.
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

    /// Fails with `InvalidComment` for a blank comment or one with control characters, and with
    /// `InvalidOption` for an external id that is empty, longer than 256 bytes or contains control
    /// characters.
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

    /// In addition to the common errors, fails with `AlreadyRunning` for a 400 that says so, and
    /// with `WrongAction` if the action has another type or device.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::endpoint::testing::{read, sent};
    use crate::wire::ActionStatus;

    fn call() -> CollectInvestigationPackage {
        CollectInvestigationPackage {
            machine: MachineId::parse("0123456789abcdef0123456789abcdef01234567").unwrap(),
            comment: "INC-42".to_owned(),
            external_id: None,
        }
    }

    const CREATED: &str = r#"{"@odata.context":"https://api.security.microsoft.com/api/$metadata#MachineActions/$entity",
        "id":"7b8c0e6e-1111-4d2b-9a55-0c0c0c0c0c0c","type":"CollectInvestigationPackage","title":null,
        "requestor":"00000000-0000-0000-0000-00000000aaaa","requestorComment":"INC-42","status":"Pending",
        "machineId":"0123456789abcdef0123456789abcdef01234567","computerDnsName":null,
        "creationDateTimeUtc":"2026-01-05T10:00:00.1234567Z","lastUpdateDateTimeUtc":"2026-01-05T10:00:00.1234567Z",
        "cancellationRequestor":null,"cancellationComment":null,"cancellationDateTimeUtc":null,
        "errorHResult":0,"scope":null,"externalId":null,"requestSource":"PublicApi","relatedFileInfo":null,
        "commands":[],"troubleshootInfo":null}"#;

    #[test]
    fn the_documented_example() {
        let mut documented = call();
        documented.machine = MachineId::parse("fb9ab6be3965095a09c057be7c90f0a2").unwrap();
        documented.comment = "Collect forensics due to alert 1234".to_owned();
        let (method, url, body) = sent(&documented);
        assert_eq!(method, "POST");
        assert_eq!(
            url,
            "https://api.security.microsoft.com/api/machines/fb9ab6be3965095a09c057be7c90f0a2/collectInvestigationPackage"
        );
        assert_eq!(body, json!({"Comment": "Collect forensics due to alert 1234"}));

        let action = read(&call(), 201, CREATED).unwrap();
        assert_eq!(action.id.as_str(), "7b8c0e6e-1111-4d2b-9a55-0c0c0c0c0c0c");
        assert_eq!(action.status, ActionStatus::Pending);
        assert_eq!(action.requestor_comment.as_deref(), Some("INC-42"));
        assert_eq!(action.created.unwrap().nanosecond(), 123_456_700);
        assert_eq!(action.error_hresult, Some(0));
    }

    #[test]
    fn the_external_id_travels_only_if_there_is_one() {
        let mut call = call();
        call.external_id = Some("mdef-1".to_owned());
        assert_eq!(sent(&call).2, json!({"Comment": "INC-42", "ExternalId": "mdef-1"}));
        call.external_id = Some("a\nb".to_owned());
        let error =
            call.request(&crate::endpoint::testing::base(), &AccessToken::new("t")).unwrap_err();
        assert_eq!(error.code(), Code::InvalidOption);
    }

    #[test]
    fn an_action_of_another_kind_or_device_is_refused() {
        for (ours, theirs) in
            [("CollectInvestigationPackage\",", "Isolate\","), ("01234567\"", "01234568\"")]
        {
            let error = read(&call(), 201, &CREATED.replace(ours, theirs)).unwrap_err();
            assert_eq!(error.code(), Code::WrongAction, "{theirs}");
        }
        // Ids are compared without case.
        read(&call(), 200, &CREATED.replace("abcdef", "ABCDEF")).unwrap();
    }

    #[test]
    fn a_400_that_says_already_means_that_one_runs() {
        for (code, message, wanted) in [
            ("ActiveRequestAlreadyExists", "x", Code::AlreadyRunning),
            ("BadRequest", "Action is ALREADY in progress", Code::AlreadyRunning),
            ("", "action already exists", Code::AlreadyRunning),
            ("InvalidRequestBody", "the body was already read", Code::InvalidRequest),
            ("MissingRequiredParameter", "Comment", Code::InvalidRequest),
            ("OsPlatformNotSupported", "x", Code::OsPlatformNotSupported),
            ("ClientVersionNotSupported", "x", Code::ClientVersionNotSupported),
            ("Surprise", "x", Code::BadRequest),
        ] {
            let body = json!({"error": {"code": code, "message": message}}).to_string();
            assert_eq!(read(&call(), 400, &body).unwrap_err().code(), wanted, "{code}: {message}");
        }
        let body = json!({"error": {"code": "Forbidden", "message": "already"}}).to_string();
        assert_eq!(read(&call(), 403, &body).unwrap_err().code(), Code::Forbidden);
    }
}
