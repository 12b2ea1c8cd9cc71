//! Makes an operation from a vector's `input`.

use mde_forensics_core::endpoint::token::{
    AppServiceIdentityRequest, ClientProof, DeviceCodeRequest, Grant, ImdsRequest, ManagedIdentity,
    TokenRequest, TokenStyle,
};
use mde_forensics_core::endpoint::{
    ActionFilter, AvailableActions, CancelMachineAction, CollectInvestigationPackage,
    FindMachinesByIp, FindMachinesByTag, GetMachine, GetMachineAction, ListMachineActions,
    ListMachines, MachineFilter, PackageUri,
};
use mde_forensics_core::wire::{
    ActionStatus, ActionType, Machine, MachineHealthStatus, OnboardingStatus,
};
use mde_forensics_core::{
    ActionId, BaseUrl, ClientAssertion, ClientSecret, DeviceCode, Endpoint, Error, IdentityHeader,
    MachineId, NextPage, Page, RefreshToken, Tenant, UserAssertion,
};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::expect;
use crate::subject::{Api, Subject};

/// The operation of that name; fails as its parts do.
pub(crate) fn subject(
    name: &str,
    input: &Value,
    base: &BaseUrl,
) -> Result<Box<dyn Subject>, Error> {
    let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let machine = || MachineId::parse(&text("machine"));
    let action = || ActionId::parse(&text("action"));
    Ok(match name {
        "available_actions" => Box::new(Api(AvailableActions { machine: machine()? })),
        "cancel_machine_action" => {
            Box::new(Api(CancelMachineAction { action: action()?, comment: text("comment") }))
        }
        "collect_investigation_package" => Box::new(Api(CollectInvestigationPackage {
            machine: machine()?,
            comment: text("comment"),
            external_id: input["external_id"].as_str().map(str::to_owned),
        })),
        "device_code" => Box::new(DeviceCodeRequest {
            tenant: Tenant::parse(&text("tenant"))?,
            client_id: text("client_id"),
            scope: text("scope"),
        }),
        "find_machines_by_ip" => {
            let mut find = FindMachinesByIp {
                ip: text("ip").parse().unwrap(),
                at: instant(&input["at"]).unwrap(),
                next: None,
            };
            find.next = next(&find, input, base)?;
            Box::new(Api(find))
        }
        "find_machines_by_tag" => {
            let mut find = FindMachinesByTag {
                tag: text("tag"),
                starts_with: input["starts_with"].as_bool().unwrap(),
                next: None,
            };
            find.next = next(&find, input, base)?;
            Box::new(Api(find))
        }
        "get_machine" => Box::new(Api(GetMachine::new(text("machine")))),
        "get_machine_action" => Box::new(Api(GetMachineAction { action: action()? })),
        "list_machine_actions" => {
            let mut list = ListMachineActions::new(action_filter(&input["filter"]));
            list.top = top(input, list.top);
            Box::new(Api(list))
        }
        "list_machines" => {
            let mut list = ListMachines::new(machine_filter(&input["filter"]));
            list.top = top(input, list.top);
            list.next = next(&list, input, base)?;
            Box::new(Api(list))
        }
        "managed_identity_app_service" => Box::new(AppServiceIdentityRequest {
            endpoint: text("endpoint"),
            header: IdentityHeader::new(text("header")),
            resource: text("resource"),
            identity: identity(input),
        }),
        "managed_identity_vm" => Box::new(ImdsRequest {
            resource: text("resource"),
            identity: identity(input),
            endpoint: None,
        }),
        "package_uri" => Box::new(Api(PackageUri { action: action()? })),
        "token" => Box::new(TokenRequest {
            tenant: Tenant::parse(&text("tenant"))?,
            client_id: text("client_id"),
            grant: grant(&input["grant"]),
            style: match input["resource"].as_str() {
                Some(resource) => TokenStyle::V1 { resource: resource.to_owned() },
                None => TokenStyle::V2 { scope: text("scope") },
            },
        }),
        other => panic!("there is no operation {other}"),
    })
}

/// Where an empty page that has these other fields says that the list goes on.
fn next<E: Endpoint<Output = Page<Machine>>>(
    list: &E,
    input: &Value,
    base: &BaseUrl,
) -> Result<Option<NextPage>, Error> {
    if !input["next_of"].is_object() {
        return Ok(None);
    }
    let mut page = input["next_of"].clone();
    page["value"] = Value::Array(Vec::new());
    let response = serde_json::json!({"status": 200, "body": page});
    Ok(list.response(base, &expect::response(&response))?.next)
}

fn top(input: &Value, default: u32) -> u32 {
    input["top"].as_u64().map_or(default, |top| u32::try_from(top).unwrap())
}

fn instant(text: &Value) -> Option<OffsetDateTime> {
    text.as_str().map(|text| OffsetDateTime::parse(text, &Rfc3339).unwrap())
}

fn machine_filter(input: &Value) -> MachineFilter {
    let text = |name: &str| input[name].as_str().map(str::to_owned);
    MachineFilter {
        id: text("id").map(|id| MachineId::parse(&id).unwrap()),
        computer_dns_name: text("computer_dns_name"),
        computer_dns_name_prefix: text("computer_dns_name_prefix"),
        last_ip_address: text("last_ip_address").map(|ip| ip.parse().unwrap()),
        health_status: text("health_status").map(|status| MachineHealthStatus::parse(&status)),
        onboarding_status: text("onboarding_status").map(|status| OnboardingStatus::parse(&status)),
        os_platform: text("os_platform"),
        last_seen_since: instant(&input["last_seen_since"]),
    }
}

fn action_filter(input: &Value) -> ActionFilter {
    let text = |name: &str| input[name].as_str().map(str::to_owned);
    let statuses = input["statuses"].as_array().into_iter().flatten();
    ActionFilter {
        machine: text("machine").map(|id| MachineId::parse(&id).unwrap()),
        kind: text("kind").map(|kind| ActionType::parse(&kind)),
        created_since: instant(&input["created_since"]),
        statuses: statuses.map(|status| ActionStatus::parse(status.as_str().unwrap())).collect(),
        requestor: text("requestor"),
    }
}

fn grant(input: &Value) -> Grant {
    let text = |name: &str| input[name].as_str().map(str::to_owned);
    let secret = text("client_secret").map(ClientSecret::new);
    let assertion = text("client_assertion").map(ClientAssertion::new);
    if let Some(user) = text("user_assertion") {
        let client =
            secret.map(ClientProof::Secret).or(assertion.map(ClientProof::Assertion)).unwrap();
        return Grant::OnBehalfOf { user: UserAssertion::new(user), client };
    }
    let code = text("device_code").map(|code| Grant::DeviceCode(DeviceCode::new(code)));
    let refresh = text("refresh_token")
        .map(|token| Grant::RefreshToken { token: RefreshToken::new(token), client: None });
    let client = secret.map(Grant::ClientSecret).or(assertion.map(Grant::ClientAssertion));
    code.or(refresh).or(client).unwrap()
}

fn identity(input: &Value) -> ManagedIdentity {
    let text = |name: &str| input[name].as_str().map(str::to_owned);
    None.or_else(|| text("client_id").map(ManagedIdentity::ClientId))
        .or_else(|| text("object_id").map(ManagedIdentity::ObjectId))
        .or_else(|| text("resource_id").map(ManagedIdentity::ResourceId))
        .unwrap_or_default()
}
