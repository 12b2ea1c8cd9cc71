//! Chooses among the machines that a search returned.

use crate::Device;
use crate::map::{Names, sorted};
use crate::wire::Machine;

/// Whether this machine matches the requested device. The service's own matching is not trusted:
/// `ws-04` is not `ws-042`.
pub(super) fn is_asked_for(device: &Device, machine: &Machine) -> bool {
    match device {
        Device::Name(name) => {
            machine.computer_dns_name.as_deref().is_some_and(|full| name.matches(full))
        }
        Device::Id(_) | Device::Ip(_) => true,
    }
}

/// Removes duplicates and machines that were merged into another in the list; the one seen last
/// comes first.
pub(super) fn candidates(machines: Vec<Machine>) -> Vec<Machine> {
    let mut machines =
        sorted(machines, |a, b| b.last_seen.cmp(&a.last_seen).then_with(|| a.id.cmp(&b.id)));
    // A machine that reported while the list was read may be in it twice with different times.
    let mut ids = Names::default();
    machines.retain(|machine| ids.insert(machine.id.folded(), 0).is_none());
    machines.retain(|machine| {
        let into = machine.merged_into_machine_id.as_ref();
        into.is_none_or(|into| *into == machine.id || ids.get(&into.folded()).is_none())
    });
    machines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn machine(digit: &str, day: u8, into: Option<&str>) -> Machine {
        serde_json::from_value(json!({
            "id": digit.repeat(40),
            "lastSeen": format!("2026-01-{day:02}T10:00:00Z"),
            "mergedIntoMachineId": into.map(|into| into.repeat(40)),
        }))
        .unwrap()
    }

    #[test]
    fn each_machine_is_there_once_and_the_newest_first() {
        let machines = vec![
            machine("a", 5, None),
            machine("b", 7, None),
            machine("a", 9, None),
            machine("c", 6, Some("b")),
            machine("d", 1, Some("e")),
            machine("f", 2, Some("f")),
        ];
        let ids: Vec<_> = candidates(machines).iter().map(|it| it.id.as_str().to_owned()).collect();
        assert_eq!(ids, ["a", "b", "f", "d"].map(|digit| digit.repeat(40)));
    }
}
