//! Packages: whole, in parts, and very large.

use std::time::Duration;

use mde_forensics_emulator::config::{Device, Endpoint, Fault, On, Rule};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};

use crate::support::Service;

#[tokio::test]
async fn parts_make_up_the_whole() {
    let service = Service::start(|_| {}).await;
    let action = service.collected().await;
    let link = service.link(&action).await;
    let whole = service.client.get(&link).send().await.unwrap();
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    let etag = whole.headers()[ETAG].clone();
    let whole = whole.bytes().await.unwrap();
    for (range, part) in [
        ("bytes=0-99", 0..100),
        ("bytes=1000-", 1_000..whole.len()),
        ("bytes=-50", whole.len() - 50..whole.len()),
    ] {
        let request = service.client.get(&link).header(RANGE, range).header(IF_RANGE, &etag);
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(reply.headers()[ETAG], etag);
        let expected = format!("bytes {}-{}/{}", part.start, part.end - 1, whole.len());
        assert_eq!(reply.headers()[CONTENT_RANGE], expected);
        assert!(reply.bytes().await.unwrap() == whole.slice(part), "{range}");
    }
    let past = service.client.get(&link).header(RANGE, format!("bytes={}-", whole.len()));
    let reply = past.send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(reply.headers()[CONTENT_RANGE], format!("bytes */{}", whole.len()));
    let other = service.client.get(&link).header(RANGE, "bytes=0-1").header(IF_RANGE, "\"other\"");
    assert_eq!(other.send().await.unwrap().status(), StatusCode::OK, "the whole of what is there");
}

#[tokio::test]
async fn forty_gibibytes_are_offered_and_any_part_of_them_given() {
    const SIZE: u64 = 40 << 30;
    let service = Service::start(|config| {
        config.fleet.devices[0].life.package.size = Some(SIZE);
    })
    .await;
    let action = service.collected().await;
    let link = service.link(&action).await;
    let head = service.client.head(&link).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    let length: u64 = head.headers()[CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
    assert!(length >= SIZE);
    let end = service.client.get(&link).header(RANGE, "bytes=-22").send().await.unwrap();
    assert_eq!(&end.bytes().await.unwrap()[..4], b"PK\x05\x06", "the end of a zip");
}

#[tokio::test]
async fn a_renewed_link_may_lead_to_other_bytes() {
    let service = Service::start(|_| {}).await;
    let rule = Rule::new(On::next(Endpoint::Link).nth(2), Fault::ChangePackage);
    service.handle.add_fault(rule);
    let action = service.collected().await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let link = service.link(&action).await;
        let reply = service.client.get(&link).send().await.unwrap();
        let etag = reply.headers()[ETAG].clone();
        let digest = service.handle.package(&action).unwrap();
        assert_eq!(etag, digest.etag);
        seen.push((digest, reply.bytes().await.unwrap()));
    }
    assert!(seen[0] != seen[1], "other bytes");
}

#[tokio::test]
async fn a_download_dies_in_the_middle_and_its_link_with_it() {
    let service = Service::start(|_| {}).await;
    let cut = Rule::new(On::next(Endpoint::Download), Fault::Truncate { at: 1_000 });
    let dead = Rule::new(On::next(Endpoint::Download).nth(2), Fault::DeadLink);
    service.handle.add_fault(cut);
    service.handle.add_fault(dead);
    let action = service.collected().await;
    let link = service.link(&action).await;
    let mut reply = service.client.get(&link).send().await.unwrap();
    let mut received = 0;
    let ended = loop {
        match reply.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            other => break other,
        }
    };
    assert!(ended.is_err());
    assert_eq!(received, 1_000);
    for _ in 0..2 {
        let reply = service.client.get(&link).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    }
    let link = service.link(&action).await;
    let rest = service.client.get(&link).header(RANGE, "bytes=1000-").send().await.unwrap();
    assert_eq!(rest.status(), StatusCode::PARTIAL_CONTENT);
}

#[tokio::test]
async fn a_slow_body_comes_as_the_clock_lets_it() {
    let service = Service::start(|_| {}).await;
    let slow = Fault::Slow { bytes_per_second: 100 };
    service.handle.add_fault(Rule::new(On::next(Endpoint::Download), slow));
    let action = service.collected().await;
    let link = service.link(&action).await;
    let mut reply = service.client.get(&link).header(RANGE, "bytes=0-29").send().await.unwrap();
    let mut received = reply.chunk().await.unwrap().unwrap().len();
    assert_eq!(received, 10, "a tenth of a second's worth");
    for _ in 0..2 {
        service.handle.advance(Duration::from_millis(100));
        received += reply.chunk().await.unwrap().unwrap().len();
    }
    assert_eq!(received, 30);
    assert_eq!(reply.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn two_devices_have_different_packages_and_one_action_always_the_same() {
    let service = Service::start(|config| config.fleet.devices.push(Device::new("b"))).await;
    let new = |name: &str| mde_forensics_emulator::NewCollection::new(name);
    let one = service.handle.start_collection(&new("ws-042")).unwrap().id;
    let other = service.handle.start_collection(&new("b")).unwrap().id;
    service.advance(120);
    let digest = |id: &str| service.handle.package(id).unwrap();
    assert_eq!(digest(&one), digest(&one));
    assert_ne!(digest(&one).sha256, digest(&other).sha256);
}
