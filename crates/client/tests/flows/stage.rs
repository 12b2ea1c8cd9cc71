//! The emulator, the time and the folder that one flow plays with.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mde_forensics::{CallbackCredential, Client, ClientSecretCredential, Credential, Proxy};
use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::{AccessToken, BaseUrl, ClientSecret, Cloud, CustomCloud, Error};
use mde_forensics_emulator::config::{ClockMode, Fault, Rule};
use mde_forensics_emulator::{Config, Emulator, Handle, TokenRequest};
use tempfile::TempDir;
use time::macros::datetime;
use tokio::runtime::Runtime;

use crate::clock::FlowClock;
use crate::flow::{Flow, Step};
use crate::intervention::{Intervention, seconds};
use crate::settings::{self, Settings};

/// The emulator, the time and the folder that one flow plays with.
pub(crate) struct Stage {
    pub(crate) service: Handle,
    pub(crate) clock: FlowClock,
    /// Where our program works now; those before it are kept.
    pub(crate) folders: Vec<PathBuf>,
    api: BaseUrl,
    login: BaseUrl,
    emulator: Emulator,
    /// The emulator's own, so that a program that dies leaves it alone.
    _runtime: Runtime,
    _home: TempDir,
}

impl Stage {
    pub(crate) fn set(flow: &Flow) -> Self {
        let mut config = Config::default();
        config.clock = ClockMode::Manual;
        config.start = Some(datetime!(2026-01-05 10:00 UTC));
        config.seed = flow.service.seed;
        config.options = flow.service.options.clone();
        config.fleet.devices = flow.service.all_devices();
        config.faults.clone_from(&flow.service.faults);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let emulator = runtime.block_on(Emulator::start(config)).unwrap();
        let home = tempfile::tempdir().unwrap();
        Self {
            service: emulator.handle(),
            clock: FlowClock::new(emulator.handle(), stalls(flow)),
            folders: vec![home.path().join("evidence-1")],
            api: BaseUrl::parse(emulator.api_url()).unwrap(),
            login: BaseUrl::parse(emulator.login_url()).unwrap(),
            emulator,
            _runtime: runtime,
            _home: home,
        }
    }

    /// A client as a new process makes it.
    pub(crate) fn client(&self, settings: &Settings) -> Result<Client, Error> {
        let cloud = CustomCloud::of(&Cloud::Commercial)
            .with_api(self.api.clone())
            .with_login(self.login.clone());
        Client::builder(&settings.tenant, self.credential(settings))
            .cloud(Cloud::Custom(Box::new(cloud)))
            .proxy(Proxy::None)
            .clock(Arc::new(self.clock.clone()))
            .build()
    }

    pub(crate) fn api(&self) -> &BaseUrl {
        &self.api
    }

    pub(crate) fn download(&self) -> &str {
        self.emulator.download_url()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folders.last().unwrap()
    }

    pub(crate) fn new_folder(&mut self) {
        let name = format!("evidence-{}", self.folders.len() + 1);
        let folder = self.folder().with_file_name(name);
        self.folders.push(folder);
    }

    /// Adds a byte to every package in the folder.
    pub(crate) fn spoil_packages(&self) {
        for file in files(self.folder()) {
            if file.extension().is_some_and(|extension| extension == "zip") {
                OpenOptions::new().append(true).open(file).unwrap().write_all(b"!").unwrap();
            }
        }
    }

    fn credential(&self, settings: &Settings) -> Arc<dyn Credential> {
        const CLIENT_ID: &str = "00000000-0000-4000-8000-00000000aaaa";
        match settings.credential.clone() {
            settings::Credential::Secret { secret } => {
                Arc::new(ClientSecretCredential::new(CLIENT_ID, ClientSecret::new(secret)))
            }
            settings::Credential::Token { user, permissions, audience } => {
                let service = self.service.clone();
                Arc::new(CallbackCredential::new(move |_| {
                    let mut wish = TokenRequest::default();
                    wish.user.clone_from(&user);
                    wish.permissions.clone_from(&permissions);
                    wish.audience.clone_from(&audience);
                    let token = AccessToken::new(service.issue_token(&wish).unwrap());
                    let life = Duration::from_secs(service.options().token_lifetime.into());
                    std::future::ready(Ok(Token::new(token, life)))
                }))
            }
        }
    }
}

/// A call that our client would not make.
pub(crate) fn call(method: &str, url: &str, token: Option<&str>) {
    let address = url.trim_start_matches("http://");
    let (host, path) = address.split_once('/').unwrap();
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let body = if method == "POST" { r#"{"Comment": "not by the client"}"# } else { "" };
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{body}",
        body.len(),
        bearer.unwrap_or_default()
    );
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    io::copy(&mut stream, &mut io::sink()).unwrap();
}

/// The plain files of a folder, in order; none where there is no folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// For how long the emulator may hold answers back in this flow.
fn stalls(flow: &Flow) -> Vec<Duration> {
    let of = |rules: &[Rule]| -> Vec<Duration> {
        let stall = |rule: &Rule| match rule.fault {
            Fault::Stall { seconds: length } => Some(seconds(length)),
            _ => None,
        };
        rules.iter().filter_map(stall).collect()
    };
    let interventions = flow.steps.iter().flat_map(|step| match step {
        Step::Intervention(intervention) => vec![intervention],
        Step::Run(run) => run.during.iter().map(|during| &during.intervention).collect(),
    });
    let later = interventions.flat_map(|intervention| match intervention {
        Intervention::Faults { rules } => of(rules),
        _ => Vec::new(),
    });
    let mut stalls: Vec<_> = later.chain(of(&flow.service.faults)).collect();
    stalls.sort_unstable();
    stalls.dedup();
    stalls
}
