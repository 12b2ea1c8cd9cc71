//! A model of the service, written from its documentation and from nothing of ours.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use crate::unknowns::{ExternalId, Requestor, Unknowns};

#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) ip: String,
    pub(crate) life: Life,
}

/// How a collection of this machine goes.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) pending: Duration,
    pub(crate) running: Duration,
    pub(crate) end: &'static str,
}

#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) id: String,
    pub(crate) machine: String,
    pub(crate) created: Duration,
    pub(crate) ends: Duration,
    pub(crate) starts: Duration,
    pub(crate) end: &'static str,
    pub(crate) comment: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) requestor: Option<String>,
    /// The comment and external id of the request, whatever the service keeps of it.
    pub(crate) sent: Option<(String, Option<String>)>,
    /// Created by a request of the engine, not by somebody else.
    pub(crate) is_engines: bool,
    /// Whose token it was.
    pub(crate) asked_by: Option<String>,
    /// Who cancelled it.
    pub(crate) cancelled_by: Option<String>,
}

impl Action {
    /// Its request carried a marker, whatever the service keeps of it.
    pub(crate) fn is_sent_marked(&self) -> bool {
        self.sent.as_ref().is_some_and(|(comment, id)| comment.contains("mdef-") || id.is_some())
    }

    /// It says nothing of who asked for it.
    pub(crate) fn is_unmarked(&self) -> bool {
        self.comment.is_none() && self.external_id.is_none()
    }

    pub(crate) fn status(&self, now: Duration) -> &'static str {
        if now < self.starts {
            "Pending"
        } else if now < self.ends {
            "InProgress"
        } else {
            self.end
        }
    }
}

pub(crate) struct Link {
    pub(crate) action: String,
    pub(crate) dies: Duration,
}

pub(crate) struct Service {
    pub(crate) epoch: OffsetDateTime,
    pub(crate) unknowns: Unknowns,
    pub(crate) machines: Vec<Machine>,
    pub(crate) actions: Vec<Action>,
    pub(crate) links: BTreeMap<String, Link>,
    pub(crate) refused_token: Option<String>,
    pub(crate) refused_at: Option<Duration>,
    /// Arrivals by endpoint, for counting quotas on our own.
    pub(crate) arrivals: BTreeMap<&'static str, Vec<Duration>>,
    /// Calls, of which the pages of one list are one.
    pub(crate) calls: u64,
    /// Actions that were cancelled by a call.
    pub(crate) cancelled: u64,
    next: u64,
}

pub(crate) type Response = http::Response<Vec<u8>>;

impl Service {
    pub(crate) fn new(epoch: OffsetDateTime, unknowns: Unknowns, machines: Vec<Machine>) -> Self {
        Self {
            epoch,
            unknowns,
            machines,
            actions: Vec::new(),
            links: BTreeMap::new(),
            refused_token: None,
            refused_at: None,
            arrivals: BTreeMap::new(),
            calls: 0,
            cancelled: 0,
            next: 0,
        }
    }

    pub(crate) fn start_foreign(
        &mut self,
        machine: &str,
        created: Duration,
        life: &Life,
    ) -> String {
        self.start(
            machine,
            created,
            life,
            Some("from the portal".into()),
            None,
            Some("analyst@contoso.com".into()),
            false,
        )
    }

    pub(crate) fn handle(
        &mut self,
        request: &http::Request<Vec<u8>>,
        now: Duration,
        counts: bool,
    ) -> Response {
        let path = request.uri().path().to_owned();
        let raw = request.uri().query().unwrap_or_default();
        let (raw, skip) = raw.split_once("&$skip=").unwrap_or((raw, "0"));
        let skip: usize = skip.parse().unwrap();
        let query = raw;
        let query = percent_encoding::percent_decode_str(&query.replace('+', " "))
            .decode_utf8()
            .unwrap()
            .into_owned();
        let token =
            request.headers()["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
        if self.refused_token.as_deref() == Some(token) {
            return self.error(now, 401, "Unauthorized", "the token is not valid any more");
        }
        let parts: Vec<&str> = path.trim_start_matches("/api/").split('/').collect();
        let endpoint = endpoint(request);
        if counts {
            self.calls += u64::from(skip == 0);
            self.arrivals.entry(endpoint).or_default().push(now);
        }
        match endpoint {
            "find_by_ip" => self.find_by_ip(parts[1], now),
            "list_machines" => self.page(&self.list_machines(&query), &path, raw, skip, now),
            "get_machine" => self.get_machine(parts[1], now),
            "available" => self.ok(now, 200, &json!({"value": []})),
            "collect" => {
                let person = app_of(token);
                self.collect(parts[1], request.body(), person, now)
            }
            "list_actions" => self.page(&self.list_actions(&query, now), &path, raw, skip, now),
            "get_action" => self.get_action(parts[1], now),
            "cancel" => self.cancel(parts[1], &app_of(token), now),
            _ => self.link(parts[1], now),
        }
    }

    pub(crate) fn error(&self, now: Duration, status: u16, code: &str, message: &str) -> Response {
        self.ok(
            now,
            status,
            &json!({"error": {"code": code, "message": message, "target": "request-1"}}),
        )
    }

    fn ok(&self, now: Duration, status: u16, body: &Value) -> Response {
        http::Response::builder()
            .status(status)
            .header("content-type", "application/json; odata.metadata=minimal; charset=utf-8")
            .header("date", self.date(now))
            .body(body.to_string().into_bytes())
            .unwrap()
    }

    fn date(&self, now: Duration) -> String {
        (self.epoch + now).format(&Rfc2822).unwrap().replace("+0000", "GMT")
    }

    /// One page of a list, with a link to the next if there is one.
    fn page(&self, rows: &[Value], path: &str, raw: &str, skip: usize, now: Duration) -> Response {
        let end = skip + self.unknowns.page;
        let mut body =
            json!({"value": rows.iter().skip(skip).take(self.unknowns.page).collect::<Vec<_>>()});
        if end < rows.len() {
            let next = format!("https://api.security.microsoft.com{path}?{raw}&$skip={end}");
            body["@odata.nextLink"] = json!(next);
        }
        self.ok(now, 200, &body)
    }

    fn find_by_ip(&self, call: &str, now: Duration) -> Response {
        let call = percent_encoding::percent_decode_str(call).decode_utf8().unwrap();
        let ip = call.split('\'').nth(1).unwrap();
        let found: Vec<Value> =
            self.machines.iter().filter(|m| m.ip == ip).map(machine_json).collect();
        self.ok(now, 200, &json!({"value": found}))
    }

    fn list_machines(&self, query: &str) -> Vec<Value> {
        let prefix =
            query.split("startswith(computerDnsName,'").nth(1).unwrap().split('\'').next().unwrap();
        self.machines.iter().filter(|m| m.name.starts_with(prefix)).map(machine_json).collect()
    }

    fn get_machine(&self, id: &str, now: Duration) -> Response {
        match self.machines.iter().find(|m| m.id == id || m.name == id) {
            Some(machine) => self.ok(now, 200, &machine_json(machine)),
            None => self.error(now, 404, "ResourceNotFound", "machine was not found"),
        }
    }

    fn collect(&mut self, machine: &str, body: &[u8], person: String, now: Duration) -> Response {
        let body: Value = serde_json::from_slice(body).unwrap();
        let comment = body["Comment"].as_str().expect("Comment is required").to_owned();
        let external_id = body.get("ExternalId").and_then(Value::as_str).map(str::to_owned);
        if external_id.is_some() && self.unknowns.external_id == ExternalId::Refused {
            return self.error(now, 400, "InvalidRequestBody", "unknown property ExternalId");
        }
        let Some(found) = self.machines.iter().find(|m| m.id == machine).cloned() else {
            return self.error(now, 404, "ResourceNotFound", "machine was not found");
        };
        let running = self.actions.iter().find(|a| a.machine == machine && a.status(now) != a.end);
        if let Some(running) = running {
            return if self.unknowns.old_action_instead_of_400 {
                self.ok(now, 200, &self.action_json(running, now))
            } else {
                self.error(now, 400, "ActiveRequestAlreadyExists", "Action is already in progress")
            };
        }
        let sent = Some((comment.clone(), external_id.clone()));
        let external_id = external_id.filter(|_| self.unknowns.external_id == ExternalId::Stored);
        let comment = self.unknowns.keeps_comment.then_some(comment);
        let requestor = match self.unknowns.requestor {
            Requestor::AppId => Some(person.clone()),
            Requestor::AppName => Some("an app's name".to_owned()),
            Requestor::Nobody => None,
        };
        let id = self.start(machine, now, &found.life, comment, external_id, requestor, true);
        let action = self.actions.iter_mut().find(|a| a.id == id).unwrap();
        (action.sent, action.asked_by) = (sent, Some(person));
        let action = self.actions.iter().find(|a| a.id == id).unwrap();
        self.ok(now, 201, &self.action_json(action, now))
    }

    #[expect(clippy::too_many_arguments, reason = "a model's constructor, called twice")]
    fn start(
        &mut self,
        machine: &str,
        created: Duration,
        life: &Life,
        comment: Option<String>,
        external_id: Option<String>,
        requestor: Option<String>,
        is_engines: bool,
    ) -> String {
        self.next += 1;
        let id = format!("action-{}", self.next);
        let starts = created + life.pending;
        self.actions.push(Action {
            id: id.clone(),
            machine: machine.to_owned(),
            created,
            starts,
            ends: starts + life.running,
            end: life.end,
            comment,
            external_id,
            requestor,
            sent: None,
            is_engines,
            asked_by: None,
            cancelled_by: None,
        });
        id
    }

    fn list_actions(&self, query: &str, now: Duration) -> Vec<Value> {
        let machine =
            query.split("machineId eq '").nth(1).map(|rest| rest.split('\'').next().unwrap());
        let since = query.split("creationDateTimeUtc ge ").nth(1).map(|rest| {
            let text = rest.split([' ', '&']).next().unwrap();
            OffsetDateTime::parse(text, &Rfc3339).unwrap()
        });
        assert!(query.contains("type eq 'CollectInvestigationPackage'"), "{query}");
        let visible = |a: &&Action| {
            machine.is_none_or(|id| id == a.machine)
                && since.is_none_or(|since| self.epoch + a.created >= since)
                && now >= a.created + self.unknowns.list_lag
        };
        let mut found: Vec<&Action> = self.actions.iter().filter(visible).collect();
        found.sort_by_key(|a| std::cmp::Reverse(a.created));
        found.into_iter().map(|a| self.action_json(a, now)).collect()
    }

    fn get_action(&self, id: &str, now: Duration) -> Response {
        match self.actions.iter().find(|a| a.id == id && now >= a.created + self.unknowns.get_lag) {
            Some(action) => self.ok(now, 200, &self.action_json(action, now)),
            None => self.error(now, 404, "ResourceNotFound", "machine action was not found"),
        }
    }

    /// Somebody cancels what runs on the machine, if anything does.
    pub(crate) fn cancel_running(&mut self, machine: &str, now: Duration) -> bool {
        let runs = |a: &&Action| a.machine == machine && a.created <= now && a.status(now) != a.end;
        let Some(id) = self.actions.iter().find(runs).map(|action| action.id.clone()) else {
            return false;
        };
        self.cancel(&id, "analyst@contoso.com", now).status() == 200
    }

    fn cancel(&mut self, id: &str, by: &str, now: Duration) -> Response {
        let Some(at) = self.actions.iter().position(|a| a.id == id) else {
            return self.error(now, 404, "ResourceNotFound", "machine action was not found");
        };
        if self.actions[at].status(now) == self.actions[at].end {
            return self.error(now, 400, "InvalidInput", "the action is final");
        }
        self.cancelled += u64::from(by != "analyst@contoso.com");
        self.actions[at].cancelled_by = Some(by.to_owned());
        self.actions[at].ends = now;
        self.actions[at].starts = self.actions[at].starts.min(now);
        self.actions[at].end = "Cancelled";
        self.ok(now, 200, &self.action_json(&self.actions[at], now))
    }

    fn link(&mut self, id: &str, now: Duration) -> Response {
        let action = self
            .actions
            .iter()
            .find(|a| a.id == id)
            .expect("a link is asked for a known action only");
        assert_eq!(action.status(now), "Succeeded", "a link is asked for only after Succeeded");
        self.next += 1;
        let url =
            format!("https://download.invalid/safedownload/p.zip?token={SECRET_LINK}{}", self.next);
        self.links.insert(
            url.clone(),
            Link { action: id.to_owned(), dies: now + Duration::from_secs(60) },
        );
        self.ok(now, 200, &json!({"value": format!("\"{url}\"")}))
    }

    fn action_json(&self, a: &Action, now: Duration) -> Value {
        json!({
            "id": a.id, "type": "CollectInvestigationPackage", "status": a.status(now), "machineId": a.machine,
            "requestor": a.requestor, "requestorComment": a.comment, "externalId": a.external_id,
            "creationDateTimeUtc": (self.epoch + a.created).format(&Rfc3339).unwrap(), "errorHResult": 0,
            "cancellationRequestor": a.cancelled_by,
        })
    }
}

fn machine_json(machine: &Machine) -> Value {
    json!({"id": machine.id, "computerDnsName": machine.name, "onboardingStatus": "Onboarded", "healthStatus": "Active"})
}

/// Which call it is.
pub(crate) fn endpoint(request: &http::Request<Vec<u8>>) -> &'static str {
    let path = request.uri().path().trim_start_matches("/api/");
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method().as_str(), parts.as_slice()) {
        ("GET", ["machines"]) => "list_machines",
        ("GET", ["machines", find]) if find.starts_with("findbyip") => "find_by_ip",
        ("GET", ["machines", _]) => "get_machine",
        ("GET", ["machines", _, "availableMachineActions"]) => "available",
        ("POST", ["machines", _, "collectInvestigationPackage"]) => "collect",
        ("GET", ["machineactions"]) => "list_actions",
        ("GET", ["machineactions", _]) => "get_action",
        ("POST", ["machineactions", _, "cancel"]) => "cancel",
        ("GET", ["machineactions", _, "getPackageUri"]) => "link",
        other => panic!("no such call: {other:?}"),
    }
}

/// Whose token it is.
fn app_of(token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims);
    let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
    claims["appid"].as_str().unwrap().to_owned()
}

pub(crate) const SECRET_LINK: &str = "LINKSECRET%2b";
