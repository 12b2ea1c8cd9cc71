//! No secret is printed or written, by any command, however one signs in, at the highest verbosity.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_forensics_emulator::config::{Device, End, FederatedCredential};

use crate::support::{Finished, SECRET, Service, bare, finish};

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

/// A way to sign in: what it sets in place of the client secret in the environment, its options, and its secrets.
struct SignIn {
    name: &'static str,
    variables: Vec<(&'static str, String)>,
    options: Vec<String>,
    secrets: Vec<String>,
}

impl SignIn {
    /// All that can be reached here; a managed identity of a machine has one address in the world.
    fn all(inputs: &Path, login: &Tap) -> Vec<Self> {
        let file = |name: &str, content: &str| {
            fs::write(inputs.join(name), content).unwrap();
            inputs.join(name).display().to_string()
        };
        let data = |name: &str| format!("{DATA}/{name}");
        let of = |name, variables: &[(&'static str, String)], options: &[&str]| Self {
            name,
            variables: variables.to_vec(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
            secrets: Vec::new(),
        };
        let with = |secrets: Vec<String>, sign_in: Self| Self { secrets, ..sign_in };
        let (secret, token) = (file("secret", SECRET), file("token", &foreign_token()));
        vec![
            of("secret", &[("AZURE_CLIENT_SECRET", SECRET.to_owned())], &[]),
            of("secret-file", &[], &["--client-secret-file", &secret]),
            with(key_lines(), of("certificate", &[], &["--certificate", &data("certificate.pem")])),
            with(
                [key_lines(), vec![PASSWORD.to_owned()]].concat(),
                of(
                    "pfx",
                    &[
                        ("AZURE_CLIENT_CERTIFICATE_PATH", data("certificate.pfx")),
                        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", PASSWORD.to_owned()),
                    ],
                    &[],
                ),
            ),
            with(vec![foreign_token()], of("federated", &[], &["--federated-token-file", &token])),
            of("device-code", &[], &["--device-code"]),
            with(
                vec![IDENTITY_HEADER.to_owned()],
                of(
                    "managed-identity",
                    &[
                        ("IDENTITY_ENDPOINT", format!("{}/msi/token", login.url)),
                        ("IDENTITY_HEADER", IDENTITY_HEADER.to_owned()),
                        ("AZURE_CLIENT_ID", "00000000-0000-4000-8000-00000000cccc".to_owned()),
                    ],
                    &["--managed-identity"],
                ),
            ),
        ]
    }
}

/// The private key of the certificate, line by line.
fn key_lines() -> Vec<String> {
    let (_, key) = PEM.split_once("PRIVATE KEY-----").unwrap();
    let (key, _) = key.split_once("-----END").unwrap();
    key.lines().filter(|line| line.len() > 30).map(str::to_owned).collect()
}

fn foreign_token() -> String {
    let encode = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let claims = r#"{"iss":"https://issuer.example","sub":"playbook","aud":"api://AzureADTokenExchange","exp":99999999999}"#;
    [encode(r#"{"alg":"RS256"}"#), encode(claims), encode("signature")].join(".")
}

/// The commands that talk to the service.
const TALKING: [&str; 4] = ["collect", "status", "resume", "cancel"];

fn service() -> Service {
    Service::with(|config| {
        let mut endless = Device::new("ws-slow.contoso.com");
        endless.life.end = End::Never;
        config.fleet.devices.push(endless);
        config.options.compression = false;
        config.options.device_code_approval = Some(6.0);
        let app = &mut config.tenant.apps[0];
        let ours = PEM.match_indices("-----BEGIN").nth(1).unwrap().0;
        app.certificates = vec![PEM.split_at(ours).1.to_owned()];
        app.federated = vec![FederatedCredential::new("https://issuer.example", "playbook")];
    })
}

#[test]
fn no_secret_is_printed_or_written() {
    let service = service();
    let inputs = tempfile::tempdir().unwrap();
    let temporary = service.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let (login, api) = (Tap::on(service.emulator.login_url()), Tap::on(service.emulator.api_url()));
    let mut said = Vec::new();
    let mut ran = BTreeSet::new();
    let mut secrets = vec![SECRET.to_owned(), "Bearer ".to_owned()];
    for sign_in in SignIn::all(inputs.path(), &login) {
        let mut run = |arguments: &[&str]| -> Finished {
            let mut command = service.command(&[arguments, &["-vv"]].concat());
            command
                .env_remove("AZURE_CLIENT_SECRET")
                .env("MDE_API_URL", &api.url)
                .env("TMPDIR", &temporary)
                .envs(sign_in.variables.clone());
            // A certificate signs for one address of the login, which must be the true one.
            if !["certificate", "pfx"].contains(&sign_in.name) {
                command.env("MDE_LOGIN_URL", &login.url);
            }
            // Only what talks to the service takes these.
            if TALKING.contains(&arguments[0]) {
                command.args(&sign_in.options);
            }
            ran.insert(arguments[0].to_owned());
            let finished = finish(command, None);
            said.push(format!(
                "{} {arguments:?}: {}{}",
                sign_in.name, finished.stdout, finished.stderr
            ));
            finished
        };
        let out = ["--comment", "INC-42", "--json", "--out", sign_in.name];
        let request = [&["collect", "ws-slow", "--no-wait"], &out[..]].concat();
        let requested = run(&request).expect(0);
        let id = requested.json()["devices"][0]["action"]["id"].as_str().unwrap().to_owned();
        run(&["status", &id]).expect(0);
        run(&["cancel", &id, "--comment", "x"]);
        run(&[&["collect", "ws-042", "ws-gone"], &out[..]].concat()).expect(1);
        run(&["resume", sign_in.name]);
        let packages = service.packages(sign_in.name);
        let package = packages[0].to_str().unwrap();
        run(&["verify", package]).expect(0);
        if sign_in.name == "secret" {
            let (indicators, tables, members) =
                (inputs.path().join("iocs"), service.path("tables"), service.path("members"));
            fs::write(&indicators, "cmd.exe\n").unwrap();
            let [indicators, tables, members] =
                [&indicators, &tables, &members].map(|path| path.to_str().unwrap());
            run(&["open", package]).expect(0);
            run(&["tables", package, "--out", tables, "--format", "ndjson"]).expect(0);
            run(&["timeline", package]).expect(0);
            run(&["compare", package, package]).expect(0);
            run(&["search", package, "--ioc", indicators]);
            run(&["tree", package]).expect(0);
            run(&["extract", package, "--out", members]).expect(0);
            run(&["completions", "bash"]).expect(0);
            run(&["demo", "--devices", "0"]).expect(0);
            service.handle.revoke_tokens();
            run(&["status", "gone"]).expect(1);
        }
        secrets.extend(sign_in.secrets.clone());
    }
    ran.insert("emulator".to_owned());
    said.push(emulator_but_for_its_ready_line(&service, &temporary));
    assert_eq!(ran, subcommands(), "each command is looked at");

    let (heard_at_login, heard_at_api) = (login.heard(), api.heard());
    let tokens = values(&heard_at_login, "\"access_token\":\"");
    let links = values(&heard_at_api, "?token=");
    let codes = values(&heard_at_login, "\"device_code\":\"");
    let refresh = values(&heard_at_login, "\"refresh_token\":\"");
    assert!(tokens.len() > 20 && links.len() > 6, "{} {}", tokens.len(), links.len());
    assert!(!codes.is_empty() && !refresh.is_empty());
    // How every token of an emulator begins, and every proof that a certificate signs: not all of them were heard.
    let (head, _) = tokens[0].split_once('.').unwrap();
    secrets.extend([head, "eyJhbGciOi", "emulator-secret", "?token="].map(str::to_owned));
    secrets.extend([tokens, codes, refresh].concat());
    for link in links {
        secrets.extend(link.split("%3b").map(str::to_owned));
    }
    let written = written(service.folder.path());
    assert!(written.len() > 20, "{}", written.len());
    for secret in secrets {
        assert!(secret.len() > 6, "`{secret}` is too short to look for");
        for text in said.iter().chain(&written) {
            assert!(!text.contains(&secret), "`{secret}` is in {text}");
        }
    }
}

/// What the emulator says and is no exception: its ready line names the client secret and the identity header of a
/// tenant that is made up, since whoever starts it must be able to sign in.
fn emulator_but_for_its_ready_line(service: &Service, temporary: &Path) -> String {
    let mut command = bare(&["emulator", "--generate", "1", "-vv"]);
    command.current_dir(service.folder.path()).env("TMPDIR", temporary);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (mut line, mut byte) = (Vec::new(), [0]);
    while stdout.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
        line.push(byte[0]);
    }
    child.kill().unwrap();
    let ready: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(ready["client_secret"], "emulator-secret");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
    child.wait().unwrap();
    rest
}

/// Every command that `--help` lists.
fn subcommands() -> BTreeSet<String> {
    let help = finish(bare(&["--help"]), None).expect(0).stdout;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names = commands.lines().take_while(|line| line.starts_with("  "));
    let names = names.filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every file of the tree, with its name.
fn written(folder: &Path) -> Vec<String> {
    let mut folders = vec![folder.to_owned()];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                texts.push(format!("{}: {}", path.display(), String::from_utf8_lossy(&bytes)));
            }
        }
    }
    texts
}

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../client/tests/data");
const PEM: &str = include_str!("../../../client/tests/data/certificate.pem");
const PASSWORD: &str = "hunter2";
const IDENTITY_HEADER: &str = "emulator-identity-header";
