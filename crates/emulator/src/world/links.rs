//! Package links, which work like passwords that are valid for a short time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;

use super::kept::Kept;
use crate::random::Random;

/// All live links, and some dead ones. If there are very many, the oldest are dropped, which has
/// the same effect as expiring them.
#[derive(Debug)]
pub(crate) struct Links {
    links: Kept<Link>,
    random: Random,
}

/// The action that a link leads to, and when it expires.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) action: String,
    pub(crate) machine: String,
    pub(crate) expires: OffsetDateTime,
    pub(crate) dead: bool,
}

impl Link {
    pub(crate) fn lives(&self, now: OffsetDateTime) -> bool {
        !self.dead && self.expires > now
    }
}

impl Links {
    pub(super) fn new(seed: u64) -> Self {
        Self { links: Kept::new(MOST), random: Random::named(seed, "links") }
    }

    /// Creates the query of a new link as the service writes it: three base64 parts separated by
    /// `;`, with lower-case escapes.
    pub(crate) fn issue(&mut self, link: Link) -> String {
        let parts = [48, 256, 32].map(|length| STANDARD.encode(self.random.bytes(length + 1)));
        let token = parts.join(";");
        let token = token.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d");
        let query = format!("token={}", token.replace(';', "%3b"));
        self.links.put(&query, link);
        query
    }

    /// The link with this query, which must match exactly.
    pub(crate) fn find(&self, query: &str) -> Option<&Link> {
        self.links.get(query)
    }

    pub(crate) fn kill(&mut self, query: &str) {
        if let Some(link) = self.links.get_mut(query) {
            link.dead = true;
        }
    }

    pub(crate) fn machine(&self, query: &str) -> Option<String> {
        Some(self.find(query)?.machine.clone())
    }
}

const MOST: usize = 20_000;
