//! Package links: passwords that live for a minute.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;

use super::kept::Kept;
use crate::random::Random;

/// All links that live, and some that did; of very many the oldest are forgotten, which is as if they were dead.
#[derive(Debug)]
pub(crate) struct Links {
    links: Kept<Link>,
    random: Random,
}

/// What a link leads to, and until when.
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

    /// The query of a new link: three base64 parts with `;` between them, in lower-case escapes,
    /// as the service writes it.
    pub(crate) fn issue(&mut self, link: Link) -> String {
        let parts = [48, 256, 32].map(|length| STANDARD.encode(self.random.bytes(length + 1)));
        let token = parts.join(";");
        let token = token.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d");
        let query = format!("token={}", token.replace(';', "%3b"));
        self.links.put(&query, link);
        query
    }

    /// What a query leads to. It must be what was given, letter by letter.
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
