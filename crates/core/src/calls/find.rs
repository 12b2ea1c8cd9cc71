//! Resolves a device to the machines that match it.

use super::{Courier, call};
use crate::endpoint::GetMachine;
use crate::engine::search::{Found, Merges, Question, Search, Step, is_missing};
use crate::wire::Machine;
use crate::{Device, Error, MachineId};

/// Finds the machines that match a device, in the order in which the engine would choose. If the
/// only match was merged into another machine, that machine is returned.
///
/// Fails as [`call`] does, with `not_found` for an id that the service does not know, with
/// `device_not_found` if a merge leads to no device, and with `foreign_link` if a page links to a
/// foreign host.
pub async fn find(courier: &impl Courier, device: &Device) -> Result<Vec<Machine>, Error> {
    let (mut search, mut question) = Search::begin(device, courier.service_now());
    let mut found = loop {
        let answer = ask(courier, &question).await;
        match search.answered(device, answer, courier.service_now())? {
            Step::Ask(next) => question = next,
            Step::Matches(found) => break found,
        }
    };
    if let [machine] = found.as_mut_slice() {
        let mut merges = Merges::new();
        while let Some(into) = merges.next(machine)? {
            *machine = merged(courier, &merges, &into).await?;
        }
    }
    Ok(found)
}

async fn ask(courier: &impl Courier, question: &Question) -> Result<Found, Error> {
    Ok(match question {
        Question::Address(address) => Found::Page(call(courier, address).await?),
        Question::List(list) => Found::Page(call(courier, list).await?),
        Question::One(machine) => Found::One(Box::new(call(courier, machine).await?)),
    })
}

async fn merged(
    courier: &impl Courier,
    merges: &Merges,
    into: &MachineId,
) -> Result<Machine, Error> {
    let machine = call(courier, &GetMachine::new(into.as_str())).await;
    machine.map_err(|error| if is_missing(&error) { merges.missing(into) } else { error })
}
