//! Asked to stop in every phase, and gone on with afterwards.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mde_forensics_emulator::config::{End, Endpoint, Rule};
use serde_json::{Value, json};

use crate::support::{Finished, Service, bare, finished};

/// A moment at which a collection can be stopped.
struct Phase {
    name: &'static str,
    /// What holds it there.
    faults: Value,
    /// More arguments of `collect`.
    arguments: &'static [&'static str],
    /// The call that says that it is there, and how many of them.
    awaited: (Endpoint, usize),
}

impl Phase {
    /// While the first call of an endpoint, or a later one, is not answered.
    fn unanswered(name: &'static str, endpoint: &str, awaited: (Endpoint, usize)) -> Self {
        let faults = json!([{
            "on": {"endpoint": endpoint, "nth": awaited.1, "times": 1_000},
            "do": {"kind": "stall", "seconds": 1e9},
        }]);
        Self { name, faults, arguments: &[], awaited }
    }

    fn all() -> Vec<Self> {
        let unanswered = Self::unanswered;
        let with = |faults, phase: Self| Self { faults, ..phase };
        vec![
            unanswered("sign-in", "token", (Endpoint::Token, 1)),
            unanswered("search", "list_machines", (Endpoint::ListMachines, 1)),
            unanswered("available actions", "available_actions", (Endpoint::AvailableActions, 1)),
            unanswered("look", "list_actions", (Endpoint::ListActions, 1)),
            unanswered("request", "collect", (Endpoint::Collect, 1)),
            with(
                json!([
                    {"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}},
                    {"on": {"endpoint": "list_actions", "nth": 2, "times": 1_000},
                     "do": {"kind": "stall", "seconds": 1e9}},
                ]),
                unanswered("doubt", "list_actions", (Endpoint::ListActions, 2)),
            ),
            unanswered("poll", "get_action", (Endpoint::GetAction, 1)),
            with(
                json!([{"on": {"endpoint": "get_action"},
                        "do": {"kind": "throttle", "seconds": 1_000_000}}]),
                unanswered("429", "get_action", (Endpoint::GetAction, 1)),
            ),
            Self {
                // One call an hour: the second poll waits for the next.
                arguments: &["--quota-share", "0.0001"],
                ..with(json!([]), unanswered("quota", "get_action", (Endpoint::GetAction, 1)))
            },
            unanswered("link", "link", (Endpoint::Link, 1)),
            with(
                json!([{"on": {"endpoint": "download", "probability": 1.0},
                        "do": {"kind": "slow", "bytes_per_second": 5}}]),
                unanswered("download", "download", (Endpoint::Download, 1)),
            ),
        ]
    }

    /// Stops the collection there, and goes on with it.
    fn play(&self, signal: &str, code: i32) {
        let service = Service::start();
        let rules: Vec<Rule> = serde_json::from_value(self.faults.clone()).unwrap();
        for rule in rules {
            service.handle.add_fault(rule);
        }
        let arguments = ["collect", "ws-042", "--comment", "INC-42", "--timeout", "90d"];
        let child = start(service.command(&[&arguments, self.arguments].concat()));
        await_calls(&service, self.awaited);
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
}

/// Plays every phase, some at a time, and names those that went wrong.
fn in_every_phase(signal: &str, code: i32) {
    let phases = Phase::all();
    let mut wrong = Vec::new();
    for some in phases.chunks(4) {
        thread::scope(|scope| {
            let played: Vec<_> = some
                .iter()
                .map(|phase| (phase.name, scope.spawn(|| phase.play(signal, code))))
                .collect();
            wrong.extend(played.into_iter().filter_map(|(name, it)| it.join().err().map(|_| name)));
        });
    }
    assert!(wrong.is_empty(), "{signal} during {wrong:?}");
}

#[test]
fn interrupted_in_every_phase() {
    in_every_phase("-INT", 130);
}

#[test]
fn terminated_in_every_phase() {
    in_every_phase("-TERM", 143);
}

/// Another program that has the download holds its sealing up. The first signal lets a sealing end, so that nobody meets it at
/// the files; the second does not wait.
#[test]
fn ended_at_once_while_it_seals() {
    for (signal, code) in SIGNALS {
        // It may be sealed before the test has it.
        let is_held = (0..10).any(|_| was_ended_while_it_seals(signal, code));
        assert!(is_held, "no sealing could be held up");
    }
}

/// False if nothing held it up.
fn was_ended_while_it_seals(signal: &str, code: i32) -> bool {
    let service = Service::start();
    let ready = service.collect(&["--no-download", "--json"]).expect(0).json();
    let handle = ready["devices"][0]["handle"].to_string();
    let probe = service.run(&["resume", &handle, "--out", "probe", "--json"]).expect(0).json();
    let package = &probe["devices"][0]["package"];
    let (name, size) = (package["name"].as_str().unwrap(), package["size"].as_u64().unwrap());
    // Half a second, so that there is time to wait for its end.
    let slow = json!({
        "on": {"endpoint": "download", "probability": 1.0},
        "do": {"kind": "slow", "bytes_per_second": size / 100 + 1},
    });
    service.handle.add_fault(serde_json::from_value(slow).unwrap());

    let mut child = start(service.command(&["resume", &handle]));
    let part = service.path(&format!("evidence/{name}.part"));
    let held = taken_when_it_is_whole(&part, size);
    if !part.exists() {
        end(child);
        return false;
    }
    send(signal, child.id());
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().starts_with("stopping")));
    send(signal, child.id());
    end(child).expect(code);
    assert!(service.packages("evidence").is_empty());

    drop(held);
    service.handle.clear_faults();
    let downloads = service.calls(Endpoint::Download);
    service.run(&["resume", "evidence"]).expect(0);
    assert_eq!(service.packages("evidence").len(), 1);
    assert_eq!(service.calls(Endpoint::Download), downloads);
    true
}

/// Waits for the download to let go of its file, and takes that before the sealing does, if all goes well.
fn taken_when_it_is_whole(part: &Path, size: u64) -> File {
    loop {
        wait_until("the download", || part.exists());
        let Ok(file) = File::open(part) else { continue };
        file.lock().unwrap();
        if file.metadata().unwrap().len() == size {
            return file;
        }
    }
}

#[test]
fn what_is_written_is_gone_when_it_is_stopped() {
    for (signal, code) in SIGNALS {
        for what in WRITERS {
            let folder = large_package();
            let child = begun(folder.path(), what);
            send(signal, child.id());
            end(child).expect(code);
            assert_eq!(parts(folder.path()), 0, "{signal} {what:?}");
        }
    }
}

#[test]
fn what_a_killed_run_left_is_gone_after_the_next() {
    for what in WRITERS {
        let folder = large_package();
        let child = begun(folder.path(), what);
        send("-KILL", child.id());
        end(child).expect(-1);
        assert!(parts(folder.path()) > 0, "{what:?}");
        let small = folder.path().join("small/Network Connections");
        fs::create_dir_all(&small).unwrap();
        fs::write(small.join("Arp.txt"), ARP).unwrap();
        let arguments = what.map(|word| if word == "large" { "small" } else { word });
        let next = bare(&arguments).current_dir(folder.path()).output().unwrap();
        assert!(matches!(next.status.code(), Some(0 | 1)), "{next:?}");
        assert_eq!(parts(folder.path()), 0, "{what:?}");
    }
}

/// A folder with a package `large`, which takes a while to read and to pack.
fn large_package() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let member = folder.path().join("large/Network Connections");
    fs::create_dir_all(&member).unwrap();
    fs::write(member.join("Arp.txt"), ARP.repeat(500_000)).unwrap();
    folder
}

/// The command, once it has begun to write.
fn begun(folder: &Path, arguments: [&str; 5]) -> Child {
    let mut command = bare(&arguments);
    command.current_dir(folder);
    let child = start(command);
    wait_until("the first file", || parts(folder) > 0);
    child
}

/// How many files are begun and not whole.
fn parts(folder: &Path) -> usize {
    let Ok(files) = fs::read_dir(folder.join("out")) else { return 0 };
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "part")).count()
}

const WRITERS: [[&str; 5]; 2] = [
    ["tables", "large", "--out", "out", "--format=csv"],
    ["extract", "large", "--out", "out", "--zip"],
];
const ARP: &str = "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n";

#[test]
fn status_ends_at_once() {
    for (signal, code) in SIGNALS {
        let service = Service::start();
        let id = requested(&service);
        let ended = stopped_at(&service, &["status", &id], Endpoint::GetAction, signal);
        assert_eq!(ended.expect(code).stdout, "");
    }
}

#[test]
fn cancel_ends_at_once_and_says_what_is_not_known() {
    for (signal, code) in SIGNALS {
        let service = Service::with(|config| config.fleet.devices[0].life.end = End::Never);
        let id = requested(&service);
        let arguments = ["cancel", &id, "--comment", "x"];
        let ended = stopped_at(&service, &arguments, Endpoint::Cancel, signal);
        ended.expect(code).says(&["check with `status`"]);
    }
}

#[test]
fn verify_ends_at_once() {
    for (signal, code) in SIGNALS {
        let service = Service::start();
        service.collect(&[]).expect(0);
        let package = service.packages("evidence").remove(0);
        // It takes a long time to come to its end, and no room.
        fs::OpenOptions::new().write(true).open(&package).unwrap().set_len(1 << 40).unwrap();
        let child = start(service.command(&["verify", package.to_str().unwrap()]));
        // Before it listens, it dies of the signal itself.
        wait_until("the signal handlers", || catches(child.id(), signal));
        send(signal, child.id());
        end(child).expect(code);
    }
}

#[test]
fn an_interrupted_demo_prints_what_it_has() {
    for (signal, code) in SIGNALS {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("demo");
        let out = out.to_str().unwrap();
        let child = start(bare(&["demo", "--json", "--devices", "0", "--out", out]));
        wait_until("the signal handlers", || catches(child.id(), signal));
        send(signal, child.id());
        let ended = end(child).expect(code);
        let document = ended.json();
        assert_eq!(document["interrupted"], true, "{ended:#?}");
        let devices = document["devices"].as_array().unwrap();
        assert!(devices.iter().any(|device| device["outcome"] == "stopped"), "{ended:#?}");
    }
}

#[test]
fn asked_twice_it_ends_at_once() {
    let service = Service::start();
    let phase = Phase::unanswered("sign-in", "token", (Endpoint::Token, 1));
    let rules: Vec<Rule> = serde_json::from_value(phase.faults).unwrap();
    for rule in rules {
        service.handle.add_fault(rule);
    }
    let child = start(service.command(&["collect", "ws-042", "--comment", "INC-42"]));
    await_calls(&service, phase.awaited);
    send("-INT", child.id());
    send("-TERM", child.id());
    let ended = end(child);
    assert!(matches!(ended.code, 130 | 143), "{ended:#?}");
}

/// The id of an action that was asked for and not waited for.
fn requested(service: &Service) -> String {
    let report = service.collect(&["--no-wait", "--json"]).expect(0).json();
    report["devices"][0]["action"]["id"].as_str().unwrap().to_owned()
}

/// What a command comes to that is stopped while this endpoint does not answer.
fn stopped_at(service: &Service, arguments: &[&str], endpoint: Endpoint, signal: &str) -> Finished {
    let rule = json!({
        "on": {"endpoint": endpoint, "probability": 1.0},
        "do": {"kind": "stall", "seconds": 1e9},
    });
    service.handle.add_fault(serde_json::from_value(rule).unwrap());
    let calls = service.calls(endpoint);
    let child = start(service.command(arguments));
    await_calls(service, (endpoint, calls + 1));
    send(signal, child.id());
    end(child)
}

fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) fn send(signal: &str, process: u32) {
    let status = Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

fn end(child: Child) -> Finished {
    finished(child.wait_with_output().unwrap())
}

/// Whether the process has a handler for the signal: from then on it ends in its own way.
fn catches(process: u32, signal: &str) -> bool {
    let bit = if signal == "-INT" { 1 << 1 } else { 1 << 14 };
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else {
        // Where there is no such file, it has had its time.
        thread::sleep(Duration::from_secs(1));
        return true;
    };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & bit != 0
}

fn await_calls(service: &Service, (endpoint, calls): (Endpoint, usize)) {
    wait_until(&format!("{endpoint:?}"), || service.calls(endpoint) >= calls);
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what} never came");
        thread::sleep(Duration::from_millis(5));
    }
}

const SIGNALS: [(&str, i32); 2] = [("-INT", 130), ("-TERM", 143)];
const PATIENCE: Duration = Duration::from_secs(60);
