//! The tokens that were issued. Any other token is not valid.

use time::OffsetDateTime;

use super::kept::Kept;
use crate::random::Random;

/// The tokens that were issued. If there are very many, the oldest are dropped, which has the same
/// effect as revoking them.
#[derive(Debug)]
pub(crate) struct Tokens {
    access: Kept<Grant>,
    refresh: Kept<Grant>,
    pub(crate) random: Random,
}

/// What a token grants, for which audience, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) principal: Principal,
    pub(crate) audience: String,
    pub(crate) expires: OffsetDateTime,
}

/// The caller: an app, or a user through an app.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Principal {
    pub(crate) client_id: String,
    pub(crate) app_name: String,
    /// The user principal name and the object id.
    pub(crate) user: Option<(String, String)>,
    /// Application permissions; with a user, delegated permissions.
    pub(crate) permissions: Vec<String>,
}

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        let random = Random::named(seed, "tokens");
        Self { access: Kept::new(MOST), refresh: Kept::new(MOST), random }
    }

    pub(crate) fn add_access(&mut self, token: &str, grant: Grant) {
        self.access.put(token, grant);
    }

    pub(crate) fn add_refresh(&mut self, grant: Grant) -> String {
        let token = format!("0.{}", self.random.hex(120));
        self.refresh.put(&token, grant);
        token
    }

    pub(crate) fn access(&self, token: &str) -> Option<&Grant> {
        self.access.get(token)
    }

    pub(crate) fn refresh(&self, token: &str) -> Option<&Grant> {
        self.refresh.get(token)
    }

    /// Revokes every token, and returns how many access tokens there were.
    pub(crate) fn revoke_all(&mut self) -> usize {
        self.refresh.clear();
        self.access.clear()
    }
}

const MOST: usize = 20_000;
