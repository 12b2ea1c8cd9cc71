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

/// `GET /api/machines/{id}/availableMachineActions`: what can be done with a device now.
///
/// It is in the service's `$metadata` and on no page, so it may only advise: when it fails, the collection is tried
/// all the same.
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
