//! From what the caller calls a device to the machines that answer to it.

use std::net::IpAddr;

use mde_forensics_core::endpoint::{FindMachinesByIp, GetMachine, ListMachines, MachineFilter};
use mde_forensics_core::engine::{MAX_MERGES, candidates, is_asked_for};
use mde_forensics_core::wire::Machine;
use mde_forensics_core::{Code, Device, DeviceName, Error, Paging};
use time::OffsetDateTime;

use crate::call::Caller;

/// The machines that answer to a device, in the order in which the engine would choose among them.
pub(super) async fn find(caller: &Caller<'_>, device: &Device) -> Result<Vec<Machine>, Error> {
    let listed = match device {
        Device::Id(id) => vec![caller.call(&GetMachine::new(id.as_str())).await?],
        Device::Ip(ip) => by_address(caller, *ip).await?,
        Device::Name(name) => by_name(caller, device, name).await?,
    };
    let mut found = candidates(listed);
    if let [machine] = found.as_mut_slice() {
        for _ in 0..MAX_MERGES {
            match &machine.merged_into_machine_id {
                Some(into) if *into != machine.id => {
                    *machine = caller.call(&GetMachine::new(into.as_str())).await?;
                }
                _ => break,
            }
        }
    }
    Ok(found)
}

async fn by_name(
    caller: &Caller<'_>,
    device: &Device,
    name: &DeviceName,
) -> Result<Vec<Machine>, Error> {
    let (mut found, mut paging, mut next) = (Vec::new(), Paging::default(), None);
    loop {
        let filter = MachineFilter::name_starts_with(name.as_str());
        let mut page = caller.call(&ListMachines { filter, top: PAGE, next }).await?;
        next = paging.turn(&mut page)?;
        found.extend(page.items.into_iter().filter(|machine| is_asked_for(device, machine)));
        if next.is_none() {
            break;
        }
    }
    if found.is_empty() {
        // The list knew no such name; the service may know the one machine of that name.
        match caller.call(&GetMachine::new(name.as_str())).await {
            Ok(machine) => found.extend(Some(machine).filter(|it| is_asked_for(device, it))),
            Err(error) if matches!(error.code(), Code::DeviceNotFound | Code::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Looks again by the service's own time if that is not the one that was asked for.
async fn by_address(caller: &Caller<'_>, ip: IpAddr) -> Result<Vec<Machine>, Error> {
    let at = caller.service_now();
    let found = at_time(caller, ip, at).await;
    let is_wanting = match &found {
        Ok(found) => found.is_empty(),
        // A time in the future, or one that is too long ago, is refused.
        Err(error) => error.status() == Some(400),
    };
    let told = caller.service_now();
    if is_wanting && (told - at).abs() > time::Duration::MINUTE {
        return at_time(caller, ip, told).await;
    }
    found
}

async fn at_time(
    caller: &Caller<'_>,
    ip: IpAddr,
    at: OffsetDateTime,
) -> Result<Vec<Machine>, Error> {
    let (mut found, mut paging, mut next) = (Vec::new(), Paging::default(), None);
    loop {
        let mut page = caller.call(&FindMachinesByIp { ip, at, next }).await?;
        next = paging.turn(&mut page)?;
        found.extend(page.items);
        if next.is_none() {
            return Ok(found);
        }
    }
}

const PAGE: u32 = 1_000;
