use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use mde_forensics::{Credential, TokenContext};
use mde_forensics_core::Error;
use mde_forensics_core::endpoint::token::Token;
use mde_forensics_core::engine::Outcome;
use mde_forensics_emulator::config::{Endpoint, Fault, On, Rule};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::bench::{Bench, DEVICE, SECRET, app};

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Printed {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A credential that remembers what it gave.
#[derive(Debug)]
struct Spied<C>(C, Arc<Mutex<Vec<String>>>);

impl<C: Credential> Credential for Spied<C> {
    fn token<'a>(&'a self, cx: &'a TokenContext) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async {
            let token = self.0.token(cx).await?;
            self.1.lock().unwrap().push(token.access_token.expose().to_owned());
            Ok(token)
        })
    }
}

/// Everything that lies in the folder, names included.
fn written(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all += &path.to_string_lossy();
        all += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
    }
    all
}

#[tokio::test]
async fn no_secret_is_logged_told_or_written() {
    let printed = Printed::default();
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(printed.clone())
        .finish();
    tracing::subscriber::set_global_default(log).unwrap();

    // A link that dies in the middle leaves as many traces as a download can.
    let bench = Bench::new(|config| {
        config.faults = vec![
            Rule::new(On::next(Endpoint::Download), Fault::Truncate { at: 1_000 }),
            Rule::new(On::next(Endpoint::Token), Fault::LostAnswer),
        ];
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let events = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&events);
    let tokens = Arc::new(Mutex::new(Vec::new()));
    let client = bench.builder(Spied(app(), Arc::clone(&tokens))).build().unwrap();
    let run = client.run("INC-42").unwrap().into_folder(folder.path()).on_event(move |event| {
        let mut heard = heard.lock().unwrap();
        writeln!(heard, "{event:?}").unwrap();
        heard.push_str(&serde_json::to_string(event).unwrap());
    });
    let report = client.collect(DEVICE, &run).await.unwrap();
    assert!(matches!(report.outcome, Outcome::Collected(_)), "{:?}", report.outcome);

    let action = &report.handle.action().unwrap().id;
    let link = client.package_link(action).await.unwrap();
    assert!(link.expose().contains(LINK_QUERY), "what is searched for is what links have");
    let told = events.lock().unwrap().clone();
    let log = String::from_utf8(printed.0.lock().unwrap().clone()).unwrap();
    assert!(told.contains("verified") && log.contains("/collectInvestigationPackage"), "{log}");
    let kept = written(folder.path());
    assert!(kept.contains("INC-42"));

    let tokens = tokens.lock().unwrap().clone();
    let secrets = tokens.iter().map(String::as_str).chain([SECRET, LINK_QUERY]);
    for (secret, (place, seen)) in secrets.flat_map(|secret| {
        let returned = format!("{report:?}{client:?}{run:?}{link:?}{link}");
        let places = [("log", &log), ("events", &told), ("files", &kept)];
        let places: Vec<_> = places.map(|(place, seen)| (place, seen.clone())).into();
        places.into_iter().chain([("values", returned)]).map(move |seen| (secret, seen))
    }) {
        assert!(!seen.contains(secret), "`{secret}` is in the {place}");
    }
}

const LINK_QUERY: &str = "?token=";
