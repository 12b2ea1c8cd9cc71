//! The client by somebody else's HTTP.

use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream;
use mde_forensics::{Http, HttpFailure, HttpReply, Ledger, MemoryLedger, Wanted};
use mde_forensics_core::engine::{Fact, Handle, Record, Settlement, Until};
use mde_forensics_core::{Code, Device, Error, MachineId, Now, PermitId, QuotaClass};
use mde_forensics_emulator::config::{Device as Life, Endpoint, Fault, On, Rule};
use tokio::sync::Notify;

use crate::bench::{Bench, DEVICE, app};

/// A library that decodes bodies or not, and remembers whom it was sent to.
#[derive(Debug)]
struct Platform {
    library: reqwest::Client,
    sent: Mutex<Vec<(String, bool)>>,
}

impl Platform {
    fn new() -> Arc<Self> {
        let library = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_backend_preconfigured(
                rustls::ClientConfig::builder_with_provider(Arc::new(
                    rustls::crypto::ring::default_provider(),
                ))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth(),
            )
            .build()
            .unwrap();
        Arc::new(Self { library, sent: Mutex::default() })
    }
}

impl Http for Platform {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _: Instant,
    ) -> BoxFuture<'_, Result<HttpReply, HttpFailure>> {
        Box::pin(async move {
            let bearer = request.headers().contains_key("authorization");
            let host = request.uri().authority().unwrap().to_string();
            self.sent.lock().unwrap().push((host, bearer));
            let lost = |_| Error::new(Code::ConnectionLost, "the platform lost it");
            let request = reqwest::Request::try_from(request).unwrap();
            let response = self.library.execute(request).await;
            let response = response.map_err(|error| HttpFailure::Unknown(lost(error)))?;
            let mut head = http::Response::new(());
            *head.status_mut() = response.status();
            head.headers_mut().clone_from(response.headers());
            let body = stream::unfold(Some(response), move |response| async move {
                let mut response = response?;
                match response.chunk().await {
                    Ok(Some(chunk)) => Some((Ok::<Bytes, Error>(chunk), Some(response))),
                    Ok(None) => None,
                    Err(error) => Some((Err(lost(error)), None)),
                }
            });
            Ok(HttpReply::new(head, body))
        })
    }
}

#[tokio::test]
async fn it_comes_to_the_same_end() {
    let bench = Bench::new(|config| {
        config.faults = vec![
            Rule::new(On::next(Endpoint::Collect), Fault::LostAnswer),
            Rule::new(On::next(Endpoint::Download), Fault::DeadLink),
        ];
    })
    .await;
    let platform = Platform::new();
    let client = bench.builder(app()).http(platform.clone()).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let collection = client.collection(DEVICE, &run).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let stored = collection.download(folder.path(), &run).await.unwrap();
    assert!(mde_forensics::verify(&folder.path().join(stored.name)).unwrap().is_intact());

    let api = bench.emulator.api_url().trim_start_matches("http://").to_owned();
    let sent = platform.sent.lock().unwrap();
    assert!(sent.iter().all(|(host, bearer)| *bearer == (*host == api)), "{sent:?}");
    let hosts: std::collections::BTreeSet<_> = sent.iter().map(|(host, _)| host).collect();
    assert_eq!(hosts.len(), 3, "login, API and downloads all went this way");
}

#[tokio::test]
async fn what_it_says_of_a_failure_is_believed() {
    #[derive(Debug)]
    struct Dead;
    impl Http for Dead {
        fn send(
            &self,
            _: http::Request<Vec<u8>>,
            _: Instant,
        ) -> BoxFuture<'_, Result<HttpReply, HttpFailure>> {
            let error = Error::new(Code::TlsFailed, "the platform has no certificate");
            Box::pin(std::future::ready(Err(HttpFailure::NotSent(error))))
        }
    }
    let bench = Bench::new(|_| {}).await;
    let client = bench.builder(app()).http(Arc::new(Dead)).build().unwrap();
    let run = client.run("INC-42").unwrap();
    let error = client.collection(DEVICE, &run).unwrap().request(&run).await.unwrap_err();
    assert_eq!(error.code(), Code::TlsFailed);
}

/// Lets one device's search wait until the ledger is being written for the other.
#[derive(Debug)]
struct Late {
    platform: Arc<Platform>,
    is_writing: Arc<Notify>,
    has_landed: mpsc::Sender<()>,
}

impl Http for Late {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        leave_by: Instant,
    ) -> BoxFuture<'_, Result<HttpReply, HttpFailure>> {
        Box::pin(async move {
            let is_late = request.uri().query().is_some_and(|query| query.contains("ws-late"));
            if is_late {
                self.is_writing.notified().await;
            }
            let reply = self.platform.send(request, leave_by).await;
            if is_late {
                let _ = self.has_landed.send(());
            }
            reply
        })
    }
}

/// Says that it is written to, and takes its time: until the search has come to an end.
#[derive(Debug)]
struct Slow {
    ledger: MemoryLedger,
    is_writing: Arc<Notify>,
    has_landed: mpsc::Receiver<()>,
    went_on: Arc<Mutex<Option<bool>>>,
}

impl Ledger for Slow {
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle> {
        self.ledger.load(wanted, is_free)
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Error> {
        if records.iter().any(|it| matches!(it.fact, Fact::Resolved { .. })) {
            self.went_on.lock().unwrap().get_or_insert_with(|| {
                self.is_writing.notify_one();
                self.has_landed.recv_timeout(Duration::from_secs(10)).is_ok()
            });
        }
        self.ledger.append(records)
    }

    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration> {
        self.ledger.claim(tenant, machine, now)
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        self.ledger.permit(quota, now)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        self.ledger.settle(permit, settlement, now);
    }
}

#[tokio::test]
async fn requests_go_on_while_the_ledger_is_written() {
    let bench =
        Bench::new(|config| config.fleet.devices.push(Life::new("ws-late.contoso.com"))).await;
    let (is_writing, went_on) = (Arc::new(Notify::new()), Arc::<Mutex<Option<bool>>>::default());
    let (send, receive) = mpsc::channel();
    let http = Late { platform: Platform::new(), is_writing: is_writing.clone(), has_landed: send };
    let slow = Slow {
        ledger: MemoryLedger::default(),
        is_writing,
        has_landed: receive,
        went_on: went_on.clone(),
    };
    let client = bench.builder(app()).http(Arc::new(http)).build().unwrap();
    let mut run = client.run("INC-42").unwrap().with_ledger(Arc::new(Mutex::new(slow)));
    run.options.until = Until::Ready;
    let devices = [DEVICE, "ws-late.contoso.com"].map(|name| Device::parse(name).unwrap());
    let report = client.collect_many(devices.to_vec(), &run).await.unwrap();
    assert!(report.devices.iter().all(|it| it.outcome.name() == "ready"), "{report:?}");
    assert_eq!(*went_on.lock().unwrap(), Some(true));
}
