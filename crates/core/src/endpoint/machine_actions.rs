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

/// `GET /api/machineactions/{id}`: one action. Source: Microsoft's page "Get machineAction API".
///
/// A new action can be unknown (404) for about two minutes.
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

    /// In addition to the common errors, fails with `WrongAction` if the service returns another
    /// action.
    fn response(&self, _: &BaseUrl, response: &Response<Vec<u8>>) -> Result<MachineAction, Error> {
        one::<Self>(&self.action, response)
    }
}

/// `GET /api/machineactions`: the matching actions, page by page, newest first. Source: Microsoft's
/// page "List machineActions API".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMachineActions {
    /// The filter.
    pub filter: ActionFilter,
    /// The page size, 1 to 10,000; it does not limit the list.
    pub top: u32,
    /// The next page, from the page before.
    pub next: Option<NextPage>,
}

/// A filter for actions. Unset fields match everything; all set fields must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionFilter {
    /// The device.
    pub machine: Option<MachineId>,
    /// The type of the action.
    pub kind: Option<ActionType>,
    /// Requested at this time or later; fractions of a second are dropped.
    pub created_since: Option<OffsetDateTime>,
    /// Any of these statuses; empty for all.
    pub statuses: Vec<ActionStatus>,
    /// The requestor: a user's principal name, or an app's id or name.
    pub requestor: Option<String>,
}

impl ListMachineActions {
    /// The first page of up to 1,000 matching actions.
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

    /// Whether the action has the filter's device and type.
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

    /// Rows with another device or type than the filter's are dropped, in case the service ignores
    /// filters.
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

/// Reads one action and checks that it is the requested one.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::testing::{read, sent};

    fn id(id: &str) -> ActionId {
        ActionId::parse(id).unwrap()
    }

    #[test]
    fn the_documented_examples() {
        let get = GetMachineAction { action: id("2e9da30d-27f6-4208-81f2-9cd3d67893ba") };
        let url = "https://api.security.microsoft.com/api/machineactions/2e9da30d-27f6-4208-81f2-9cd3d67893ba";
        assert_eq!(sent(&get), ("GET".to_owned(), url.to_owned(), serde_json::Value::Null));
        let body = r#"{"@odata.context":"https://api.security.microsoft.com/api/$metadata#MachineActions/$entity",
            "id":"2e9da30d-27f6-4208-81f2-9cd3d67893ba","type":"RunAntiVirusScan","scope":"Quick","requestor":"Analyst@contoso.com",
            "requestorComment":"Check machine for viruses due to alert 3212","status":"Succeeded",
            "machineId":"7b1f4967d9728e5aa3c06a9e617a22a4a5a17378","computerDnsName":"desktop-39g9tgl",
            "creationDateTimeUtc":"2018-12-04T12:18:27.1293487Z","lastUpdateTimeUtc":"2018-12-04T12:18:57.5511934Z","relatedFileInfo":null}"#;
        let action = read(&get, 200, body).unwrap();
        assert_eq!(action.kind, ActionType::RunAntiVirusScan);
        assert_eq!(
            action.updated.unwrap().second(),
            57,
            "the documentation's spelling is read too"
        );

        let list = ListMachineActions::new(ActionFilter {
            requestor: Some("Analyst@contoso.com".to_owned()),
            kind: Some(ActionType::RunAntiVirusScan),
            ..ActionFilter::default()
        });
        assert_eq!(
            sent(&list).1,
            "https://api.security.microsoft.com/api/machineactions?$filter=type%20eq%20%27RunAntiVirusScan%27%20and%20requestor%20eq%20%27Analyst%40contoso.com%27&$top=1000"
        );
        let page = read(&list, 200, &format!(r#"{{"value":[{body}]}}"#)).unwrap();
        assert_eq!(page.items, [action]);
        assert_eq!(page.next, None);
    }

    #[test]
    fn the_filter_that_finds_a_running_collection() {
        let filter = ActionFilter {
            machine: Some(MachineId::parse("o'neil").unwrap()),
            kind: Some(ActionType::CollectInvestigationPackage),
            created_since: Some(time::macros::datetime!(2026-01-05 10:00:00.5 UTC)),
            statuses: vec![ActionStatus::Pending, ActionStatus::Other("x' or '1".to_owned())],
            requestor: None,
        };
        assert_eq!(
            filter.expression().unwrap(),
            "machineId eq 'o''neil' and type eq 'CollectInvestigationPackage' and creationDateTimeUtc ge 2026-01-05T10:00:00Z \
             and (status eq 'Pending' or status eq 'x'' or ''1')"
        );
    }

    #[test]
    fn another_action_than_the_one_asked_for_is_refused() {
        let get = GetMachineAction { action: id("a") };
        let error =
            read(&get, 200, r#"{"id":"b","type":"Isolate","status":"Pending"}"#).unwrap_err();
        assert_eq!(error.code(), Code::WrongAction);
        read(&get, 200, r#"{"id":"A","type":"Isolate","status":"Pending"}"#).unwrap();
    }

    #[test]
    fn rows_that_the_filter_should_have_left_out_are_left_out() {
        let list = ListMachineActions::new(ActionFilter {
            machine: Some(MachineId::parse("m1").unwrap()),
            kind: Some(ActionType::CollectInvestigationPackage),
            ..ActionFilter::default()
        });
        let row = |id: &str, kind: &str, machine: &str| {
            format!(r#"{{"id":"{id}","type":"{kind}","status":"Pending","machineId":{machine}}}"#)
        };
        let rows = [
            row("1", "CollectInvestigationPackage", r#""M1""#),
            row("2", "CollectInvestigationPackage", r#""m2""#),
            row("3", "Isolate", r#""m1""#),
            row("4", "CollectInvestigationPackage", "null"),
        ];
        let page = read(&list, 200, &format!(r#"{{"value":[{}]}}"#, rows.join(","))).unwrap();
        let ids: Vec<_> = page.items.iter().map(|action| action.id.as_str()).collect();
        assert_eq!(ids, ["1", "4"]);
    }
}
