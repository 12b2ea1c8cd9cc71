//! Properties of every call for every input.

use http::{Response, Uri};
use proptest::prelude::*;
use serde_json::Value;

use super::testing::base;
use super::token::{DeviceCodeRequest, Grant, TokenRequest, TokenStyle};
use super::*;
use crate::wire::{ActionStatus, ActionType, MachineHealthStatus, OnboardingStatus};
use crate::{ActionId, ClientSecret, Code, Fault, MachineId, Tenant};

/// Ordinary and hostile input.
fn text() -> impl Strategy<Value = String> {
    let hostile = prop_oneof![
        Just("'"),
        Just("''"),
        Just("' or 1 eq 1"),
        Just("/"),
        Just("../"),
        Just("?"),
        Just("#"),
        Just("&"),
        Just("%2f"),
        Just("$top=1"),
        Just("\r\n"),
        Just("\0"),
        Just(" "),
        Just("é"),
        Just("@"),
        Just("ws-042"),
        Just(")"),
        Just("\\"),
    ];
    prop_oneof![
        prop::collection::vec(hostile, 0..6).prop_map(|parts| parts.concat()),
        any::<String>()
    ]
}

/// The path, its number of segments and the query's names, which a caller's values must not change.
fn shape(uri: &Uri) -> (String, usize, Vec<String>) {
    let names = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|part| part.split_once('=').map_or(part, |(name, _)| name).to_owned());
    (uri.authority().unwrap().to_string(), uri.path().split('/').count(), names.collect())
}

fn same_shape<E: Endpoint>(endpoint: &E, plain: &E) -> Result<(), TestCaseError> {
    let token = AccessToken::new("t");
    let plain = plain.request(&base(), &token).unwrap();
    match endpoint.request(&base(), &token) {
        Ok(request) => {
            prop_assert_eq!(shape(request.uri()), shape(plain.uri()));
            prop_assert!(request.uri().to_string().is_ascii());
            prop_assert_eq!(request.headers().len(), plain.headers().len());
        }
        Err(error) => prop_assert_eq!(error.fault(), Fault::Build),
    }
    Ok(())
}

/// The unescaped filter of a URL.
fn filter_of(uri: &Uri) -> String {
    let value =
        uri.query().unwrap().split('&').find_map(|part| part.strip_prefix("$filter=")).unwrap();
    percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned()
}

/// The filter with every literal emptied, which leaves its structure.
fn structure(filter: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let mut characters = filter.chars().peekable();
    while let Some(next) = characters.next() {
        match next {
            '\'' if inside && characters.peek() == Some(&'\'') => {
                characters.next();
            }
            '\'' => inside = !inside,
            other if !inside => out.push(other),
            _ => {}
        }
    }
    assert!(!inside, "a literal is not closed: {filter}");
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_changes_the_shape_of_a_url(id in text(), tag in text(), comment in text()) {
        same_shape(&GetMachine::new(id.as_str()), &GetMachine::new("m"))?;
        let tagged = |tag: &str| FindMachinesByTag { tag: tag.to_owned(), starts_with: false, next: None };
        same_shape(&tagged(&tag), &tagged("t"))?;
        if let Ok(machine) = MachineId::parse(&id) {
            let collect = |machine, comment: &str, external_id| {
                CollectInvestigationPackage { machine, comment: comment.to_owned(), external_id }
            };
            let plain = MachineId::parse("m").unwrap();
            same_shape(&collect(machine.clone(), &comment, Some(tag.clone())), &collect(plain.clone(), "c", None))?;
            same_shape(&AvailableActions { machine }, &AvailableActions { machine: plain })?;
        }
        if let Ok(action) = ActionId::parse(&id) {
            let plain = ActionId::parse("a").unwrap();
            same_shape(&PackageUri { action: action.clone() }, &PackageUri { action: plain.clone() })?;
            same_shape(&GetMachineAction { action: action.clone() }, &GetMachineAction { action: plain.clone() })?;
            let cancel = |action, comment: &str| CancelMachineAction { action, comment: comment.to_owned() };
            same_shape(&cancel(action, &comment), &cancel(plain, "c"))?;
        }
    }

    #[test]
    fn no_value_changes_the_structure_of_a_filter(a in text(), b in text()) {
        let machines = |a: &str, b: &str| ListMachines::new(MachineFilter {
            computer_dns_name: Some(a.to_owned()),
            computer_dns_name_prefix: Some(b.to_owned()),
            os_platform: Some(a.to_owned()),
            health_status: Some(MachineHealthStatus::Other(b.to_owned())),
            onboarding_status: Some(OnboardingStatus::Other(a.to_owned())),
            ..MachineFilter::default()
        });
        let actions = |a: &str, b: &str| ListMachineActions::new(ActionFilter {
            requestor: Some(a.to_owned()),
            kind: Some(ActionType::Other(b.to_owned())),
            statuses: vec![ActionStatus::Other(a.to_owned()), ActionStatus::Other(b.to_owned())],
            ..ActionFilter::default()
        });
        same_shape(&machines(&a, &b), &machines("a", "b"))?;
        same_shape(&actions(&a, &b), &actions("a", "b"))?;
        let token = AccessToken::new("t");
        let filter = |request: Result<http::Request<Vec<u8>>, Error>| structure(&filter_of(request.unwrap().uri()));
        prop_assert_eq!(
            filter(machines(&a, &b).request(&base(), &token)),
            filter(machines("a", "b").request(&base(), &token))
        );
        prop_assert_eq!(
            filter(actions(&a, &b).request(&base(), &token)),
            filter(actions("a", "b").request(&base(), &token))
        );
    }

    #[test]
    fn no_value_adds_a_field_to_a_form(tenant in text(), client in text(), secret in text(), scope in text()) {
        let login = BaseUrl::parse("https://login.microsoftonline.com").unwrap();
        let Ok(tenant) = Tenant::parse(&tenant) else { return Ok(()) };
        let grant = Grant::ClientSecret(ClientSecret::new(secret.as_str()));
        let style = TokenStyle::V2 { scope: scope.clone() };
        let request = TokenRequest { tenant: tenant.clone(), client_id: client.clone(), grant, style };
        if let Ok(request) = request.request(&login) {
            prop_assert_eq!(request.body().split(|byte| *byte == b'&').count(), 4);
            prop_assert_eq!(request.uri().path().split('/').count(), 5);
            prop_assert_eq!(request.uri().host(), Some("login.microsoftonline.com"));
        }
        let request = DeviceCodeRequest { tenant, client_id: client, scope };
        if let Ok(request) = request.request(&login) {
            prop_assert_eq!(request.body().split(|byte| *byte == b'&').count(), 2);
        }
    }

    #[test]
    fn whatever_is_answered_comes_out_as_a_value_or_an_error(
        status in prop_oneof![Just(200_u16), Just(201), Just(400), Just(403), Just(404), 100_u16..1000],
        kind in prop_oneof![Just("application/json"), Just("text/html"), Just(""), Just(";;=")],
        body in body(),
    ) {
        let reply = Response::builder().status(status).header("content-type", kind).body(body).unwrap();
        let machine = MachineId::parse("m").unwrap();
        let action = ActionId::parse("a").unwrap();
        let checked = |result: Result<(), Error>| if let Err(error) = result {
            let written = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<Error>(&written).unwrap(), error);
        };
        checked(GetMachine::new("m").response(&base(), &reply).map(drop));
        checked(ListMachines::new(MachineFilter::default()).response(&base(), &reply).map(drop));
        checked(AvailableActions { machine }.response(&base(), &reply).map(drop));
        checked(GetMachineAction { action: action.clone() }.response(&base(), &reply).map(drop));
        checked(ListMachineActions::new(ActionFilter::default()).response(&base(), &reply).map(drop));
        checked(PackageUri { action }.response(&base(), &reply).map(drop));
    }
}

/// Nearly valid bodies: known fields with values of any kind, truncated anywhere; and arbitrary
/// bytes.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
        Just(Value::from("2026-01-05T10:00:00.1234567Z")),
        Just(Value::from("m")),
        Just(Value::from("a")),
        Just(Value::from("0000-01-01T00:00:00+05:00")),
        Just(Value::from("https://h.example/p?token=x")),
    ];
    let name = prop_oneof![
        Just("id"),
        Just("type"),
        Just("status"),
        Just("value"),
        Just("@odata.nextLink"),
        Just("error"),
        Just("code"),
        Just("message"),
        Just("lastSeen"),
        Just("machineTags"),
        Just("osBuild"),
        Just("commands"),
        Just("errorHResult"),
        Just("details"),
        Just("target"),
        Just("creationDateTimeUtc"),
        Just("relatedFileInfo"),
        Just("troubleshootInfo"),
        Just("action"),
        Just("isAvailable"),
    ];
    let tree = value.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    });
    prop_oneof![
        4 => tree.clone().prop_map(|tree| tree.to_string().into_bytes()),
        1 => (tree, any::<prop::sample::Index>()).prop_map(|(tree, cut)| {
            let mut bytes = tree.to_string().into_bytes();
            bytes.truncate(cut.index(bytes.len()));
            bytes
        }),
        1 => any::<Vec<u8>>(),
    ]
}

#[test]
fn a_token_that_is_longer_than_any_is_not_sent() {
    let call = GetMachine::new("ws-042");
    let token = |length| AccessToken::new("x".repeat(length));
    call.request(&base(), &token(64 << 10)).unwrap();
    let error = call.request(&base(), &token((64 << 10) + 1)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidCredential);
    assert_eq!(error.message(), "the access token is longer than 64 KiB, as no credential is");
}
