//! A disk that is full, really: a small file system that only these tests and the command see.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use mde_forensics_emulator::config::Endpoint;
use serde_json::Value;

use crate::support::{Finished, Service, files, finish};

/// A file system of so many bytes at `evidence`, in a mount namespace that ends with this.
struct Disk {
    holder: Child,
    /// Its end ends the namespace.
    _stdin: ChildStdin,
    folder: PathBuf,
}

impl Disk {
    /// None, and loudly, where the machine does not let us mount.
    fn new(service: &Service, bytes: u64) -> Option<Self> {
        let folder = service.path("evidence");
        fs::create_dir(&folder).unwrap();
        let script = format!(
            "mount -t tmpfs -o size={bytes},mode=0700 tmpfs '{}' && echo mounted && cat",
            folder.display()
        );
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let mut command = Command::new("unshare");
        command.args(if is_root { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
        command.args(["sh", "-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = match command.spawn() {
            Ok(holder) => holder,
            Err(error) => return skipped(&format!("`unshare`: {error}")),
        };
        let stdin = holder.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line != "mounted\n" {
            holder.wait().unwrap();
            return skipped("this machine lets us mount no file system");
        }
        let folder = PathBuf::from(format!("/proc/{}/root{}", holder.id(), folder.display()));
        Some(Self { holder, _stdin: stdin, folder })
    }

    /// The same command, which sees the file system.
    fn inside(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.args([
            "--target",
            &self.holder.id().to_string(),
            "--mount",
            "--preserve-credentials",
        ]);
        if fs::read_link(format!("/proc/{}/ns/user", self.holder.id())).unwrap()
            != fs::read_link("/proc/self/ns/user").unwrap()
        {
            inside.arg("--user");
        }
        let mut place = std::ffi::OsString::from("--wdns=");
        place.push(command.get_current_dir().unwrap_or_else(|| Path::new("/")));
        inside.arg(place).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }

    fn run(&self, service: &Service, arguments: &[&str]) -> Finished {
        finish(self.inside(&service.command(arguments)), None)
    }

    /// There is room again.
    fn grow(&self, service: &Service) {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,size=64m"]).arg(service.path("evidence"));
        let _ = fs::remove_file(self.filler());
        finish(self.inside(&mount), None).expect(0);
    }

    /// Leaves no room for another byte.
    fn fill(&self) {
        let mut filler = fs::File::create(self.filler()).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }

    fn names(&self) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        files(&self.folder).into_iter().map(name).filter(|name| name != "filler").collect()
    }

    /// Lets the ledger lie where there is room, and its lock where a crash left one.
    fn put_ledger_elsewhere(&self, service: &Service) {
        let elsewhere = service.path("ledger");
        fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(elsewhere, self.folder.join(LEDGER)).unwrap();
        fs::write(self.folder.join(format!("{LEDGER}.lock")), "1@elsewhere x os\n").unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The namespace ends with its last process.
        self.holder.kill().unwrap();
        self.holder.wait().unwrap();
    }
}

fn skipped(why: &str) -> Option<Disk> {
    eprintln!("SKIPPED: a full disk: {why}");
    None
}

fn with_end<'a>(names: &'a [String], end: &str) -> Option<&'a str> {
    names.iter().map(String::as_str).find(|name| name.ends_with(end))
}

/// What failed so says that the disk is full, where, and what to do; nothing is a package.
#[track_caller]
fn assert_full(finished: Finished, disk: &Disk, code: &str, file: &str) {
    let finished = finished.expect(5);
    let report = finished.json();
    let error = match &report["devices"][0] {
        Value::Null => &report["error"],
        device => {
            assert_eq!(device["outcome"], "failed", "{finished:#?}");
            &device["error"]
        }
    };
    assert_eq!(error["code"], code, "{finished:#?}");
    let text = error.to_string();
    assert!(text.contains("No space left") && text.contains(file), "{text}");
    assert!(error["hint"].as_str().unwrap().contains("the disk is full"), "{text}");
    let names = disk.names();
    for end in [".zip", ".manifest.json", ".new"] {
        assert_eq!(with_end(&names, end), None, "{names:?}");
    }
}

/// With room again it goes on, and asks the device no second time.
#[track_caller]
fn assert_goes_on(service: &Service, disk: &Disk, arguments: &[&str]) {
    disk.grow(service);
    disk.run(service, arguments).expect(0).says(&["1 of 1 device collected"]);
    let names = disk.names();
    let is_left = |name: &&String| name.contains(".part");
    assert_eq!(names.iter().find(is_left), None);
    let package = format!("evidence/{}", with_end(&names, ".zip").unwrap());
    disk.run(service, &["verify", &package]).expect(0);
    assert_eq!(service.handle.actions().len(), 1);
}

#[test]
fn no_room_for_the_ledger() {
    let service = Service::start();
    let Some(disk) = Disk::new(&service, 1 << 16) else { return };
    disk.fill();
    let collect = ["collect", "ws-042", "--comment", "x", "--key", "INC-42"];
    let finished = disk.run(&service, &[&collect[..], &["--json"]].concat());
    assert_full(finished, &disk, "ledger_failed", LEDGER);
    // What cannot be written down is not asked for.
    assert_eq!(service.calls(Endpoint::Collect), 0);
    assert_goes_on(&service, &disk, &collect);
}

#[test]
fn no_room_for_the_package() {
    let service = Service::start();
    let Some(disk) = Disk::new(&service, 1 << 16) else { return };
    let finished = disk.run(&service, &["collect", "ws-042", "--comment", "x", "--json"]);
    assert_full(finished, &disk, "output_failed", ".part");
    let names = disk.names();
    let part = with_end(&names, ".part").unwrap();
    assert!(fs::metadata(disk.folder.join(part)).unwrap().len() > 0);
    assert_goes_on(&service, &disk, &["resume", "evidence"]);
    let ranges = service.handle.calls().into_iter().filter(|call| call.status == Some(206));
    assert_eq!(ranges.count(), 1, "it goes on where it was");
}

#[test]
fn no_room_for_the_sidecar() {
    let service = Service::start();
    let Some(disk) = Disk::new(&service, 1 << 16) else { return };
    disk.put_ledger_elsewhere(&service);
    disk.fill();
    let finished = disk.run(&service, &["collect", "ws-042", "--comment", "x", "--json"]);
    assert_full(finished, &disk, "output_failed", ".part.json");
    assert_goes_on(&service, &disk, &["resume", "evidence"]);
}

#[test]
fn no_room_for_the_manifest() {
    let service = Service::start();
    let ready =
        ["collect", "ws-042", "--comment", "x", "--json", "--no-download", "--out", "first"];
    let ready = service.run(&ready).expect(0).json();
    let handle = ready["devices"][0]["handle"].to_string();
    let probe = service.run(&["resume", &handle, "--out", "probe", "--json"]).expect(0).json();
    let size = probe["devices"][0]["package"]["size"].as_u64().unwrap();

    // The package, its sidecar and the lock, and not a page more.
    let Some(disk) = Disk::new(&service, (size.div_ceil(PAGE) + 2) * PAGE) else { return };
    disk.put_ledger_elsewhere(&service);
    let finished = disk.run(&service, &["resume", &handle, "--json"]);
    assert_full(finished, &disk, "output_failed", ".manifest.json");
    let downloads = service.calls(Endpoint::Download);
    assert_goes_on(&service, &disk, &["resume", "evidence"]);
    assert_eq!(service.calls(Endpoint::Download), downloads, "all bytes were there");
}

const LEDGER: &str = "mde-forensics.ledger.jsonl";
const PAGE: u64 = 4096;
