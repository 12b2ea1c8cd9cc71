//! What happens while a run goes on, and what is heard of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mde_forensics::Stop;
use mde_forensics_emulator::Handle;
use serde_json::Value;
use tokio::sync::Notify;

use crate::flow::{During, Run, When};
use crate::intervention::{self, Intervention, seconds};
use crate::pattern::fits;
use crate::stage::Stage;

/// What happens while a run goes on, and what is heard of it.
#[derive(Clone)]
pub(crate) struct Meanwhile {
    service: Handle,
    pub(crate) stop: Stop,
    crash: Arc<Notify>,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    events: Vec<Value>,
    awaited: Vec<(Value, Intervention)>,
    troubles: Vec<String>,
}

impl Meanwhile {
    pub(crate) fn new(stage: &Stage, run: &Run) -> Self {
        let awaited = run.during.iter().filter_map(|during| match &during.when {
            When::Event(event) => Some((Value::Object(event.clone()), during.intervention.clone())),
            When::Seconds(_) => None,
        });
        let heard = Heard { awaited: awaited.collect(), ..Heard::default() };
        Self {
            service: stage.service.clone(),
            stop: Stop::new(),
            crash: Arc::new(Notify::new()),
            heard: Arc::new(Mutex::new(heard)),
        }
    }

    pub(crate) fn alarms(&self, run: &Run) -> Vec<(Duration, Box<dyn FnOnce() + Send>)> {
        let alarm = |during: &During| {
            let When::Seconds(after) = during.when else { return None };
            let (meanwhile, intervention) = (self.clone(), during.intervention.clone());
            let ring: Box<dyn FnOnce() + Send> = Box::new(move || meanwhile.act(&intervention));
            Some((seconds(after), ring))
        };
        run.during.iter().filter_map(alarm).collect()
    }

    pub(crate) fn hear(&self, event: &Value) {
        let due: Vec<Intervention> = {
            let mut heard = self.heard();
            heard.events.push(event.clone());
            let (due, awaited) = std::mem::take(&mut heard.awaited)
                .into_iter()
                .partition(|(pattern, _)| fits(pattern, event));
            heard.awaited = awaited;
            let due: Vec<(Value, Intervention)> = due;
            due.into_iter().map(|(_, intervention)| intervention).collect()
        };
        for intervention in &due {
            self.act(intervention);
        }
    }

    fn act(&self, intervention: &Intervention) {
        let done = match intervention {
            Intervention::Crash => {
                self.crash.notify_one();
                Ok(())
            }
            Intervention::Stop => {
                self.stop.here();
                Ok(())
            }
            Intervention::StopAtService { comment } => {
                self.stop.at_service(comment);
                Ok(())
            }
            intervention => intervention::at_service(intervention, &self.service),
        };
        self.heard().troubles.extend(done.err());
    }

    /// Ends when the program is to die.
    pub(crate) async fn crashed(&self) {
        self.crash.notified().await;
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        std::mem::take(&mut self.heard().events)
    }

    /// What went wrong, and what was to happen and did not.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let mut heard = self.heard();
        let missed = std::mem::take(&mut heard.awaited);
        let missed = missed
            .iter()
            .map(|(event, intervention)| format!("{intervention:?} waited for {event} in vain"));
        let missed: Vec<_> = missed.collect();
        let mut troubles = std::mem::take(&mut heard.troubles);
        troubles.extend(missed);
        troubles
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
