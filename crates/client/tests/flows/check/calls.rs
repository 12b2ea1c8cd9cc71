//! What the emulator saw of a run.

use mde_forensics_emulator::CallRecord;
use mde_forensics_emulator::config::Endpoint;
use serde_json::Value;

use crate::expect::Ending;

/// As many calls as expected, and answered as expected.
pub(super) fn check(
    complaints: &mut Vec<String>,
    expect: &Ending,
    first_call: u64,
    calls: &[CallRecord],
) {
    let own = |endpoint: &str| -> Vec<Option<u16>> {
        // A name that is none must not count as an endpoint that was never called.
        let _: Endpoint = serde_json::from_value(Value::from(endpoint))
            .unwrap_or_else(|_| panic!("there is no endpoint `{endpoint}`"));
        let own = calls.iter().filter(|call| call.number >= first_call);
        own.filter(|call| name(call) == endpoint).map(|call| call.status).collect()
    };
    for (endpoint, range) in &expect.calls {
        let answers = own(endpoint);
        if !range.holds(f64::from(u32::try_from(answers.len()).unwrap())) {
            complaints.push(format!(
                "{} calls of {endpoint} {answers:?}, where {range:?} was expected",
                answers.len()
            ));
        }
    }
    for (endpoint, expected) in &expect.answers {
        let answers = own(endpoint);
        if *expected != answers {
            complaints.push(format!(
                "{endpoint} was answered {answers:?}, where {expected:?} was expected"
            ));
        }
    }
}

/// The endpoint's name in rules; nothing for an unknown address.
fn name(call: &CallRecord) -> String {
    let name = call.endpoint.and_then(|endpoint| serde_json::to_value(endpoint).ok());
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
