//! A caller's settings of a client and of a run; JavaScript has already checked their types.

use mde_forensics_core::engine::{Options, Pick, Until};
use mde_forensics_core::json::{self, Fields, Json, Read, Wrong};
use mde_forensics_core::quota::{QuotaOptions, QuotaScope};
use mde_forensics_core::{BaseUrl, ClientSecret, Cloud, Code, Comment, Error, Tenant};

use crate::convert::seconds;

/// A caller's settings of a client.
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
pub(crate) struct ClientSettings {
    /// The tenant's id or a verified domain.
    tenant: String,
    /// The app's client id.
    pub(crate) client_id: Option<String>,
    /// The value, not the id, of the app's secret.
    client_secret: Option<String>,
    /// Whether the caller signs JWTs instead of using a secret.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(crate) signs_assertions: bool,
    /// The cloud or region, such as `commercial` (the default), `eu` or `gcc-high`.
    cloud: Option<String>,
    /// The API's base URL, instead of the cloud's own.
    base_url: Option<String>,
    /// The login service's base URL, instead of the cloud's own.
    login_url: Option<String>,
    /// The resource of tokens, instead of the cloud's own.
    resource: Option<String>,
    /// How many seconds the clock advances per real second; only with an emulator on this machine.
    time_scale: Option<f64>,
    /// How the service counts calls: per `endpoint` (the default) or per `app`.
    #[cfg_attr(feature = "typescript", ts(optional, type = "\"endpoint\" | \"app\""))]
    quota_scope: Option<String>,
    /// Which share of the quotas is ours, above 0 and at most 1 (default: 1).
    quota_share: Option<f64>,
}

impl Read for ClientSettings {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                tenant: fields.take("tenant")?,
                client_id: fields.optional("clientId"),
                client_secret: fields.optional("clientSecret"),
                signs_assertions: fields.take_or("signsAssertions", false)?,
                cloud: fields.optional("cloud"),
                base_url: fields.optional("baseUrl"),
                login_url: fields.optional("loginUrl"),
                resource: fields.optional("resource"),
                time_scale: fields.optional("timeScale"),
                quota_scope: fields.optional("quotaScope"),
                quota_share: fields.optional("quotaShare"),
            })
        })
    }
}

impl ClientSettings {
    pub(crate) fn tenant(&self) -> Result<Tenant, Error> {
        Tenant::parse(&self.tenant)
    }

    pub(crate) fn quotas(&self) -> Result<QuotaOptions, Error> {
        let mut quotas = QuotaOptions::default();
        match self.quota_scope.as_deref() {
            None => {}
            Some("endpoint") => quotas.scope = QuotaScope::Endpoint,
            Some("app") => quotas.scope = QuotaScope::App,
            Some(_) => return Err(wrong("quotaScope", "`endpoint` or `app`")),
        }
        quotas.share = self.quota_share.unwrap_or(quotas.share);
        quotas.check()?;
        Ok(quotas)
    }

    /// Fails with `invalid_option` if the time scale is out of range, or is set for an API that is
    /// not on this machine.
    pub(crate) fn check_scale(&self, base: &BaseUrl) -> Result<(), Error> {
        match self.time_scale {
            None => Ok(()),
            Some(scale) if !(0.001..=100_000.0).contains(&scale) => {
                let text = format!(
                    "the time scale `{}` is not between 0.001 and 100,000",
                    json::text(&scale)
                );
                Err(Error::new(Code::InvalidOption, text))
            }
            Some(_) if base.is_loopback() => Ok(()),
            Some(_) => {
                let text = format!(
                    "a clock that is not the world's is for an emulator, and `{base}` is none"
                );
                Err(Error::new(Code::InvalidOption, text))
            }
        }
    }

    pub(crate) fn secret(&mut self) -> Option<ClientSecret> {
        self.client_secret.take().map(ClientSecret::new)
    }

    pub(crate) fn cloud(&self) -> Result<Cloud, Error> {
        let cloud: Cloud = self.cloud.as_deref().map_or(Ok(Cloud::default()), str::parse)?;
        let url = |url: &Option<String>| url.as_deref().map(BaseUrl::parse).transpose();
        cloud.customized(url(&self.base_url)?, url(&self.login_url)?, self.resource.as_deref())
    }
}

/// A caller's settings of a run. Anything unset has its default.
#[derive(Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
pub(crate) struct RunSettings {
    /// Why the evidence is collected; sent to the service.
    comment: Option<String>,
    /// A name for this collection, such as an incident number: a later run with the same key adopts
    /// it.
    key: Option<String>,
    /// The limit from acceptance to the end at the service, in seconds (default: 30 minutes).
    timeout: Option<f64>,
    /// The limit of the whole call, in seconds (default: 12 hours).
    deadline: Option<f64>,
    /// The interval between polls, in seconds (default: growing from 10 to 30).
    poll_every: Option<f64>,
    /// `newest` takes the device that reported last if several match the name (default: `never`).
    #[cfg_attr(feature = "typescript", ts(optional, type = "\"never\" | \"newest\""))]
    pick: Option<String>,
    /// Whether to check the token's permissions and the device's actions first (default: yes).
    preflight: Option<bool>,
    /// Whether to append a marker to the comment, so that a lost reply can be recovered (default:
    /// yes).
    mark_comment: Option<bool>,
    /// Whether to send the marker as `ExternalId` too (default: yes).
    send_external_id: Option<bool>,
    /// The maximum number of devices between search and acceptance at one time (default: 16).
    concurrency: Option<usize>,
    /// The maximum number of concurrent downloads (default: 4).
    downloads: Option<usize>,
    /// How far to go (default: `collected` with a folder, otherwise `ready`).
    #[cfg_attr(
        feature = "typescript",
        ts(optional, type = "\"collected\" | \"ready\" | \"requested\"")
    )]
    until: Option<String>,
}

impl Read for RunSettings {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                comment: fields.optional("comment"),
                key: fields.optional("key"),
                timeout: fields.optional("timeout"),
                deadline: fields.optional("deadline"),
                poll_every: fields.optional("pollEvery"),
                pick: fields.optional("pick"),
                preflight: fields.optional("preflight"),
                mark_comment: fields.optional("markComment"),
                send_external_id: fields.optional("sendExternalId"),
                concurrency: fields.optional("concurrency"),
                downloads: fields.optional("downloads"),
                until: fields.optional("until"),
            })
        })
    }
}

impl RunSettings {
    /// The options of a run; `entropy` is sixteen random bytes, and `has_folder` says whether there
    /// is an output folder. Fails with `invalid_comment` and `invalid_option`.
    pub(crate) fn options(
        &self,
        tenant: &Tenant,
        base: &BaseUrl,
        entropy: &[u8],
        has_folder: bool,
    ) -> Result<Options, Error> {
        let entropy = entropy.try_into().map_err(|_| wrong("entropy", "sixteen bytes"))?;
        let comment = Comment::parse(self.comment.as_deref().unwrap_or_default())?;
        let mut options = Options::new(tenant.as_str(), base.clone(), comment, entropy);
        options.key.clone_from(&self.key);
        options.timeout = self.timeout.map_or(options.timeout, seconds);
        options.deadline = self.deadline.map(seconds).or(options.deadline);
        options.poll_every = self.poll_every.map(seconds).or(options.poll_every);
        options.pick = match self.pick.as_deref() {
            None => options.pick,
            Some("never") => Pick::Never,
            Some("newest") => Pick::Newest,
            Some(_) => return Err(wrong("pick", "`never` or `newest`")),
        };
        options.until = Until::parse(self.until.as_deref(), has_folder)?;
        options.preflight = self.preflight.unwrap_or(options.preflight);
        options.mark_comment = self.mark_comment.unwrap_or(options.mark_comment);
        options.send_external_id = self.send_external_id.unwrap_or(options.send_external_id);
        options.concurrency = self.concurrency.unwrap_or(options.concurrency);
        options.downloads = self.downloads.unwrap_or(options.downloads);
        Ok(options)
    }
}

fn wrong(name: &str, wanted: &str) -> Error {
    Error::new(Code::InvalidOption, format!("`{name}` must be {wanted}"))
}
