//! Creates an operation from a name and JSON.

use std::borrow::Cow;
use std::str::FromStr;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Act, Api};
use crate::endpoint::token::{
    AppServiceIdentityRequest, ClientProof, DeviceCodeRequest, Grant, ImdsRequest, ManagedIdentity,
    TokenRequest, TokenStyle,
};
use crate::endpoint::{
    ActionFilter, AvailableActions, CancelMachineAction, CollectInvestigationPackage,
    FindMachinesByIp, FindMachinesByTag, GetMachine, GetMachineAction, ListMachineActions,
    ListMachines, MachineFilter, PackageUri,
};
use crate::json::Json;
use crate::wire::{ActionStatus, ActionType, MachineHealthStatus, OnboardingStatus};
use crate::{
    ActionId, BaseUrl, ClientAssertion, ClientSecret, Code, DeviceCode, Error, IdentityHeader,
    MachineId, NextPage, RefreshToken, Tenant, UserAssertion,
};

/// Every name that [`operation`] knows.
pub(super) const NAMES: &[&str] = &[
    "available_actions",
    "cancel_machine_action",
    "collect_investigation_package",
    "device_code",
    "find_machines_by_ip",
    "find_machines_by_tag",
    "get_machine",
    "get_machine_action",
    "list_machine_actions",
    "list_machines",
    "managed_identity_app_service",
    "managed_identity_vm",
    "package_uri",
    "token",
];

pub(super) fn operation(name: &str, input: &str) -> Result<Box<dyn Act + Send + Sync>, Error> {
    let input = Json::parse(input.as_bytes()).map_err(|error| {
        let text = format!("`input` cannot be used: {error}");
        Error::new(Code::InvalidOption, text)
    })?;
    let input = Input::new(&input, "the input")?;
    Ok(match name {
        "available_actions" => Box::new(Api(AvailableActions { machine: input.machine()? })),
        "cancel_machine_action" => Box::new(Api(CancelMachineAction {
            action: input.action()?,
            comment: input.needed("comment")?,
        })),
        "collect_investigation_package" => Box::new(Api(CollectInvestigationPackage {
            machine: input.machine()?,
            comment: input.needed("comment")?,
            external_id: input.text("external_id")?,
        })),
        "device_code" => Box::new(DeviceCodeRequest {
            tenant: Tenant::parse(&input.needed("tenant")?)?,
            client_id: input.needed("client_id")?,
            scope: input.needed("scope")?,
        }),
        "find_machines_by_ip" => Box::new(Api(FindMachinesByIp {
            ip: input.parsed("ip")?.ok_or_else(|| missing("ip"))?,
            at: input.instant("at")?.ok_or_else(|| missing("at"))?,
            next: input.next()?,
        })),
        "find_machines_by_tag" => Box::new(Api(FindMachinesByTag {
            tag: input.needed("tag")?,
            starts_with: input.truth("starts_with")?,
            next: input.next()?,
        })),
        "get_machine" => Box::new(Api(GetMachine::new(input.needed("machine")?))),
        "get_machine_action" => Box::new(Api(GetMachineAction { action: input.action()? })),
        "list_machine_actions" => {
            let mut list = ListMachineActions::new(action_filter(&input.part("filter")?)?);
            list.top = input.number("top")?.unwrap_or(list.top);
            list.next = input.next()?;
            Box::new(Api(list))
        }
        "list_machines" => {
            let mut list = ListMachines::new(machine_filter(&input.part("filter")?)?);
            list.top = input.number("top")?.unwrap_or(list.top);
            list.next = input.next()?;
            Box::new(Api(list))
        }
        "managed_identity_app_service" => Box::new(AppServiceIdentityRequest {
            endpoint: input.needed("endpoint")?,
            header: IdentityHeader::new(input.needed("header")?),
            resource: input.needed("resource")?,
            identity: identity(&input)?,
        }),
        "managed_identity_vm" => Box::new(ImdsRequest {
            resource: input.needed("resource")?,
            identity: identity(&input)?,
            endpoint: input.text("endpoint")?.map(|url| BaseUrl::parse(&url)).transpose()?,
        }),
        "package_uri" => Box::new(Api(PackageUri { action: input.action()? })),
        "token" => Box::new(TokenRequest {
            tenant: Tenant::parse(&input.needed("tenant")?)?,
            client_id: input.needed("client_id")?,
            grant: grant(&input.part("grant")?)?,
            style: match input.text("resource")? {
                Some(resource) => TokenStyle::V1 { resource },
                None => TokenStyle::V2 { scope: input.needed("scope")? },
            },
        }),
        other => {
            let text = format!("there is no operation `{}`", other.escape_debug());
            return Err(Error::new(Code::InvalidOption, text));
        }
    })
}

/// A JSON object as input.
struct Input<'a>(&'a [(Cow<'a, str>, Json<'a>)]);

impl<'a> Input<'a> {
    fn new(value: &'a Json<'a>, what: &str) -> Result<Self, Error> {
        match value {
            Json::Null => Ok(Self(&[])),
            Json::Object(fields) => Ok(Self(fields)),
            _ => Err(wrong(what, "an object")),
        }
    }

    /// The last field of that name, as in most JSON parsers.
    fn field(&self, name: &str) -> Option<&'a Json<'a>> {
        let (_, value) = self.0.iter().rev().find(|(other, _)| other == name)?;
        (*value != Json::Null).then_some(value)
    }

    fn part(&self, name: &str) -> Result<Self, Error> {
        Self::new(self.field(name).unwrap_or(&Json::Null), name)
    }

    fn text(&self, name: &str) -> Result<Option<String>, Error> {
        match self.field(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text.clone().into_owned())),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    fn needed(&self, name: &str) -> Result<String, Error> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    fn truth(&self, name: &str) -> Result<bool, Error> {
        match self.field(name) {
            None => Ok(false),
            Some(Json::Bool(truth)) => Ok(*truth),
            Some(_) => Err(wrong(name, "true or false")),
        }
    }

    fn number(&self, name: &str) -> Result<Option<u32>, Error> {
        let wrong = || wrong(name, "a whole number");
        match self.field(name) {
            None => Ok(None),
            Some(Json::Number(number)) => u32::try_from(*number).map(Some).map_err(|_| wrong()),
            Some(_) => Err(wrong()),
        }
    }

    fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        let parse = |text: String| text.parse().map_err(|_| wrong(name, "of the right form"));
        self.text(name)?.map(parse).transpose()
    }

    fn instant(&self, name: &str) -> Result<Option<OffsetDateTime>, Error> {
        let parse = |text: String| {
            OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| wrong(name, "a time of RFC 3339"))
        };
        self.text(name)?.map(parse).transpose()
    }

    fn machine(&self) -> Result<MachineId, Error> {
        MachineId::parse(&self.needed("machine")?)
    }

    fn action(&self) -> Result<ActionId, Error> {
        ActionId::parse(&self.needed("action")?)
    }

    fn next(&self) -> Result<Option<NextPage>, Error> {
        self.text("next")?.map(|query| NextPage::from_query(&query)).transpose()
    }
}

fn machine_filter(input: &Input<'_>) -> Result<MachineFilter, Error> {
    let health = input.text("health_status")?;
    let onboarding = input.text("onboarding_status")?;
    Ok(MachineFilter {
        id: input.text("id")?.map(|id| MachineId::parse(&id)).transpose()?,
        computer_dns_name: input.text("computer_dns_name")?,
        computer_dns_name_prefix: input.text("computer_dns_name_prefix")?,
        last_ip_address: input.parsed("last_ip_address")?,
        health_status: health.map(|status| MachineHealthStatus::parse(&status)),
        onboarding_status: onboarding.map(|status| OnboardingStatus::parse(&status)),
        os_platform: input.text("os_platform")?,
        last_seen_since: input.instant("last_seen_since")?,
    })
}

fn action_filter(input: &Input<'_>) -> Result<ActionFilter, Error> {
    let statuses = match input.field("statuses") {
        None => Vec::new(),
        Some(Json::List(statuses)) => statuses
            .iter()
            .map(|status| match status {
                Json::Text(status) => Some(ActionStatus::parse(status)),
                _ => None,
            })
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("statuses", "a list of texts"))?,
        Some(_) => return Err(wrong("statuses", "a list of texts")),
    };
    Ok(ActionFilter {
        machine: input.text("machine")?.map(|id| MachineId::parse(&id)).transpose()?,
        kind: input.text("kind")?.map(|kind| ActionType::parse(&kind)),
        created_since: input.instant("created_since")?,
        statuses,
        requestor: input.text("requestor")?,
    })
}

fn grant(input: &Input<'_>) -> Result<Grant, Error> {
    let secret = input.text("client_secret")?.map(ClientSecret::new);
    let assertion = input.text("client_assertion")?.map(ClientAssertion::new);
    let proof = || {
        secret
            .clone()
            .map(ClientProof::Secret)
            .or_else(|| assertion.clone().map(ClientProof::Assertion))
    };
    if let Some(user) = input.text("user_assertion")? {
        let client = proof().ok_or_else(|| missing("client_secret"))?;
        return Ok(Grant::OnBehalfOf { user: UserAssertion::new(user), client });
    }
    if let Some(code) = input.text("device_code")? {
        return Ok(Grant::DeviceCode(DeviceCode::new(code)));
    }
    if let Some(token) = input.text("refresh_token")? {
        return Ok(Grant::RefreshToken { token: RefreshToken::new(token), client: proof() });
    }
    secret
        .map(Grant::ClientSecret)
        .or(assertion.map(Grant::ClientAssertion))
        .ok_or_else(|| missing("client_secret"))
}

fn identity(input: &Input<'_>) -> Result<ManagedIdentity, Error> {
    Ok(match (input.text("client_id")?, input.text("object_id")?, input.text("resource_id")?) {
        (Some(id), ..) => ManagedIdentity::ClientId(id),
        (None, Some(id), _) => ManagedIdentity::ObjectId(id),
        (None, None, Some(id)) => ManagedIdentity::ResourceId(id),
        (None, None, None) => ManagedIdentity::System,
    })
}

fn missing(name: &str) -> Error {
    Error::new(Code::InvalidOption, format!("the field `{name}` is missing"))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::new(Code::InvalidOption, format!("the field `{name}` is not {what}"))
}
