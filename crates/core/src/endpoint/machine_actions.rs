use http::{Method, Response};
use time::OffsetDateTime;

use super::machines::written;
use super::{Endpoint, list, reply, request};
use crate::action_id::ActionId;
use crate::base_url::BaseUrl;
use crate::claims::{self, Need};
use crate::error::{Code, Error};
use crate::machine_id::MachineId;
use crate::odata::{self, NextPage, Page};
use crate::quota::QuotaClass;
use crate::secret::AccessToken;
use crate::wire::{ActionStatus, ActionType, MachineAction};

const PATH: &str = "/api/machineactions";

/// `GET /api/machineactions/{id}`: one action (Microsoft's page "Get machineAction API").
///
/// A fresh action can be unknown (404) for about two minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetMachineAction {
    /// The action.
    pub action: ActionId,
}

impl Endpoint for GetMachineAction {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::GetMachineAction;
    const REPEATABLE: bool = true;
    const NEED: Need = claims::READ_ACTION;
    const BODY_LIMIT: usize = super::BODY_LIMIT;
    type Output = MachineAction;

    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        request::get(base, token, &request::Target::new(PATH).segment(self.action.as_str()))
    }

    /// Besides what every call can fail with: `WrongAction` if the service gives another action.
    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<MachineAction, Error> {
        one::<Self>(&self.action, response)
    }
}

/// `GET /api/machineactions`: the actions that match, page by page, newest first (Microsoft's page "List
/// machineActions API").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMachineActions {
    /// Which actions.
    pub filter: ActionFilter,
    /// The size of a page, 1 to 10,000; it does not limit the list.
    pub top: u32,
    /// Where to go on, from the page before.
    pub next: Option<NextPage>,
}

/// Which actions a list holds; what is not set does not matter, and all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionFilter {
    /// The device.
    pub machine: Option<MachineId>,
    /// What the action does.
    pub kind: Option<ActionType>,
    /// Asked for at this time or later; parts of a second are left out.
    pub created_since: Option<OffsetDateTime>,
    /// Where it stands: any of these, or anywhere if there are none.
    pub statuses: Vec<ActionStatus>,
    /// Who asked: a user's principal name, or an app's id or name.
    pub requestor: Option<String>,
}

impl ListMachineActions {
    /// The first page of 1,000 actions that match.
    #[must_use]
    pub fn new(filter: ActionFilter) -> Self {
        Self { filter, top: 1_000, next: None }
    }

    fn target(&self) -> Result<request::Target, Error> {
        list::target(PATH, &self.filter.expression()?, self.top, self.next.as_ref())
    }
}

impl ActionFilter {
    fn expression(&self) -> Result<String, Error> {
        let mut terms = Vec::new();
        let equal = |field: &str, value: &str| format!("{field} eq {}", odata::literal(value));
        if let Some(machine) = &self.machine {
            terms.push(equal("machineId", machine.as_str()));
        }
        if let Some(kind) = &self.kind {
            terms.push(equal("type", kind.as_str()));
        }
        if let Some(requestor) = &self.requestor {
            terms.push(equal("requestor", requestor));
        }
        if let Some(since) = self.created_since {
            terms.push(format!("creationDateTimeUtc ge {}", written("created_since", since)?));
        }
        let statuses: Vec<_> =
            self.statuses.iter().map(|status| equal("status", status.as_str())).collect();
        match statuses.as_slice() {
            [] => {}
            [one] => terms.push(one.clone()),
            several => terms.push(format!("({})", several.join(" or "))),
        }
        Ok(terms.join(" and "))
    }

    /// Whether the action is of the device and the type that were asked for.
    fn admits(&self, action: &MachineAction) -> bool {
        let is_machine =
            |machine: &MachineId| action.machine_id.as_deref().is_none_or(|id| machine.matches(id));
        self.machine.as_ref().is_none_or(is_machine)
            && self.kind.as_ref().is_none_or(|kind| *kind == action.kind)
    }
}

impl Endpoint for ListMachineActions {
    const METHOD: Method = Method::GET;
    const SUCCESS: &'static [u16] = &[200];
    const QUOTA: QuotaClass = QuotaClass::ListMachineActions;
    const REPEATABLE: bool = true;
    const NEED: Need = claims::READ_ACTION;
    const BODY_LIMIT: usize = super::LIST_BODY_LIMIT;
    type Output = Page<MachineAction>;

    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        request::get(base, token, &self.target()?)
    }

    /// Rows of another device or another type than the filter's, which a service that ignores filters would give,
    /// are left out.
    fn response(
        &self,
        base: &BaseUrl,
        response: &Response<Vec<u8>>,
    ) -> Result<Page<MachineAction>, Error> {
        let mut page: Page<MachineAction> =
            list::page_of::<Self, _>(response, base, PATH, &self.target()?, self.top)?;
        page.items.retain(|action| self.filter.admits(action));
        Ok(page)
    }
}

/// Reads one action, which must be the one that was asked for.
pub(super) fn one<E: Endpoint>(
    asked: &ActionId,
    response: &Response<Vec<u8>>,
) -> Result<MachineAction, Error> {
    let action: MachineAction = reply::read::<E, _>(response)?;
    if !asked.matches(action.id.as_str()) {
        let message = format!("action `{asked}` was asked for, and `{}` came", action.id);
        let error = Error::new(Code::WrongAction, message);
        return Err(error.with_status(response.status().as_u16()).with_body(response.body()));
    }
    Ok(action)
}
