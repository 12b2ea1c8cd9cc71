use http::{Method, Response};

use super::{Endpoint, reply, request};
use crate::base_url::BaseUrl;
use crate::claims::{self, Need};
use crate::error::Error;
use crate::machine_id::MachineId;
use crate::odata::Collection;
use crate::quota::QuotaClass;
use crate::secret::AccessToken;
use crate::wire::ActionAvailability;

/// `GET /api/machines/{id}/availableMachineActions`: the actions that a device supports now.
///
/// The call is in the service's `$metadata` but on no page, so it is only advisory: if it fails,
/// the collection is tried anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableActions {
    /// The device.
    pub machine: MachineId,
}

impl Endpoint for AvailableActions {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::AvailableActions;
    const REPEATABLE: bool = true;
    const NEED: Need = claims::FIND_DEVICE;
    const BODY_LIMIT: usize = super::BODY_LIMIT;
    type Output = Vec<ActionAvailability>;

    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        let target = request::Target::new("/api/machines").segment(self.machine.as_str());
        request::get(base, token, &target.text("/availableMachineActions"))
    }

    fn response(
        &self,
        _: &BaseUrl,
        response: &Response<Vec<u8>>,
    ) -> Result<Vec<ActionAvailability>, Error> {
        reply::read::<Self, Collection<ActionAvailability>>(response)
            .map(|collection| collection.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::testing::{read, sent};
    use crate::wire::FullActionType;

    #[test]
    fn the_metadatas_own_form() {
        let call = AvailableActions { machine: MachineId::parse("m1").unwrap() };
        assert_eq!(
            sent(&call).1,
            "https://api.security.microsoft.com/api/machines/m1/availableMachineActions"
        );
        let body = r#"{"value":[{"action":"CollectInvestigationPackage","isAvailable":true,"notSupportedReason":null},
            {"action":"RunCustomPlaybook","isAvailable":false,"notSupportedReason":"no"}]}"#;
        let actions = read(&call, 200, body).unwrap();
        assert_eq!(actions[0].action, FullActionType::CollectInvestigationPackage);
        assert!(actions[0].is_available);
        assert_eq!(actions[1].action, FullActionType::Other("RunCustomPlaybook".to_owned()));
        assert_eq!(actions[1].not_supported_reason.as_deref(), Some("no"));
    }
}
