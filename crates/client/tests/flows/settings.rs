//! What a run is set to.

use std::time::Duration;

use mde_forensics::Run;
use mde_forensics_core::engine::{Pick, Until};
use mde_forensics_core::quota::{QuotaOptions, QuotaScope};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::text::Text;

/// What a run is set to; what is left out is as documented.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) credential: Credential,
    pub(crate) tenant: String,
    pub(crate) comment: Text,
    key: Option<String>,
    /// Seconds.
    timeout: Option<u64>,
    /// Seconds.
    deadline: Option<u64>,
    /// Seconds.
    poll_every: Option<u64>,
    pick: Option<Choice>,
    until: Option<Reach>,
    preflight: Option<bool>,
    mark_comment: Option<bool>,
    send_external_id: Option<bool>,
    concurrency: Option<usize>,
    downloads: Option<usize>,
    quota_scope: Option<QuotaScope>,
    quota_share: Option<f64>,
    /// Seconds that one piece of a stepped run may take.
    pub(crate) budget: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            credential: Credential::default(),
            tenant: "contoso.onmicrosoft.com".to_owned(),
            comment: "INC-42".into(),
            key: None,
            timeout: None,
            deadline: None,
            poll_every: None,
            pick: None,
            until: None,
            preflight: None,
            mark_comment: None,
            send_external_id: None,
            concurrency: None,
            downloads: None,
            quota_scope: None,
            quota_share: None,
            budget: 20,
        }
    }
}

/// Where the run's tokens come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Credential {
    /// An app with a client secret.
    Secret { secret: String },
    /// A token from elsewhere, made for the occasion.
    Token {
        #[serde(default)]
        user: Option<String>,
        #[serde(default)]
        permissions: Option<Vec<String>>,
        #[serde(default)]
        audience: Option<String>,
    },
}

impl Default for Credential {
    fn default() -> Self {
        Self::Secret { secret: "emulator-secret".to_owned() }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Never,
    Newest,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reach {
    Collected,
    Ready,
    Requested,
}

impl Settings {
    /// The flow's settings with those of the step over them.
    pub(crate) fn merge(
        flow: &Map<String, Value>,
        step: &Map<String, Value>,
    ) -> serde_json::Result<Self> {
        let mut merged = flow.clone();
        merged.extend(step.clone());
        serde_json::from_value(Value::Object(merged))
    }

    /// How the ledger counts, if otherwise than is documented.
    pub(crate) fn quotas(&self) -> Option<QuotaOptions> {
        let mut quotas = QuotaOptions::default();
        set(&mut quotas.scope, self.quota_scope);
        set(&mut quotas.share, self.quota_share);
        (quotas != QuotaOptions::default()).then_some(quotas)
    }

    /// Sets the run; `entropy` makes it the same each time.
    pub(crate) fn apply(&self, run: &mut Run, entropy: [u8; 16]) {
        let options = &mut run.options;
        options.entropy = entropy;
        options.key.clone_from(&self.key);
        set(
            &mut options.deadline,
            self.deadline.map(|deadline| Some(Duration::from_secs(deadline))),
        );
        options.poll_every = self.poll_every.map(Duration::from_secs);
        set(&mut options.timeout, self.timeout.map(Duration::from_secs));
        set(&mut options.preflight, self.preflight);
        set(&mut options.mark_comment, self.mark_comment);
        set(&mut options.send_external_id, self.send_external_id);
        set(&mut options.concurrency, self.concurrency);
        set(&mut options.downloads, self.downloads);
        set(
            &mut options.pick,
            self.pick.map(|pick| match pick {
                Choice::Never => Pick::Never,
                Choice::Newest => Pick::Newest,
            }),
        );
        set(
            &mut options.until,
            self.until.map(|until| match until {
                Reach::Collected => Until::Collected,
                Reach::Ready => Until::Ready,
                Reach::Requested => Until::Requested,
            }),
        );
    }
}

fn set<T>(option: &mut T, wish: Option<T>) {
    if let Some(wish) = wish {
        *option = wish;
    }
}
