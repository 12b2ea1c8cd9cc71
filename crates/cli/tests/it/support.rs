//! An emulator in this process, and the command as a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mde_forensics_emulator::config::{ClockMode, Device, Endpoint};
use mde_forensics_emulator::{Config, Emulator, Handle};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const SECRET: &str = "hunter2-hunter2-hunter2";

/// A running emulator, and a folder to work in.
pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) handle: Handle,
    pub(crate) folder: TempDir,
    _runtime: Runtime,
}

impl Service {
    /// With one device, `ws-042.contoso.com`, whose collections take two minutes of a clock that runs fast.
    pub(crate) fn start() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut config = Config::default();
        config.clock = ClockMode::Scaled(SCALE);
        config.seed = 7;
        config.fleet.devices = vec![Device::new("ws-042.contoso.com")];
        config.tenant.apps[0].secrets = vec![SECRET.to_owned()];
        // A minute of this clock is too short for a busy machine to begin a download in.
        config.options.link_lifetime = 3_600.0;
        change(&mut config);
        let emulator = runtime.block_on(Emulator::start(config)).unwrap();
        let handle = emulator.handle();
        Self { emulator, handle, folder: tempfile::tempdir().unwrap(), _runtime: runtime }
    }

    /// The command, set up for this emulator by the environment alone.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let ready = self.handle.ready();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let mut command = bare(arguments);
        command
            .current_dir(self.folder.path())
            .env("AZURE_TENANT_ID", text("tenant"))
            .env("AZURE_CLIENT_ID", text("client_id"))
            .env("AZURE_CLIENT_SECRET", SECRET)
            .env("MDE_API_URL", self.emulator.api_url())
            .env("MDE_LOGIN_URL", self.emulator.login_url())
            .env("MDE_TIME_SCALE", SCALE.to_string());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        finish(self.command(arguments), None)
    }

    /// Collects from `ws-042`, whatever else the arguments say.
    pub(crate) fn collect(&self, arguments: &[&str]) -> Finished {
        self.run(&[&["collect", "ws-042", "--comment", "INC-42"], arguments].concat())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The packages in the folder of that name.
    pub(crate) fn packages(&self, folder: &str) -> Vec<PathBuf> {
        files(&self.path(folder))
            .into_iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "zip"))
            .collect()
    }

    /// How often an endpoint was called.
    pub(crate) fn calls(&self, endpoint: Endpoint) -> usize {
        self.handle.calls().iter().filter(|call| call.endpoint == Some(endpoint)).count()
    }
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Standard output and standard error have these in them.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) {
        for text in texts {
            let is_said = self.stdout.contains(text) || self.stderr.contains(text);
            assert!(is_said, "`{text}` is not in {self:#?}");
        }
    }
}

/// The command with nothing in its environment that would lead it anywhere.
pub(crate) fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mde-forensics"));
    let leads = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["AZURE_", "MDE_", "IDENTITY_", "SSL_"].iter().any(|prefix| name.starts_with(prefix))
            || name.ends_with("_PROXY")
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(leads) {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

pub(crate) fn finish(mut command: Command, stdin: Option<&str>) -> Finished {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    if let Some(text) = stdin {
        std::io::Write::write_all(&mut input, text.as_bytes()).unwrap();
    }
    drop(input);
    finished(child.wait_with_output().unwrap())
}

pub(crate) fn finished(output: std::process::Output) -> Finished {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// All files in a folder, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

pub(crate) const SCALE: f64 = 200.0;
