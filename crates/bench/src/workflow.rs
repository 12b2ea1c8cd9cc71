//! One device from its id to the link of its package, by the client and by bare reqwest.

use std::io::{self, BufRead as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mde_forensics::{Client, MemoryLedger};
use mde_forensics_core::engine::{Outcome, Until};
use serde_json::{Value, json};

use crate::Result;
use crate::bare::{BETWEEN_POLLS, Bare};
use crate::clock::Stepped;
use crate::service::{Control, Service};

/// Both contenders, warm, before one emulator.
struct Stage {
    control: Control,
    clock: Arc<Stepped>,
    client: Client,
    bare: Bare,
    machines: std::vec::IntoIter<String>,
}

/// Answers each line `NAME COUNT` with the seconds that so many workflows of that contender took. Moving the clocks,
/// which both need and nobody else does, is left out.
///
/// Fails if the contenders do not make the same calls.
#[expect(clippy::needless_pass_by_value, reason = "every program takes what it was given")]
pub(crate) fn run(service: Service) -> Result<Value> {
    let runtime = crate::runtime()?;
    let mut stage = runtime.block_on(Stage::set(&service))?;
    let calls = runtime.block_on(stage.compare())?;
    println!("{}", json!({ "calls": calls }));
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (name, count) = line.split_once(' ').ok_or("a line is `NAME COUNT`")?;
        let count: u32 = count.parse()?;
        let seconds = runtime.block_on(async {
            let mut seconds = 0.0;
            for _ in 0..count {
                seconds += stage.one(name).await?.as_secs_f64();
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(seconds)
        })?;
        println!("{}", json!({ "seconds": seconds }));
        io::stdout().flush()?;
    }
    Ok(json!({}))
}

impl Stage {
    async fn set(service: &Service) -> Result<Self> {
        let control = service.control()?;
        let token = control.token().await?;
        let clock = Arc::new(Stepped::new(control.clone()));
        Ok(Self {
            client: service.client(&token, Arc::clone(&clock) as _)?,
            bare: Bare::new(service, &token)?,
            machines: control.machines().await?.into_iter(),
            control,
            clock,
        })
    }

    /// The calls of a workflow, which must be the same for both.
    async fn compare(&mut self) -> Result<Vec<String>> {
        let mut calls = Vec::new();
        for name in [CLIENT, BARE] {
            self.control.take_calls().await?;
            self.one(name).await?;
            calls.push(self.control.take_calls().await?);
        }
        match calls.pop() {
            Some(bare) if calls == [bare.clone()] => Ok(bare),
            bare => Err(format!("the client made other calls: {calls:?}, not {bare:?}").into()),
        }
    }

    /// One workflow; how long it took.
    async fn one(&mut self, name: &str) -> Result<Duration> {
        // Far enough apart that no quota of the client's counts them together.
        self.clock.advance(Duration::from_secs(3_600)).await?;
        self.clock.take_spent();
        let machine = self.machines.next().ok_or("the emulator has too few devices")?;
        let begun = Instant::now();
        match name {
            CLIENT => self.by_client(&machine).await?,
            BARE => drop(self.bare.workflow(&machine, &self.clock).await?),
            _ => return Err(format!("there is no contender `{name}`").into()),
        }
        Ok(begun.elapsed().saturating_sub(self.clock.take_spent()))
    }

    async fn by_client(&self, machine: &str) -> Result<()> {
        let mut run = self.client.run("measured")?;
        run.options.until = Until::Ready;
        run.options.poll_every = Some(BETWEEN_POLLS);
        let run = run.with_ledger(Arc::new(Mutex::new(MemoryLedger::default())));
        let report = self.client.collect(machine, &run).await?;
        let action = match (&report.outcome, report.handle.action()) {
            (Outcome::Ready, Some(action)) => &action.id,
            (outcome, _) => return Err(format!("the device ended in {outcome:?}").into()),
        };
        self.client.package_link(action).await?;
        Ok(())
    }
}

const CLIENT: &str = "client";
const BARE: &str = "bare";
