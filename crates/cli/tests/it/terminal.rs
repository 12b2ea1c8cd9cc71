//! What a person at a terminal sees.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use mde_forensics_emulator::config::{Device, Endpoint, Fault, On, Rule};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::json;

use crate::support::{Service, bare, finish};
use crate::unread::members;

/// A terminal: its screen's end, and the program's.
fn terminal() -> (File, File) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize { ws_row: 40, ws_col: 140, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let path = OsStr::from_bytes(name.as_bytes());
    (screen.into(), OpenOptions::new().read(true).write(true).open(path).unwrap())
}

/// All that is shown until the last program has left the terminal.
fn shown(mut screen: File) -> String {
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    // The end is an error on Linux and an empty read elsewhere.
    while let Ok(read @ 1..) = screen.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&shown).into_owned()
}

#[test]
fn a_person_sees_bars_and_nothing_that_a_device_says_is_obeyed() {
    let service = Service::with(|config| {
        config.fleet.devices[0].life.package.size = Some(4 << 20);
        config.fleet.devices.push(Device::new("ws-043.contoso.com"));
    });
    // About a second and a half of the real clock.
    let slow = Fault::Slow { bytes_per_second: 14_000 };
    service.handle.add_fault(Rule::new(On::every(Endpoint::Download).device("ws-042"), slow));
    let id = service.handle.devices()[1].id.clone();
    let evil = Fault::Status {
        code: 200,
        body: Some(json!({"id": id, "computerDnsName": EVIL, "osPlatform": "Windows11"})),
        headers: BTreeMap::new(),
        done: false,
    };
    service.handle.add_fault(Rule::new(On::every(Endpoint::GetMachine), evil));
    let (screen, terminal) = terminal();
    let mut command = service.command(&["collect", "ws-042", &id, "--comment", "INC-42"]);
    command.env("TERM", "xterm-256color").stdout(Stdio::piped()).stderr(terminal);
    let child = command.spawn().unwrap();
    // It holds the terminal's other end open.
    drop(command);
    let shown = shown(screen);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}");

    for text in [
        "ws-042: is ws-042.contoso.com",
        "action status: InProgress",
        "MiB of 4.",
        "of 2 devices done",
        // A line is written over the one before.
        "\u{1b}[2K",
        "is evil\\u{1b}]0;owned\\u{7}\\u{1b}[2J.contoso.com",
    ] {
        assert!(shown.contains(text), "`{}` is not in {shown:?}", text.escape_debug());
    }
    for command in ["\u{1b}]", "\u{7}", "\u{1b}[2J"] {
        assert!(!shown.contains(command), "`{}` is in {shown:?}", command.escape_debug());
    }
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("2 of 2 devices collected") && !report.contains('\u{1b}'), "{report}");
}

const EVIL: &str = "evil\u{1b}]0;owned\u{7}\u{1b}[2J.contoso.com";

/// A name in the evidence that a terminal would obey, and one that it would show from its end on.
#[test]
fn nothing_that_evidence_says_is_obeyed_in_a_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("package");
    for (member, bytes) in members("ws-042.contoso.com") {
        let path = package.join(&member);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = String::from_utf8(bytes.clone());
        let bytes = match text.ok().filter(|_| member == "Processes/Processes.csv") {
            Some(text) => {
                text.replace("lsass.exe", &format!("{EVIL}\u{9b}31m\u{202e}fdp.exe")).into()
            }
            None => bytes,
        };
        std::fs::write(path, bytes).unwrap();
    }
    for format in ["csv", "ndjson", "timesketch", "text"] {
        let (screen, terminal) = terminal();
        let mut command = bare(&["timeline", package.to_str().unwrap(), "--format", format]);
        let mut child = command.stdout(terminal).stderr(Stdio::null()).spawn().unwrap();
        // It holds the terminal's other end open.
        drop(command);
        let shown = shown(screen);
        child.wait().unwrap();
        assert!(shown.contains("fdp.exe"), "{format}: {shown:?}");
        for obeyed in ['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}'] {
            assert!(!shown.contains(obeyed), "{format}: {obeyed:?} is in {shown:?}");
        }
        // What a program reads is CSV as it stands, and JSON that says the same with nothing raw in it.
        let read = finish(bare(&["timeline", package.to_str().unwrap(), "--format", format]), None);
        assert_eq!(read.stdout.contains('\u{202e}'), format == "csv", "{format}: {read:#?}");
        if ["ndjson", "timesketch"].contains(&format) {
            let line = read.stdout.lines().find(|line| line.contains("fdp.exe")).unwrap();
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(event["message"].as_str().unwrap().contains("\u{202e}fdp.exe"), "{event}");
        }
    }
}
