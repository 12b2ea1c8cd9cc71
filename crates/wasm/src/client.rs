//! A client: one tenant, one API host, one credential, shared by its runs and calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mde_forensics_core::endpoint::BODY_LIMIT;
use mde_forensics_core::endpoint::token::{Grant, Token, TokenRequest, TokenStyle};
use mde_forensics_core::engine::{Exchange, Handle, Record, ServiceClock, Settlement};
use mde_forensics_core::ledger::{Account, Book, Seen, Taken, Wanted};
use mde_forensics_core::quota::Quotas;
use mde_forensics_core::work::{Effect, EffectResult, Effects, Step};
use mde_forensics_core::{
    AccessToken, BaseUrl, ClientAssertion, ClientSecret, Cloud, Code, Error, Map, Now, PermitId,
    Tenant, TokenStore, exchange,
};
use sha2::{Digest as _, Sha256};
use wasm_bindgen::prelude::*;

use crate::ask::Texts;
use crate::convert::{self, Thrown, thrown};
use crate::settings::ClientSettings;
use crate::task::{self, Task};

/// A client: one tenant, one API host, one credential.
#[wasm_bindgen]
pub struct Client {
    pub(crate) shared: Shared,
    /// The single calls in progress, by number.
    tasks: Map<u64, Task>,
    /// The number of calls so far.
    count: u64,
}

#[wasm_bindgen]
impl Client {
    /// Creates a client; `settings` is its settings as JSON, and `seed` 24 random bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str, seed: &[u8]) -> Thrown<Client> {
        let shared = Shared::new(settings, seed).map_err(|error| thrown(&error))?;
        Ok(Self { shared, tasks: Map::new(), count: 0 })
    }

    /// A JSON array: the tenant, the API host, and the monotonic clock's start in seconds.
    #[must_use]
    pub fn about(&self) -> String {
        let Shared { tenant, base, .. } = &self.shared;
        convert::json(&(tenant.as_str(), base.as_str(), 86_400))
    }

    /// Begins a call and returns its number. `given` is a JSON array: a device to find; or a
    /// handle, a comment and, to cancel someone else's action too, any third element.
    pub fn begin(&mut self, given: &str) -> Thrown<f64> {
        let given = Texts(convert::read(given, "given").map_err(|error| thrown(&error))?);
        let (client, first) = (self.shared.clone(), given.text(0));
        let task = match given.some(1) {
            None => task::find(client, first),
            Some(comment) => task::cancel(client, first, comment, given.some(2).is_some()),
        };
        self.count += 1;
        self.tasks.insert(self.count, task.map_err(|error| thrown(&error))?);
        Ok(convert::float(self.count))
    }

    /// Continues a call. Returns a JSON array with its next effect or, at its end, with null and
    /// the result. `given` is the answer to the last effect; an empty one gives up the call.
    pub fn go_on(
        &mut self,
        number: f64,
        given: &str,
        bytes: Option<Vec<u8>>,
        wall: f64,
        mono: f64,
    ) -> Thrown<String> {
        let number = convert::number(number);
        let Some(mut task) = self.tasks.remove(&number).filter(|_| !given.is_empty()) else {
            return Ok(String::new());
        };
        match task.step(convert::given(given, bytes), convert::now(wall, mono)) {
            Step::Effect(effect) => {
                self.tasks.insert(number, task);
                Ok(convert::json(&[effect]))
            }
            Step::Done(Ok(value)) => Ok(format!("[null,{value}]")),
            Step::Done(Err(error)) => Err(thrown(&error)),
        }
    }
}

/// What a client's runs and calls share. Clones refer to the same client.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) tenant: Tenant,
    pub(crate) base: BaseUrl,
    cloud: Arc<Cloud>,
    client_id: String,
    proof: Proof,
    pub(crate) account: Account,
    /// The source of the runs' randomness, so that none waits for the system's.
    seed: [u8; 16],
    state: Arc<Mutex<State>>,
}

/// How the client authenticates.
#[derive(Clone)]
enum Proof {
    Secret(ClientSecret),
    /// A JWT that the caller signs.
    Assertion,
    /// The caller gets the tokens.
    Foreign,
}

/// The mutable state.
pub(crate) struct State {
    pub(crate) quotas: Quotas,
    pub(crate) service: ServiceClock,
    pub(crate) taken: Taken,
    /// The content of each folder's ledger; for a ledger in a file, only while a run uses it.
    pub(crate) books: Map<String, Box<Book>>,
    /// Distinguishes our lines in a ledger's file from those of other processes.
    pub(crate) by: u64,
    pub(crate) seen: Seen,
    token: TokenStore,
    is_renewing: bool,
}

impl State {
    /// The wanted collections of a folder's ledger, except those that another run is working on.
    pub(crate) fn load(&mut self, folder: &str, wanted: Wanted<'_>, run: u64) -> Vec<Handle> {
        self.taken.begin_wanted(wanted, run);
        let Some(book) = self.books.get(folder) else { return Vec::new() };
        let is_free = |handle: &&Handle| self.taken.begin_if_free(handle.collection(), run);
        book.handles(wanted).filter(is_free).cloned().collect()
    }

    /// Ends a run. A ledger's file is read again by the next run, since another process may write
    /// to it now.
    pub(crate) fn end(&mut self, run: u64, file_in: Option<&str>) {
        self.taken.end(run);
        if let Some(folder) = file_in.filter(|folder| !self.taken.is_anyone_in(folder)) {
            self.books.remove(folder);
        }
    }

    /// Keeps the records that a run appended to the ledger in this folder; `ours` are those that it
    /// was allowed to write, and `is_appended` says whether the ledger took them.
    pub(crate) fn end_append(
        &mut self,
        records: &[Record],
        ours: &[Record],
        is_appended: bool,
        folder: &str,
        run: u64,
        now: Now,
    ) {
        // The book of a file was read before.
        let book = self.books.or_insert_with(folder.to_owned(), || Box::new(Book::forgetful()));
        if is_appended {
            for record in ours {
                book.append(record);
            }
        }
        let asking = Taken::asking(ours);
        let asking = book.handles(Wanted::Named(&asking)).cloned();
        self.taken.end_append(records, is_appended, asking, run, now);
    }
}

impl Shared {
    pub(crate) fn new(settings: &str, seed: &[u8]) -> Result<Self, Error> {
        let mut settings: ClientSettings = convert::read(settings, "options")?;
        let (tenant, cloud) = (settings.tenant()?, settings.cloud()?);
        settings.check_scale(&cloud.api())?;
        let wrong = || Error::new(Code::InvalidOption, "`seed` must be 24 bytes");
        let (seed, serial) = seed.split_first_chunk().ok_or_else(wrong)?;
        let serial = serial.try_into().map_err(|_| wrong())?;
        let account = Account::new(&tenant, settings.client_id.as_deref());
        let proof = match (settings.secret(), settings.signs_assertions) {
            (Some(secret), _) => Proof::Secret(secret),
            (None, true) => Proof::Assertion,
            (None, false) => Proof::Foreign,
        };
        if settings.client_id.is_none() && !matches!(proof, Proof::Foreign) {
            let text = "a secret or a certificate is an app's: say which by `clientId`";
            return Err(Error::new(Code::InvalidCredential, text));
        }
        let state = State {
            quotas: Quotas::new(settings.quotas()?),
            service: ServiceClock::default(),
            taken: Taken::default(),
            books: Map::new(),
            by: u64::from_be_bytes(serial),
            seen: Seen::default(),
            token: TokenStore::default(),
            is_renewing: false,
        };
        Ok(Self {
            base: cloud.api(),
            cloud: Arc::new(cloud),
            client_id: settings.client_id.unwrap_or_default(),
            proof,
            account,
            tenant,
            seed: *seed,
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// Sixteen random bytes for the run with this number. The time distinguishes copies of a
    /// process that was frozen and resumed more than once.
    pub(crate) fn entropy(&self, run: u64, now: Now) -> [u8; 16] {
        let time = now.wall.unix_timestamp_nanos().to_be_bytes();
        let parts = Sha256::new().chain_update(self.seed).chain_update(run.to_be_bytes());
        parts.chain_update(time).finalize().first_chunk().copied().unwrap_or_default()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settles a permit.
    pub(crate) fn settle(&self, permit: PermitId, settlement: Settlement, now: Now) {
        self.state().quotas.settle(permit, settlement, now.monotonic);
    }

    /// Sends one request.
    pub(crate) async fn send(
        &self,
        effects: &Effects,
        request: http::Request<Vec<u8>>,
        body_limit: usize,
    ) -> Exchange {
        exchange::exchange(effects.ask(exchange::effect(request, body_limit, TOTAL_TIMEOUT)).await)
    }

    /// The cached token and how long it is valid; never the one that was `rejected`.
    pub(crate) fn token_at_hand(
        &self,
        rejected: Option<&AccessToken>,
        now: Now,
    ) -> Option<(AccessToken, Duration)> {
        self.state().token.kept(rejected, now)
    }

    /// Returns a token and how long it is valid; never the one that was `rejected`. At most one
    /// renewal is in progress at a time.
    pub(crate) async fn token(
        &self,
        effects: &Effects,
        rejected: Option<&AccessToken>,
    ) -> Result<(AccessToken, Duration), Error> {
        loop {
            {
                let mut state = self.state();
                if let Some(kept) = state.token.kept(rejected, effects.now()) {
                    return Ok(kept);
                }
                if !state.is_renewing {
                    state.is_renewing = true;
                    break;
                }
            }
            let until = effects.now().monotonic.saturating_add(AGAIN).as_secs_f64();
            effects.ask(Effect::Wait { until }).await;
        }
        let renewing = Renewing(self);
        let given = self.renew(effects).await;
        drop(renewing);
        self.state().token.take(given, rejected, effects.now())
    }

    async fn renew(&self, effects: &Effects) -> Result<Token, Error> {
        let proof = match &self.proof {
            Proof::Secret(secret) => Grant::ClientSecret(secret.clone()),
            Proof::Assertion => {
                let login = self.cloud.login();
                let audience = format!("{login}/{}/oauth2/v2.0/token", self.tenant);
                let given = effects.ask(Effect::Assertion { audience }).await;
                Grant::ClientAssertion(ClientAssertion::new(caller_s(given)?.0))
            }
            Proof::Foreign => {
                let (tenant, scope) =
                    (self.tenant.as_str().to_owned(), self.cloud.scope().to_owned());
                let given = effects.ask(Effect::Credential { tenant, scope }).await;
                let (token, expires_in) = caller_s(given)?;
                let expires_in = expires_in.map(convert::seconds);
                let token = AccessToken::new(token);
                return Ok(Token::of_caller(token, expires_in, effects.now().wall));
            }
        };
        let request = TokenRequest {
            tenant: self.tenant.clone(),
            client_id: self.client_id.clone(),
            grant: proof,
            style: TokenStyle::V2 { scope: self.cloud.scope().to_owned() },
        };
        let sent = request.request(&self.cloud.login())?;
        match exchange::exchange(
            effects.ask(exchange::effect(sent, BODY_LIMIT, TOTAL_TIMEOUT)).await,
        ) {
            Exchange::Reply(reply) => request.response(&reply),
            Exchange::Broken(error) | Exchange::NotSent(error) | Exchange::Unknown(error) => {
                Err(error)
            }
            _ => Err(Error::new(Code::Internal, "an exchange ended in a way that is not known")),
        }
    }
}

/// The token from the caller's own credential.
fn caller_s(given: EffectResult) -> Result<(String, Option<f64>), Error> {
    match (given.failed, given.token) {
        (Some(failure), _) => Err(Error::new(Code::CredentialFailed, failure.message)),
        (None, Some(token)) if !token.is_empty() => Ok((token, given.expires_in)),
        (None, _) => Err(Error::new(Code::CredentialFailed, "the credential gave no token")),
    }
}

/// Allows the next renewal when dropped, however this one ended.
struct Renewing<'a>(&'a Shared);

impl Drop for Renewing<'_> {
    fn drop(&mut self) {
        self.0.state().is_renewing = false;
    }
}

/// The time limit for one whole exchange, in seconds.
const TOTAL_TIMEOUT: f64 = 300.0;
const AGAIN: Duration = Duration::from_millis(20);
