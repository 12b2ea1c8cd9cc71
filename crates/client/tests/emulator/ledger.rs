//! What a collection asks of a ledger does not grow with what others have left there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics::{Ledger, MemoryLedger, Wanted};
use mde_forensics_core::engine::{Handle, Record, Settlement, Until};
use mde_forensics_core::{Error, MachineId, Now, PermitId, QuotaClass};
use mde_forensics_emulator::config::Device;

use crate::bench::{Bench, app};

/// Counts the handles that it gives.
#[derive(Debug, Default)]
struct Counting {
    ledger: MemoryLedger,
    given: Arc<Mutex<usize>>,
}

impl Ledger for Counting {
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle> {
        let handles = self.ledger.load(wanted, is_free);
        *self.given.lock().unwrap() += handles.len();
        handles
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Error> {
        self.ledger.append(records)
    }

    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration> {
        self.ledger.claim(tenant, machine, now)
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        self.ledger.permit(quota, now)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        self.ledger.settle(permit, settlement, now);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fiftieth_collection_asks_the_ledger_for_no_more_than_the_first() {
    let devices: Vec<_> = (0..50).map(|number| format!("ws-{number}.contoso.com")).collect();
    let bench = Bench::new(|config| {
        config.fleet.devices = devices.iter().map(Device::new).collect();
    })
    .await;
    for key in [None, Some("INC-42".to_owned())] {
        let client = bench.builder(app()).build().unwrap();
        let ledger = Arc::new(Mutex::new(Counting::default()));
        let given = Arc::clone(&ledger.lock().unwrap().given);
        let mut each = Vec::new();
        for device in &devices {
            let mut run = client.run("INC-42").unwrap().with_ledger(ledger.clone());
            run.options.key.clone_from(&key);
            let collection = client.collection(device, &run).unwrap();
            collection.request(&run).await.unwrap();
            collection.wait(&run).await.unwrap();
            each.push(std::mem::take(&mut *given.lock().unwrap()));
        }
        // Its own: before it waits, when it takes the device, and as it is after each record.
        assert!(each.iter().all(|given| (1..=8).contains(given)), "{each:?}");
        assert!(each.iter().all(|given| *given == each[0]), "{each:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_used_again_starts_over_in_the_ledger() {
    let devices = ["ws-1.contoso.com", "ws-2.contoso.com"];
    let bench = Bench::new(|config| {
        config.fleet.devices = devices.iter().copied().map(Device::new).collect();
    })
    .await;
    let client = bench.builder(app()).build().unwrap();
    let ledger = Arc::new(Mutex::new(MemoryLedger::default()));
    let mut run = client.run("INC-42").unwrap().with_ledger(ledger.clone());
    run.options.until = Until::Ready;
    for device in devices {
        let report = client.collect(device, &run).await.unwrap();
        assert!(report.outcome.to_error(device).is_none(), "{report:?}");
        let known = ledger.lock().unwrap().load(Wanted::All, &|_| true);
        let known: Vec<_> = known.iter().map(|it| (it.device(), it.action())).collect();
        // Its own action, and nothing of the device before it.
        assert_eq!(known, [(device, report.handle.action())]);
    }
}
