//! What the document on the emulator says, the emulator takes.

use mde_forensics_emulator::Config;
use mde_forensics_emulator::config::{Device, End, Endpoint, Fault, Group, Rule};
use serde::de::DeserializeOwned;

const DOCUMENT: &str = include_str!("../../../../docs/emulator.md");

#[test]
fn every_example_is_one() {
    let mut examples =
        DOCUMENT.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut next = || examples.next().unwrap();
    assert_eq!(read::<Vec<Rule>>(next()).len(), 4);
    assert_eq!(read::<Vec<Device>>(next()).len(), 6);
    assert_eq!(read::<Config>(next()).seed, 7);
    assert!(examples.next().is_none());
}

/// Every name that is taken is in the document; which these are says the refusal of one that is none.
#[test]
fn every_name_is_there() {
    let refusals = [
        serde_json::from_str::<Endpoint>("\"?\"").unwrap_err(),
        serde_json::from_str::<Group>("\"?\"").unwrap_err(),
        serde_json::from_str::<Fault>("{\"kind\":\"?\"}").unwrap_err(),
        serde_json::from_str::<End>("\"?\"").unwrap_err(),
    ];
    let mut names = 0;
    for refusal in refusals {
        let text = refusal.to_string();
        let (_, expected) = text.split_once("expected").unwrap();
        for name in expected.split('`').skip(1).step_by(2) {
            assert!(DOCUMENT.contains(&format!("`{name}`")), "{name}");
            names += 1;
        }
    }
    assert!(names > 35, "{names}");
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}
