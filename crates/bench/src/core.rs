//! Making requests and reading answers.

mod samples;

use std::collections::BTreeMap;
use std::hint::black_box;

use http::Response;
use mde_forensics_core::endpoint::token::{
    AppServiceIdentityRequest, DeviceCodeRequest, Grant, ImdsRequest, ManagedIdentity,
    TokenRequest, TokenStyle,
};
use mde_forensics_core::endpoint::{
    ActionFilter, AvailableActions, CancelMachineAction, CollectInvestigationPackage,
    FindMachinesByIp, FindMachinesByTag, GetMachine, GetMachineAction, ListMachineActions,
    ListMachines, MachineFilter, PackageUri,
};
use mde_forensics_core::wire::ActionType;
use mde_forensics_core::{
    AccessToken, ActionId, BaseUrl, ClientSecret, Endpoint, IdentityHeader, MachineId, Tenant,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{Result, process};

/// Microseconds for one request made and one answer read, of each kind: lists of one row among the objects, and lists
/// of a thousand by the row.
pub(crate) fn run() -> Result<Value> {
    let mut measured = Measured::default();
    tokens(&mut measured)?;
    objects(&mut measured)?;
    lists(&mut measured)?;
    Ok(json!({ "objects": measured.objects, "rows": measured.rows }))
}

#[derive(Default)]
struct Measured {
    objects: BTreeMap<&'static str, f64>,
    rows: BTreeMap<&'static str, f64>,
}

impl Measured {
    fn object(
        &mut self,
        name: &'static str,
        endpoint: &impl Endpoint,
        status: u16,
        body: &Value,
    ) -> Result<()> {
        self.objects.insert(name, micros(endpoint, status, body)?);
        Ok(())
    }

    fn list(
        &mut self,
        name: &'static str,
        endpoint: &impl Endpoint,
        row: fn(u32) -> Value,
    ) -> Result<()> {
        self.object(name, endpoint, 200, &samples::list(1, row))?;
        self.rows.insert(name, micros(endpoint, 200, &samples::list(ROWS, row))? / f64::from(ROWS));
        Ok(())
    }
}

fn objects(measured: &mut Measured) -> Result<()> {
    let machine = MachineId::parse(samples::MACHINE_ID)?;
    let action = ActionId::parse(samples::ACTION_ID)?;
    let (device, status) = (samples::machine(0), samples::action(0));
    let collect = CollectInvestigationPackage {
        machine: machine.clone(),
        comment: COMMENT.to_owned(),
        external_id: Some("mdef-00000000000000000000".to_owned()),
    };
    let cancel = CancelMachineAction { action: action.clone(), comment: COMMENT.to_owned() };
    let available = AvailableActions { machine };
    measured.object("get machine", &GetMachine::new(samples::MACHINE_ID), 200, &device)?;
    measured.object("available actions", &available, 200, &samples::available())?;
    measured.object("collect investigation package", &collect, 201, &status)?;
    let get = GetMachineAction { action: action.clone() };
    measured.object("get machine action", &get, 200, &status)?;
    measured.object("cancel machine action", &cancel, 200, &status)?;
    measured.object("get package URI", &PackageUri { action }, 200, &samples::link())
}

fn lists(measured: &mut Measured) -> Result<()> {
    let filter = MachineFilter::name_starts_with("ws-");
    let machines = ListMachines::new(filter).with_top(10_000);
    let filter = ActionFilter {
        kind: Some(ActionType::CollectInvestigationPackage),
        ..ActionFilter::default()
    };
    let actions = ListMachineActions::new(filter);
    let at = OffsetDateTime::from_unix_timestamp(1_767_607_200)?;
    let by_ip = FindMachinesByIp { ip: "172.17.230.209".parse()?, at, next: None };
    let by_tag = FindMachinesByTag { tag: "servers".to_owned(), starts_with: true, next: None };
    measured.list("list machines", &machines, samples::machine)?;
    measured.list("list machine actions", &actions, samples::action)?;
    measured.list("find machines by IP", &by_ip, samples::machine)?;
    measured.list("find machines by tag", &by_tag, samples::machine)
}

fn tokens(measured: &mut Measured) -> Result<()> {
    let login = BaseUrl::parse("https://login.microsoftonline.com")?;
    let tenant = Tenant::parse("contoso.onmicrosoft.com")?;
    let resource = "https://api.securitycenter.microsoft.com".to_owned();
    let scope = format!("{resource}/.default");
    let token = TokenRequest {
        tenant: tenant.clone(),
        client_id: samples::ACTION_ID.to_owned(),
        grant: Grant::ClientSecret(ClientSecret::new("s".repeat(40))),
        style: TokenStyle::V2 { scope: scope.clone() },
    };
    let device_code = DeviceCodeRequest { tenant, client_id: samples::ACTION_ID.to_owned(), scope };
    let machine = ImdsRequest {
        resource: resource.clone(),
        identity: ManagedIdentity::System,
        endpoint: None,
    };
    let app = AppServiceIdentityRequest {
        endpoint: "http://127.0.0.1:41741/MSI/token/".to_owned(),
        header: IdentityHeader::new("h".repeat(36)),
        resource,
        identity: ManagedIdentity::System,
    };
    let answer = response(200, &samples::token())?;
    let now = OffsetDateTime::from_unix_timestamp(1_767_607_200)?;
    let objects = &mut measured.objects;
    objects.insert(
        "token",
        timed(|| {
            black_box(black_box(&token).request(&login)?);
            black_box(token.response(black_box(&answer))?);
            Ok(())
        })?,
    );
    let prompt = response(200, &samples::prompt())?;
    objects.insert(
        "device code",
        timed(|| {
            black_box(black_box(&device_code).request(&login)?);
            black_box(device_code.response(black_box(&prompt))?);
            Ok(())
        })?,
    );
    objects.insert(
        "managed identity of a machine",
        timed(|| {
            black_box(black_box(&machine).request()?);
            black_box(machine.response(black_box(&answer), now)?);
            Ok(())
        })?,
    );
    objects.insert(
        "managed identity of an app",
        timed(|| {
            black_box(black_box(&app).request()?);
            black_box(app.response(black_box(&answer), now)?);
            Ok(())
        })?,
    );
    Ok(())
}

fn micros<E: Endpoint>(endpoint: &E, status: u16, body: &Value) -> Result<f64> {
    let base = BaseUrl::parse("https://api.security.microsoft.com")?;
    let token = AccessToken::new("e".repeat(1_500));
    let response = response(status, body)?;
    timed(|| {
        black_box(black_box(endpoint).request(&base, &token)?);
        black_box(endpoint.response(&base, black_box(&response))?);
        Ok(())
    })
}

fn response(status: u16, body: &Value) -> Result<Response<Vec<u8>>> {
    Ok(Response::builder()
        .status(status)
        .header("Content-Type", "application/json; odata.metadata=minimal")
        .header("Date", "Mon, 05 Jan 2026 10:00:00 GMT")
        .body(body.to_string().into_bytes())?)
}

/// The median, over a few batches, of the processor time in microseconds that one request and its answer take.
fn timed(call: impl Fn() -> Result<()>) -> Result<f64> {
    let batch = |times: u32| -> Result<f64> {
        let begun = process::cpu_seconds()?;
        for _ in 0..times {
            call()?;
        }
        Ok(process::cpu_seconds()? - begun)
    };
    let mut times = 1;
    while batch(times)? < BATCH {
        times *= 2;
    }
    let mut batches = (0..BATCHES).map(|_| batch(times)).collect::<Result<Vec<_>>>()?;
    batches.sort_by(f64::total_cmp);
    let median = batches.get(BATCHES / 2).copied().unwrap_or_default();
    Ok(median * 1e6 / f64::from(times))
}

/// Seconds; the kernel counts processor time in hundredths.
const BATCH: f64 = 0.2;
const BATCHES: usize = 5;
const ROWS: u32 = 1_000;
const COMMENT: &str = "case 42: collected for the investigation";
