//! What is printed, and what is not.

use std::process::Stdio;

use mde_forensics_emulator::config::Running;

use crate::support::{Service, bare, finished};

#[test]
fn nothing_of_the_service_commands_the_terminal() {
    let service = Service::with(|config| {
        let by = "\u{1b}[31m\u{1b}]0;owned\u{7}\u{202e}analyst\r\n".to_owned();
        let mut running = Running::default();
        running.comment = format!("a comment of {by}");
        running.by = by;
        let life = &mut config.fleet.devices[0].life;
        // It still runs when a busy machine comes to ask for it.
        life.running = 1_200.0;
        life.already_running = Some(running);
    });
    let is_harmless = |text: &str| {
        text.chars().all(|c| c == '\n' || !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}'))
    };
    let finished = service.collect(&["-vv"]).expect(0);
    finished.says(&["analyst"]);
    assert!(is_harmless(&finished.stdout) && is_harmless(&finished.stderr), "{finished:#?}");
    let id = service.handle.actions()[0].id.clone();
    let finished = service.run(&["status", &id]).expect(0);
    finished.says(&["analyst"]);
    assert!(is_harmless(&finished.stdout) && is_harmless(&finished.stderr), "{finished:#?}");
}

#[test]
fn quiet_leaves_the_report_alone() {
    let service = Service::start();
    let finished = service.collect(&["--quiet"]).expect(0);
    assert_eq!(finished.stderr, "");
    finished.says(&["1 of 1 device collected"]);
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let service = Service::start();
    for arguments in [
        &["collect", "ws-042", "--comment", "x", "-vv"][..],
        &["collect", "ws-042", "--comment", "x", "--json"],
    ] {
        let mut command = service.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let finished = finished(child.wait_with_output().unwrap()).expect(0);
        assert!(!finished.stderr.contains("panic"), "{finished:#?}");
    }
    for arguments in [&["--help"][..], &["completions", "zsh"]] {
        let mut child = bare(arguments).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn nobody_hears_the_progress_and_it_is_no_error() {
    let service = Service::start();
    let mut command = service.command(&["collect", "ws-042", "--comment", "x", "-vv"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    finished(child.wait_with_output().unwrap()).expect(0).says(&["1 of 1 device collected"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = bare(&["completions", "bash"]);
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output();
    finished(output.unwrap()).expect(5).says(&["cannot write the result"]);
}
