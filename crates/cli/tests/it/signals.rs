//! Asked to stop in every phase, and gone on with afterwards.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mde_forensics_emulator::config::{Endpoint, Fault, On, Rule};

use crate::support::{Finished, Service, finished};

pub(crate) fn send(signal: &str, process: u32) {
    let status = Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

fn start(service: &Service) -> Child {
    let arguments = ["collect", "ws-042", "--comment", "INC-42", "--timeout", "90d"];
    let mut command = service.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until an endpoint was called.
fn await_call(service: &Service, endpoint: Endpoint) {
    let begun = Instant::now();
    while service.calls(endpoint) == 0 {
        assert!(begun.elapsed() < PATIENCE, "{endpoint:?} was never called");
        thread::sleep(Duration::from_millis(5));
    }
}

fn end(child: Child) -> Finished {
    finished(child.wait_with_output().unwrap())
}

/// Stops the command while this endpoint's answer is outstanding, and goes on with it.
fn stopped_while(endpoint: Endpoint, fault: Fault, signal: &str, code: i32) {
    let service = Service::start();
    service.handle.add_fault(Rule::new(On::every(endpoint), fault));
    let child = start(&service);
    await_call(&service, endpoint);
    send(signal, child.id());
    let stopped = end(child).expect(code);
    stopped.says(&["stopping", "stopped", "mde-forensics resume evidence"]);
    assert!(service.packages("evidence").is_empty());

    service.handle.clear_faults();
    service.run(&["resume", "evidence"]).expect(0);
    assert_eq!(service.packages("evidence").len(), 1);
    // However it was stopped, nothing ran twice.
    assert_eq!(service.handle.actions().len(), 1);
}

#[test]
fn interrupted_while_it_signs_in() {
    stopped_while(Endpoint::Token, FOR_EVER, "-INT", 130);
}

#[test]
fn terminated_while_it_looks_for_the_device() {
    stopped_while(Endpoint::ListMachines, FOR_EVER, "-TERM", 143);
}

#[test]
fn interrupted_while_it_asks_for_the_collection() {
    stopped_while(Endpoint::Collect, FOR_EVER, "-INT", 130);
}

#[test]
fn terminated_while_it_waits() {
    stopped_while(Endpoint::GetAction, FOR_EVER, "-TERM", 143);
}

#[test]
fn interrupted_while_it_asks_for_the_link() {
    stopped_while(Endpoint::Link, FOR_EVER, "-INT", 130);
}

#[test]
fn interrupted_while_it_downloads() {
    stopped_while(Endpoint::Download, Fault::Slow { bytes_per_second: 5 }, "-INT", 130);
}

#[test]
fn asked_twice_it_ends_at_once() {
    let service = Service::start();
    service.handle.add_fault(Rule::new(On::every(Endpoint::Token), FOR_EVER));
    let child = start(&service);
    await_call(&service, Endpoint::Token);
    send("-INT", child.id());
    send("-TERM", child.id());
    let ended = end(child);
    assert!(matches!(ended.code, 130 | 143), "{ended:#?}");
}

const FOR_EVER: Fault = Fault::Stall { seconds: 1e9 };
const PATIENCE: Duration = Duration::from_secs(60);
