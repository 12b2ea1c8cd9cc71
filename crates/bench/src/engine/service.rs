//! As little of the service as the engine needs to bring a device to its package.

use std::fmt::Write as _;
use std::time::Duration;

use http::{Method, Request, Response};
use mde_forensics_core::Now;
use time::format_description::well_known::Rfc3339;

use crate::Result;

/// The service, which answers at once. Every collection takes two minutes.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// The machine of each action, and when it was asked for.
    actions: Vec<(String, Now)>,
    calls: u64,
    rows: usize,
}

pub(super) fn machine_id(index: usize) -> String {
    format!("{index:040x}")
}

impl Service {
    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    /// Rows of all lists.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn answer(
        &mut self,
        request: &Request<Vec<u8>>,
        now: Now,
    ) -> Result<Response<Vec<u8>>> {
        let path = request.uri().path().trim_start_matches("/api/");
        let query = request.uri().query().unwrap_or_default();
        let (status, body) = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["machines", id] => (200, machine(id)),
            ["machines", _, "availableMachineActions"] => (200, r#"{"value":[]}"#.to_owned()),
            ["machines", id, _] if request.method() == Method::POST => {
                self.actions.push(((*id).to_owned(), now));
                (201, self.action(self.actions.len() - 1, now)?)
            }
            ["machineactions"] if query.contains("machineId") => {
                (200, r#"{"value":[]}"#.to_owned())
            }
            ["machineactions"] => (200, self.list(query, now)?),
            ["machineactions", id] => {
                let index = id.rsplit('-').next().unwrap_or_default();
                (200, self.action(usize::from_str_radix(index, 16)?, now)?)
            }
            _ => return Err(format!("`{path}` is not served").into()),
        };
        let reply = Response::builder()
            .status(status)
            .header("Content-Type", "application/json")
            .body(body.into_bytes())?;
        self.calls += 1;
        Ok(reply)
    }

    fn list(&mut self, query: &str, now: Now) -> Result<String> {
        let skip = query.split('&').find_map(|part| part.strip_prefix("$skip="));
        let from: usize = skip.unwrap_or("0").parse()?;
        let to = self.actions.len().min(from + PAGE);
        let rows = (from..to).map(|index| self.action(index, now)).collect::<Result<Vec<_>>>()?;
        self.rows += rows.len();
        let mut text = format!(r#"{{"value":[{}]"#, rows.join(","));
        if to < self.actions.len() {
            let link = "https://api.security.microsoft.com/api/machineactions?$top=1000&$skip=";
            write!(text, r#","@odata.nextLink":"{link}{to}""#)?;
        }
        text.push('}');
        Ok(text)
    }

    fn action(&self, index: usize, now: Now) -> Result<String> {
        let (machine, created) = self.actions.get(index).ok_or("there is no such action")?;
        let age = now.monotonic.saturating_sub(created.monotonic);
        let status = if age < LIFE { "InProgress" } else { "Succeeded" };
        let created = created.wall.format(&Rfc3339)?;
        Ok(format!(
            r#"{{"id":"2e9da30d-27f6-4208-81f2-{index:012x}","type":"CollectInvestigationPackage","title":null,"requestor":"analyst@contoso.com","requestorComment":"measured","status":"{status}","machineId":"{machine}","computerDnsName":"ws-{index}.contoso.com","creationDateTimeUtc":"{created}","lastUpdateDateTimeUtc":"{created}","cancellationRequestor":null,"cancellationComment":null,"errorHResult":0,"scope":null,"externalId":null,"requestSource":"PublicApi","relatedFileInfo":null,"commands":[],"troubleshootInfo":null}}"#
        ))
    }
}

fn machine(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","computerDnsName":"ws.contoso.com","osPlatform":"Windows11","healthStatus":"Active","onboardingStatus":"Onboarded","machineTags":[]}}"#
    )
}

const PAGE: usize = 1_000;
const LIFE: Duration = Duration::from_secs(120);
