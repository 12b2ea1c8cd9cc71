//! No secret is printed or written, whatever the verbosity.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use mde_forensics_emulator::config::{Device, End};

use crate::support::{Finished, SECRET, Service, files, finish};

/// Stands between the command and the emulator and remembers what the emulator said.
struct Tap {
    url: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    fn on(url: &str) -> Self {
        let target = url.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::default();
        let shared = Arc::clone(&heard);
        thread::spawn(move || {
            for near in listener.incoming() {
                let (near, far) = (near.unwrap(), TcpStream::connect(&target).unwrap());
                let (up, down) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                thread::spawn(move || pass(up, far, None));
                let shared = Arc::clone(&shared);
                thread::spawn(move || pass(down, near, Some(&shared)));
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, ear: Option<&Mutex<Vec<u8>>>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if let Some(ear) = ear {
            ear.lock().unwrap().extend_from_slice(&buffer[..read]);
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// What stands between `before` and the next quotation mark or backslash.
fn values(text: &str, before: &str) -> Vec<String> {
    let value = |rest: &str| rest.split(['"', '\\']).next().unwrap().to_owned();
    text.split(before).skip(1).map(value).collect()
}

#[test]
fn no_secret_is_printed_or_written() {
    let service = Service::with(|config| {
        let mut endless = Device::new("ws-slow.contoso.com");
        endless.life.end = End::Never;
        config.fleet.devices.push(endless);
        config.options.compression = false;
    });
    let (login, api) = (Tap::on(service.emulator.login_url()), Tap::on(service.emulator.api_url()));
    let mut said = Vec::new();
    let mut run = |arguments: &[&str]| -> Finished {
        let mut command = service.command(&[arguments, &["-vv"]].concat());
        command.env("MDE_LOGIN_URL", &login.url).env("MDE_API_URL", &api.url);
        let finished = finish(command, None);
        said.push(format!("{arguments:?}: {}{}", finished.stdout, finished.stderr));
        finished
    };
    let request = ["collect", "ws-slow", "--comment", "INC-42", "--json", "--no-wait"];
    let requested = run(&request).expect(0);
    let id = requested.json()["devices"][0]["action"]["id"].as_str().unwrap().to_owned();
    run(&["status", &id]).expect(0);
    run(&["cancel", &id, "--comment", "x"]).expect(0);
    run(&["collect", "ws-042", "--comment", "INC-42", "--json"]).expect(0);
    run(&["collect", "ws-042", "ws-gone", "--comment", "x"]).expect(1);
    run(&["resume", "evidence"]);
    run(&["verify", service.packages("evidence")[0].to_str().unwrap()]).expect(0);
    service.handle.revoke_tokens();
    run(&["status", "gone"]).expect(1);

    let mut secrets = vec![SECRET.to_owned(), "Bearer ".to_owned()];
    let tokens = values(&login.heard(), "\"access_token\":\"");
    let links = values(&api.heard(), "?token=");
    assert!(tokens.len() > 4 && links.len() > 1, "{tokens:?} {links:?}");
    secrets.extend(tokens);
    for link in links {
        secrets.extend(link.split("%3b").map(str::to_owned));
    }
    let written = written(&service.path("evidence"));
    for secret in secrets {
        assert!(secret.len() > 6, "`{secret}` is too short to look for");
        for text in said.iter().chain(&written) {
            assert!(!text.contains(&secret), "`{secret}` is in {text}");
        }
    }
}

fn written(folder: &Path) -> Vec<String> {
    let text = |file: std::path::PathBuf| {
        let bytes = fs::read(&file).unwrap();
        format!("{}: {}", file.display(), String::from_utf8_lossy(&bytes))
    };
    files(folder).into_iter().map(text).collect()
}
