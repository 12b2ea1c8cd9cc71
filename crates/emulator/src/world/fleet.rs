//! Generated devices, and those in a file.

use std::fs;

use crate::Error;
use crate::config::{Device, Fleet};
use crate::random::Random;

/// All devices of a fleet: the generated ones, then those in the file, then the list.
pub(super) fn devices(fleet: &Fleet, seed: u64) -> Result<Vec<Device>, Error> {
    if fleet.generated > MOST {
        let text =
            format!("{} devices are too many to be made up; at most {MOST} are", fleet.generated);
        return Err(Error::Invalid(text));
    }
    let mut devices: Vec<Device> =
        (0..fleet.generated).map(|number| invent(number, fleet, seed)).collect();
    if let Some(path) = &fleet.file {
        let unreadable = |why: String| {
            Error::Invalid(format!("the device file `{}` cannot be read: {why}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let listed: Vec<Device> =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        devices.extend(listed);
    }
    devices.extend(fleet.devices.iter().cloned());
    Ok(devices)
}

/// Generates one device of a mixed fleet: mostly workstations with Windows 11 or 10, and some
/// servers.
fn invent(number: usize, fleet: &Fleet, seed: u64) -> Device {
    let mut random = Random::named(seed, &format!("device {number}"));
    let (prefix, os) = match random.below(10) {
        0 => ("srv", "WindowsServer2022"),
        1 => ("srv", "WindowsServer2019"),
        2..=4 => ("ws", "Windows10"),
        _ => ("ws", "Windows11"),
    };
    let mut device = Device::new(format!("{prefix}-{:03}.contoso.com", number + 1));
    os.clone_into(&mut device.os);
    device.life = fleet.life.clone();
    if random.below(4) == 0 {
        device.tags.push("tier-0".to_owned());
    }
    device
}

/// Ten times as many as the command accepts in a list.
const MOST: usize = 1_000_000;
