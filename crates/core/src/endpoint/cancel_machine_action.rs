use http::{Method, Response};
use serde::Serialize;

use super::{Endpoint, machine_actions, request};
use crate::action_id::ActionId;
use crate::base_url::BaseUrl;
use crate::claims::{self, Need};
use crate::comment::Comment;
use crate::error::Error;
use crate::quota::QuotaClass;
use crate::secret::AccessToken;
use crate::wire::MachineAction;

/// `POST /api/machineactions/{id}/cancel`: cancels an action that has not ended. Source:
/// Microsoft's page "Cancel machine action API".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelMachineAction {
    /// The action.
    pub action: ActionId,
    /// The reason; see [`Comment`].
    pub comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    comment: &'a str,
}

impl Endpoint for CancelMachineAction {
    const METHOD: Method = Method::POST;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::CancelMachineAction;
    /// Cancelling twice has the same effect as once.
    const REPEATABLE: bool = true;
    const NEED: Need = claims::CANCEL;
    const BODY_LIMIT: usize = super::BODY_LIMIT;
    type Output = MachineAction;

    /// Fails with `InvalidComment` for a blank comment or one with control characters.
    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        let comment = Comment::parse(&self.comment)?;
        let target = request::Target::new("/api/machineactions").segment(self.action.as_str());
        request::post(base, token, &target.text("/cancel"), &Body { comment: comment.as_str() })
    }

    /// In addition to the common errors, fails with `WrongAction` if the service returns another
    /// action.
    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<MachineAction, Error> {
        machine_actions::one::<Self>(&self.action, response)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Code;
    use crate::endpoint::testing::{read, sent};
    use crate::wire::ActionStatus;

    #[test]
    fn the_documented_example() {
        let cancel = CancelMachineAction {
            action: ActionId::parse("988cc94e-7a8f-4b28-ab65-54970c5d5018").unwrap(),
            comment: "Machine action was canceled by automation".to_owned(),
        };
        let (method, url, body) = sent(&cancel);
        assert_eq!(method, "POST");
        assert_eq!(
            url,
            "https://api.security.microsoft.com/api/machineactions/988cc94e-7a8f-4b28-ab65-54970c5d5018/cancel"
        );
        assert_eq!(body, json!({"Comment": "Machine action was canceled by automation"}));
        let body = r#"{"id":"988cc94e-7a8f-4b28-ab65-54970c5d5018","type":"CollectInvestigationPackage","status":"Cancelled"}"#;
        assert_eq!(read(&cancel, 200, body).unwrap().status, ActionStatus::Cancelled);
        assert_eq!(read(&cancel, 201, body).unwrap_err().code(), Code::UnexpectedStatus);
    }
}
