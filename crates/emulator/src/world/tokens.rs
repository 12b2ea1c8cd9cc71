//! The tokens that were given out. A token that is not here is not one.

use time::OffsetDateTime;

use super::kept::Kept;
use crate::random::Random;

/// The tokens that were given out; of very many the oldest are forgotten, which is as if they were taken back.
#[derive(Debug)]
pub(crate) struct Tokens {
    access: Kept<Grant>,
    refresh: Kept<Grant>,
    pub(crate) random: Random,
}

/// What a token gives, for which audience, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) principal: Principal,
    pub(crate) audience: String,
    pub(crate) expires: OffsetDateTime,
}

/// Who calls: an app by itself, or a user by means of an app.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Principal {
    pub(crate) client_id: String,
    pub(crate) app_name: String,
    /// The user principal name and the object id.
    pub(crate) user: Option<(String, String)>,
    /// Application permissions, or the delegated ones where there is a user.
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

    /// Takes every token back; the number of access tokens.
    pub(crate) fn revoke_all(&mut self) -> usize {
        self.refresh.clear();
        self.access.clear()
    }
}

const MOST: usize = 20_000;
