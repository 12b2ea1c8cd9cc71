use std::collections::BTreeSet;

use mde_forensics_core::Cloud;

use crate::expect;
use crate::files::{named, place, tests};

#[test]
fn every_cloud_has_its_hosts() {
    let file = named("clouds");
    let mut seen = BTreeSet::new();
    for test in tests(&file) {
        let place = place(&file, test);
        let name = test["name"].as_str().unwrap();
        match name.parse::<Cloud>() {
            Ok(cloud) => {
                assert_eq!(test["result"], "valid", "{place}");
                assert_eq!(cloud.name(), name);
                assert_eq!(cloud.api().as_str(), test["api"], "{place}");
                assert_eq!(cloud.login().as_str(), test["login"], "{place}");
                assert_eq!(cloud.portal().unwrap(), test["portal"], "{place}");
                assert_eq!(cloud.resource(), test["resource"], "{place}");
                assert_eq!(cloud.scope(), test["scope"], "{place}");
                assert!(Cloud::is_mde_host(&cloud.api().host().to_uppercase()), "{place}");
                seen.insert(cloud.name());
            }
            Err(error) => expect::error(&error, &test["error"], &place),
        }
    }
    let known: BTreeSet<_> = Cloud::ALL.iter().map(Cloud::name).collect();
    assert_eq!(seen, known);
    let strangers = file["strangers"].as_array().unwrap();
    assert!(!strangers.is_empty());
    for host in strangers {
        assert!(!Cloud::is_mde_host(host.as_str().unwrap()), "{host}");
    }
}
