//! Filters, order and pages.

use mde_forensics_emulator::config::Device;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Service, code};

async fn fleet() -> Service {
    Service::start(|config| {
        config.fleet.devices = ["a", "b", "c", "d", "o'neil".replace('\'', "-").as_str()]
            .iter()
            .enumerate()
            .map(|(place, name)| {
                let mut device = Device::new(*name);
                device.id = Some(format!("id-{name}"));
                device.last_seen_age = Some(3_600.0 * f64::from(u8::try_from(place).unwrap()));
                device.health = if place < 2 { "Active" } else { "Inactive" }.to_owned();
                device.tags = if place == 0 { vec!["it's".to_owned()] } else { Vec::new() };
                device
            })
            .collect();
    })
    .await
}

/// The names that a query finds, or the code of the error.
async fn found(service: &Service, query: &[(&str, &str)]) -> String {
    let url = format!("{}/api/machines", service.emulator.api_url());
    let url = reqwest::Url::parse_with_params(&url, query).unwrap();
    let reply = service.client.get(url).bearer_auth(&service.token).send().await.unwrap();
    let (status, body): (_, Value) = (reply.status(), reply.json().await.unwrap());
    if status != StatusCode::OK {
        assert_eq!(status, StatusCode::BAD_REQUEST);
        return code(&body).to_owned();
    }
    let names = body["value"].as_array().unwrap().iter();
    names.map(|it| it["computerDnsName"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let service = fleet().await;
    for (filter, expected) in [
        ("computerDnsName eq 'a'", "a"),
        ("computerDnsName eq 'A'", ""),
        ("computerDnsName ne 'a'", "b c d o-neil"),
        ("startswith(computerDnsName,'o-')", "o-neil"),
        ("startswith(computerDnsName,'neil')", ""),
        ("id eq 'id-d' or healthStatus eq 'Active' and computerDnsName eq 'a'", "a d"),
        ("startswith(computerDnsName, 'o-') or id eq 'id-b'", "b o-neil"),
        ("computerDnsName in ('a','c', 'x')", "a c"),
        ("healthStatus eq 'Active' and not (computerDnsName eq 'a')", "b"),
        ("healthStatus eq 'Active' and computerDnsName eq 'a' or id eq 'id-d'", "a d"),
        ("healthStatus eq 'Active' and (computerDnsName eq 'a' or id eq 'id-d')", "a"),
        ("lastSeen gt 2026-01-05T08:00:00Z", "a b"),
        ("lastSeen ge 2026-01-05T08:00:00.0000000Z", "a b c"),
        ("lastSeen lt 2026-01-05T08:00:00Z", "d o-neil"),
        ("lastSeen le 2026-01-05T08:00:00Z", "c d o-neil"),
        ("machineTags/any(tag: tag eq 'it''s')", "a"),
        ("rbacGroupId eq 0 and version eq null", ""),
        ("rbacGroupId gt 0", ""),
        ("aadDeviceId ne 00000000-0000-0000-0000-000000000000", "a b c d o-neil"),
    ] {
        assert_eq!(found(&service, &[("$filter", filter)]).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn what_is_not_odata_is_refused() {
    let service = fleet().await;
    let deep = format!("{}id eq 'a'{}", "(".repeat(500), ")".repeat(500));
    let long = format!("id in ('a'{})", ",'a'".repeat(1_000));
    for filter in [
        "",
        "computerDnsName",
        "computerDnsName eq",
        "computerDnsName eq 'a",
        "computerDnsName eq a",
        "computerDnsName like 'a'",
        "computerDnsName EQ 'a'",
        "computerDnsName eq 'a' 'b'",
        "computerDnsName eq 'a')",
        "(computerDnsName eq 'a'",
        "computerdnsname eq 'a'",
        "agentVersion eq 'a'",
        "healthStatus eq 'Fine'",
        "lastSeen gt '2026-01-05T08:00:00Z'",
        "lastSeen gt 2026-01-05Z",
        "rbacGroupId eq '0'",
        "startswith(lastSeen,'2026')",
        "machineTags eq 'a'",
        "computerDnsName/any(t: t eq 'a')",
        "computerDnsName in ()",
        "id eq 'a'; drop",
        "not",
        deep.as_str(),
        long.as_str(),
    ] {
        assert_eq!(found(&service, &[("$filter", filter)]).await, "ODataError", "{filter}");
    }
    for (name, value) in [
        ("$top", "10001"),
        ("$top", "-1"),
        ("$skip", "x"),
        ("$count", "yes"),
        ("$orderby", "nothing"),
        ("$orderby", "id up"),
        ("$orderby", "id,lastSeen,id desc"),
        ("$select", "id"),
        ("$expand", "alerts"),
        ("$stop", "1"),
    ] {
        assert_eq!(found(&service, &[(name, value)]).await, "ODataError", "{name}={value}");
    }
}

#[tokio::test]
async fn rows_are_ordered_skipped_and_counted() {
    let service = fleet().await;
    assert_eq!(
        found(&service, &[("$orderby", "healthStatus desc,computerDnsName desc")]).await,
        "o-neil d c b a"
    );
    assert_eq!(found(&service, &[("$orderby", "lastSeen"), ("$top", "2")]).await, "o-neil d");
    assert_eq!(found(&service, &[("$skip", "3")]).await, "d o-neil");
    let (_, list) = service.get("/api/machines?$count=true&$top=1").await;
    assert_eq!(list["@odata.count"], 5);
    assert_eq!(list.get("@odata.nextLink"), None, "no more was asked for");
}

#[tokio::test]
async fn pages_lead_to_one_another() {
    let service = fleet().await;
    service.handle.change_options(|options| options.page_size = 2);
    let mut names = Vec::new();
    let mut path = "/api/v1.0/machines?$filter=computerDnsName%20ne%20'c'&$top=3".to_owned();
    loop {
        let (status, list) = service.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        let rows = list["value"].as_array().unwrap();
        names.push(rows.iter().map(|it| it["computerDnsName"].to_string()).collect::<Vec<_>>());
        let Some(next) = list["@odata.nextLink"].as_str() else { break };
        path = next.strip_prefix(service.emulator.api_url()).unwrap().to_owned();
        assert!(path.starts_with("/api/v1.0/machines?$filter="), "{path}");
    }
    assert_eq!(names, [vec!["\"a\"", "\"b\""], vec!["\"d\""]]);
}

#[tokio::test]
async fn the_next_page_may_be_said_to_be_elsewhere() {
    let service = fleet().await;
    for origin in ["https://api.securitycenter.microsoft.com", "https://evil.example"] {
        service.handle.change_options(|options| {
            options.page_size = 2;
            options.next_link_origin = Some(origin.to_owned());
        });
        let (_, list) = service.get("/api/machines").await;
        assert_eq!(list["@odata.nextLink"], format!("{origin}/api/machines?$skip=2"));
    }
}

#[tokio::test]
async fn actions_are_filtered_by_their_own_fields() {
    let service = fleet().await;
    for device in ["a", "b"] {
        let new = mde_forensics_emulator::NewCollection::new(device);
        service.handle.start_collection(&new).unwrap();
        service.advance(10);
    }
    service.advance(105);
    let id = service.handle.actions()[0].id.clone();
    for (filter, count) in [
        ("machineId eq 'id-a'".to_owned(), 1),
        ("machineId eq 'id-a' and status eq 'Succeeded'".to_owned(), 1),
        ("status eq 'Pending' or status eq 'InProgress'".to_owned(), 1),
        ("type eq 'CollectInvestigationPackage' and requestor eq 'analyst@contoso.com'".into(), 2),
        ("type eq 'Isolate'".to_owned(), 0),
        ("creationDateTimeUtc ge 2026-01-05T10:00:10Z".to_owned(), 1),
        (format!("id eq {id}"), 1),
        (format!("id eq '{}'", id.to_uppercase()), 1),
    ] {
        let url = format!("{}/api/machineactions", service.emulator.api_url());
        let url = reqwest::Url::parse_with_params(&url, [("$filter", &filter)]).unwrap();
        let reply = service.client.request(Method::GET, url).bearer_auth(&service.token);
        let list: Value = reply.send().await.unwrap().json().await.unwrap();
        assert_eq!(list["value"].as_array().unwrap().len(), count, "{filter}: {list}");
    }
}

#[tokio::test]
async fn an_option_may_be_given_once() {
    let service = fleet().await;
    for query in
        ["$top=1&$top=2", "$filter=id ne 'x'&$filter=id eq 'x'", "$skip=0&$top=1&%24skip=0"]
    {
        let (status, body) = service.get(&format!("/api/machines?{query}")).await;
        assert_eq!((status, code(&body)), (StatusCode::BAD_REQUEST, "ODataError"), "{query}");
    }
    assert_eq!(service.get("/api/machines?x=1&x=2").await.0, StatusCode::OK);
}

#[tokio::test]
async fn no_page_has_more_rows_than_the_service_s() {
    let service = Service::start(|config| {
        config.fleet.generated = 10_001;
        config.options.page_size = usize::MAX;
    })
    .await;
    let (_, page) = service.get("/api/machines").await;
    assert_eq!(page["value"].as_array().unwrap().len(), 10_000);
    assert!(page["@odata.nextLink"].as_str().unwrap().ends_with("$skip=10000"));
}
