//! Package links: when they are given, and how they die.

use mde_forensics_emulator::config::{
    DeadLink, Endpoint, Fault, LinkEscapes, LinkQuoting, On, Rule,
};
use reqwest::StatusCode;

use crate::support::{Service, code};

#[tokio::test]
async fn there_is_no_link_before_the_end_nor_for_a_failure() {
    let service = Service::start(|_| {}).await;
    let (_, action) = service.collect().await;
    let path = format!("/api/machineactions/{}/GetPackageUri", action["id"].as_str().unwrap());
    service.handle.change_options(|options| options.quotas.on = false);
    for step in [0, 20, 99] {
        service.advance(step);
        let (status, body) = service.get(&path).await;
        assert_eq!((status, code(&body)), (StatusCode::NOT_FOUND, "ResourceNotFound"));
    }
    service.advance(1);
    assert_eq!(service.get(&path).await.0, StatusCode::OK);
    let (status, _) = service.get("/api/machineactions/none/getPackageUri").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_is_quoted_or_plain_and_its_token_is_opaque() {
    for (option, quoted) in [(LinkQuoting::Quoted, true), (LinkQuoting::Plain, false)] {
        let service = Service::with_options(|it| it.link_quoting = option).await;
        let action = service.collected().await;
        let (_, body) = service.get(&format!("/api/machineactions/{action}/getPackageUri")).await;
        let value = body["value"].as_str().unwrap();
        assert_eq!(value.starts_with('"') && value.ends_with('"'), quoted);
        let context = format!("{}/api/$metadata#Edm.String", service.emulator.api_url());
        assert_eq!(body["@odata.context"], context);
        let (_, token) = value.trim_matches('"').split_once("?token=").unwrap();
        assert!(token.len() > 300);
        assert_eq!(token.matches("%3b").count(), 2, "three parts");
        assert!(token.contains("%3d"), "{token}");
        assert!(!token.contains(['+', '/', '=', ';']));
        for escape in token.split('%').skip(1) {
            assert!(["2b", "2f", "3b", "3d"].iter().any(|it| escape.starts_with(it)), "{escape}");
        }
    }
}

#[tokio::test]
async fn a_link_lives_for_a_minute() {
    let service = Service::start(|_| {}).await;
    let action = service.collected().await;
    let link = service.link(&action).await;
    service.advance(59);
    assert_eq!(service.client.head(&link).send().await.unwrap().status(), StatusCode::OK);
    service.advance(1);
    let reply = service.client.get(&link).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    assert_eq!(reply.headers()["content-type"], "application/xml");
    let page = reply.text().await.unwrap();
    assert!(page.contains("<Error><Code>AuthenticationFailed</Code>"), "{page}");
    let renewed = service.link(&action).await;
    assert_ne!(renewed, link);
    assert_eq!(service.client.head(&renewed).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_dead_link_answers_in_its_way() {
    for (option, expected) in [
        (DeadLink::Empty, StatusCode::OK),
        (DeadLink::Gone, StatusCode::GONE),
        (DeadLink::NotFound, StatusCode::NOT_FOUND),
        (DeadLink::Xml, StatusCode::FORBIDDEN),
    ] {
        let service = Service::with_options(|it| it.dead_link = option).await;
        service.handle.add_fault(Rule::new(On::next(Endpoint::Link), Fault::DeadLink));
        let action = service.collected().await;
        let link = service.link(&action).await;
        let reply = service.client.get(&link).send().await.unwrap();
        assert_eq!(reply.status(), expected);
        assert_eq!(reply.bytes().await.unwrap().is_empty(), option != DeadLink::Xml);
    }
}

#[tokio::test]
async fn a_link_is_taken_letter_by_letter() {
    let service = Service::start(|_| {}).await;
    let action = service.collected().await;
    let link = service.link(&action).await;
    let upper = link.replace("%3b", "%3B");
    let decoded = link.replace("%3b", ";");
    let longer = format!("{link}&x=1");
    for changed in [upper, decoded, longer] {
        let reply = service.client.get(&changed).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::FORBIDDEN, "{changed}");
    }
    assert_eq!(service.client.get(&link).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_credential_is_refused_at_the_link_s_host_and_seen() {
    let service = Service::start(|_| {}).await;
    let action = service.collected().await;
    let link = service.link(&action).await;
    let reply = service.client.get(&link).bearer_auth(&service.token).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    let reply = service.client.get(&link).header("Cookie", "a=b").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    let calls = service.handle.calls();
    let seen: Vec<_> = calls.iter().rev().take(2).map(|call| call.bearer).collect();
    assert_eq!(seen, [false, true]);
}

#[tokio::test]
async fn escapes_in_capitals_are_another_link_or_the_same() {
    for (option, status) in
        [(LinkEscapes::Exact, StatusCode::FORBIDDEN), (LinkEscapes::Equivalent, StatusCode::OK)]
    {
        let service = Service::with_options(|it| it.link_escapes = option).await;
        let action = service.collected().await;
        let link = service.link(&action).await;
        let download = async |url: String| service.client.get(url).send().await.unwrap().status();
        let (head, token) = link.split_once('=').unwrap();
        let capitals =
            ["%2b", "%2f", "%3d", "%3b"].iter().fold(token.to_owned(), |token, escape| {
                token.replace(escape, &escape.to_ascii_uppercase())
            });
        assert_ne!(capitals, token);
        assert_eq!(download(format!("{head}={capitals}")).await, status, "{option:?}");
        assert_eq!(download(link.clone()).await, StatusCode::OK);
        let other = token.to_ascii_lowercase();
        let status = download(format!("{head}={other}")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "only escapes have no case");
    }
}
