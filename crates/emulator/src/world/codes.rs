//! Device codes: the user signs in elsewhere while the app polls for the result.

use time::OffsetDateTime;

use crate::login::Resource;
use crate::random::Random;

/// The device codes that were issued, oldest first.
#[derive(Debug)]
pub(crate) struct Codes {
    codes: Vec<Code>,
    random: Random,
}

/// A device code.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// The code with which the app polls.
    pub(crate) secret: String,
    /// The code that the user types.
    pub(crate) typed: String,
    pub(crate) client_id: String,
    pub(crate) resource: Resource,
    pub(crate) created: OffsetDateTime,
    pub(crate) expires: OffsetDateTime,
    pub(crate) state: CodeState,
    pub(crate) last_asked: Option<OffsetDateTime>,
}

/// The state of a device code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CodeState {
    /// By the user with this principal name.
    Approved(String),
    Declined,
    Expired,
    Pending,
    /// A token was issued for it.
    Spent,
}

impl Codes {
    pub(super) fn new(seed: u64) -> Self {
        Self { codes: Vec::new(), random: Random::named(seed, "device codes") }
    }

    /// Fills in both codes and stores it.
    pub(crate) fn issue(&mut self, mut code: Code) -> Code {
        if self.codes.len() >= MOST {
            self.codes.remove(0);
        }
        code.secret = format!("D{}", self.random.hex(80));
        code.typed = self.random.hex(9).to_ascii_uppercase();
        self.codes.push(code.clone());
        code
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Code> {
        self.codes.iter()
    }

    pub(crate) fn by_device_code(&mut self, code: &str) -> Option<&mut Code> {
        self.codes.iter_mut().find(|known| known.secret == code)
    }

    pub(crate) fn by_user_code(&mut self, code: &str) -> Option<&mut Code> {
        self.codes.iter_mut().find(|known| known.typed.eq_ignore_ascii_case(code))
    }
}

const MOST: usize = 1_000;
