use std::fs;

use mde_forensics_emulator::config::Device;

use crate::support::{Service, finish};

fn fleet() -> Service {
    Service::with(|config| {
        config.fleet.devices =
            ["ws-1", "ws-2", "ws-3"].map(|name| Device::new(format!("{name}.contoso.com"))).into();
    })
}

#[test]
fn a_list_names_devices_beside_the_command_line() {
    let service = fleet();
    let list = "\u{feff}Owner;Device name\r\nJane;ws-2\r\nJohn;WS-1.contoso.com\r\nJane;ws-2\r\n";
    fs::write(service.path("list.csv"), list).unwrap();
    let finished =
        service.run(&["collect", "ws-3", "--devices", "list.csv", "--comment", "x", "--no-wait"]);
    let finished = finished.expect(0);
    finished.says(&["ignored 1 duplicate device", "3 of 3 devices done"]);
}

#[test]
fn a_list_comes_through_standard_input() {
    let service = fleet();
    let arguments = ["collect", "--devices", "-", "--comment", "x", "--no-wait", "--json"];
    let finished =
        finish(service.command(&arguments), Some("# two\nws-1\n\nws-2 # Jane's\n")).expect(0);
    assert_eq!(finished.json()["succeeded"], 2);
}

#[test]
fn a_bad_list_is_refused_whole() {
    let service = fleet();
    fs::write(service.path("list"), "ws-1\n../x\n").unwrap();
    let run = |list: &str| service.run(&["collect", "--devices", list, "--comment", "x"]).expect(2);
    run("list").says(&["`list` line 2: `../x`"]);
    run("nowhere").says(&["cannot read the device list `nowhere`"]);
    fs::write(service.path("empty"), "# nobody\n").unwrap();
    run("empty").says(&["`empty` lists no devices"]);
    fs::write(service.path("bytes"), b"\x80\x81").unwrap();
    run("bytes").says(&["neither UTF-8 nor UTF-16"]);
    assert_eq!(service.handle.calls_seen(), 0);
}
