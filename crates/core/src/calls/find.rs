//! From what the courier calls a device to the machines that answer to it.

use std::net::IpAddr;

use time::OffsetDateTime;

use super::{Courier, call};
use crate::endpoint::{FindMachinesByIp, GetMachine, ListMachines, MachineFilter};
use crate::engine::{MAX_MERGES, candidates, is_asked_for};
use crate::wire::Machine;
use crate::{Code, Device, DeviceName, Error, Paging};

/// The machines that answer to a device, in the order in which the engine would choose among them.
///
/// Fails as [`call`] does, with `not_found` for an id that the service does not know, and with `foreign_link` if a page
/// leads to a stranger.
pub async fn find(courier: &impl Courier, device: &Device) -> Result<Vec<Machine>, Error> {
    let listed = match device {
        Device::Id(id) => vec![call(courier, &GetMachine::new(id.as_str())).await?],
        Device::Ip(ip) => by_address(courier, *ip).await?,
        Device::Name(name) => by_name(courier, device, name).await?,
    };
    let mut found = candidates(listed);
    if let [machine] = found.as_mut_slice() {
        for _ in 0..MAX_MERGES {
            match &machine.merged_into_machine_id {
                Some(into) if *into != machine.id => {
                    *machine = call(courier, &GetMachine::new(into.as_str())).await?;
                }
                _ => break,
            }
        }
    }
    Ok(found)
}

async fn by_name(
    courier: &impl Courier,
    device: &Device,
    name: &DeviceName,
) -> Result<Vec<Machine>, Error> {
    let (mut found, mut paging, mut next) = (Vec::new(), Paging::default(), None);
    loop {
        let filter = MachineFilter::name_starts_with(name.as_str());
        let mut page = call(courier, &ListMachines { filter, top: PAGE, next }).await?;
        next = paging.turn(&mut page)?;
        found.extend(page.items.into_iter().filter(|machine| is_asked_for(device, machine)));
        if next.is_none() {
            break;
        }
    }
    if found.is_empty() {
        // The list knew no such name; the service may know the one machine of that name.
        match call(courier, &GetMachine::new(name.as_str())).await {
            Ok(machine) => found.extend(Some(machine).filter(|it| is_asked_for(device, it))),
            Err(error) if matches!(error.code(), Code::DeviceNotFound | Code::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Looks again by the service's own time if that is not the one that was asked for.
async fn by_address(courier: &impl Courier, ip: IpAddr) -> Result<Vec<Machine>, Error> {
    let at = courier.service_now();
    let found = at_time(courier, ip, at).await;
    let is_wanting = match &found {
        Ok(found) => found.is_empty(),
        // A time in the future, or one that is too long ago, is refused.
        Err(error) => error.status() == Some(400),
    };
    let told = courier.service_now();
    if is_wanting && (told - at).abs() > time::Duration::MINUTE {
        return at_time(courier, ip, told).await;
    }
    found
}

async fn at_time(
    courier: &impl Courier,
    ip: IpAddr,
    at: OffsetDateTime,
) -> Result<Vec<Machine>, Error> {
    let (mut found, mut paging, mut next) = (Vec::new(), Paging::default(), None);
    loop {
        let mut page = call(courier, &FindMachinesByIp { ip, at, next }).await?;
        next = paging.turn(&mut page)?;
        found.extend(page.items);
        if next.is_none() {
            return Ok(found);
        }
    }
}

const PAGE: u32 = 1_000;
