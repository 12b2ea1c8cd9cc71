//! The tokens that were given out. A token that is not here is not one.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::random::Random;

/// The tokens that were given out.
#[derive(Debug)]
pub(crate) struct Tokens {
    access: BTreeMap<String, Grant>,
    refresh: BTreeMap<String, Grant>,
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
        Self { access: BTreeMap::new(), refresh: BTreeMap::new(), random }
    }

    pub(crate) fn add_access(&mut self, token: String, grant: Grant, now: OffsetDateTime) {
        if self.access.len() >= MOST {
            self.access.retain(|_, grant| grant.expires > now);
        }
        self.access.insert(token, grant);
    }

    pub(crate) fn add_refresh(&mut self, grant: Grant, now: OffsetDateTime) -> String {
        if self.refresh.len() >= MOST {
            self.refresh.retain(|_, grant| grant.expires > now);
        }
        let token = format!("0.{}", self.random.hex(120));
        self.refresh.insert(token.clone(), grant);
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
        std::mem::take(&mut self.access).len()
    }
}

const MOST: usize = 20_000;
