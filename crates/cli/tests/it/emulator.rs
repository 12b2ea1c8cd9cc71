use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{bare, finish};

/// The emulator as a process of its own; it ends with the test.
struct Process(Child, Value);

impl Process {
    fn start(arguments: &[&str], folder: &std::path::Path) -> Self {
        let mut command = bare(&[&["emulator"], arguments].concat());
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, serde_json::from_str(&line).unwrap())
    }

    fn text(&self, name: &str) -> &str {
        self.1[name].as_str().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn the_ready_line_is_all_that_a_client_needs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("devices.json"), r#"[{"name": "srv-7.contoso.com"}]"#).unwrap();
    let faults = r#"[{"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}}]"#;
    std::fs::write(path("faults.json"), faults).unwrap();
    let emulator = Process::start(
        &[
            "--port=0",
            "--tls",
            "--ca-out=ca.pem",
            "--env-out=emulator's.env",
            "--seed=3",
            "--time-scale=200",
            "--quotas=off",
            "--devices=devices.json",
            "--faults=faults.json",
        ],
        folder.path(),
    );
    assert!(emulator.text("api").starts_with("https://127.0.0.1:"));
    let mut command = bare(&[
        "collect",
        "srv-7",
        "--comment=x",
        "--ca-file=ca.pem",
        "--time-scale=200",
        "--no-wait",
        "--tenant",
        emulator.text("tenant"),
        "--client-id",
        emulator.text("client_id"),
        "--api-url",
        emulator.text("api"),
        "--login-url",
        emulator.text("login"),
    ]);
    command.env("AZURE_CLIENT_SECRET", emulator.text("client_secret")).current_dir(folder.path());
    let finished = finish(command, None).expect(0);
    finished.says(&["no answer to the request", "found our own action"]);
}

#[cfg(unix)]
#[test]
fn what_a_shell_reads_is_all_that_the_commands_need() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("it's")).unwrap();
    let arguments = ["--tls", "--ca-out=it's/ca.pem", "--env-out=emulator.env", "--time-scale=200"];
    let _emulator = Process::start(&arguments, folder.path());
    let mut shell = std::process::Command::new("sh");
    shell.env_clear().current_dir(folder.path()).args([
        "-c",
        ". ./emulator.env && exec \"$0\" collect ws-002 --comment x --no-wait",
        env!("CARGO_BIN_EXE_mde-forensics"),
    ]);
    finish(shell, None).expect(0);
}

#[test]
fn what_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = bare(&[&["emulator"], arguments].concat());
        command.current_dir(folder.path());
        finish(command, None)
    };
    std::fs::write(folder.path().join("bad.json"), "[{\"on\": 1}]").unwrap();
    run(&["--faults", "bad.json"]).expect(2).says(&["bad.json"]);
    run(&["--faults", "nowhere.json"]).expect(2).says(&["nowhere.json"]);
    run(&["--devices", "nowhere.json"]).expect(2).says(&["nowhere.json"]);
    run(&["--config", "bad.json"]).expect(2).says(&["bad.json"]);
    run(&["--ca-out", "ca.pem"]).expect(2).says(&["--tls"]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_well() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let mut emulator = Process::start(&[], folder.path());
        crate::signals::send(signal, emulator.0.id());
        assert_eq!(emulator.0.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_end_of_its_input_ends_it_where_it_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut told = Process::start(&["--until-stdin-closes"], folder.path());
    let mut untold = Process::start(&[], folder.path());
    assert_eq!(told.0.try_wait().unwrap(), None);
    for process in [&mut told, &mut untold] {
        drop(process.0.stdin.take());
    }
    assert_eq!(told.0.wait().unwrap().code(), Some(0));
    assert_eq!(untold.0.try_wait().unwrap(), None);
}
