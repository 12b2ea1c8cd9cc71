//! The service's quotas, and a log that stays within them.
//!
//! Whether the service counts in fixed or sliding windows, and from which moment, is not
//! documented. The log is safe in all cases: a call counts from its permit until a whole window
//! after its reply or its abandonment, because it arrived at some moment in between.

mod class;
mod log;
mod quotas;

use self::log::QuotaLog;
use crate::json::{Json, Read, Wrong, deserialize};

pub use self::class::QuotaClass;
pub use self::quotas::{QuotaOptions, QuotaScope, QuotaSnapshot, Quotas};

/// A permit for one call, unique across all classes of a [`Quotas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct PermitId(u64);

impl Read for PermitId {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        u64::read(json).map(Self)
    }
}

deserialize!(PermitId);

impl PermitId {
    /// How many classes fit into a permit's number.
    const CLASSES: u64 = 64;

    fn new(serial: u64, class: QuotaClass) -> Self {
        Self(serial.wrapping_mul(Self::CLASSES).wrapping_add(class.index()))
    }

    /// Creates a permit from its number, for drivers in other languages.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The class that it was granted for.
    #[must_use]
    pub fn class(self) -> Option<QuotaClass> {
        QuotaClass::ALL.iter().copied().find(|class| class.index() == self.0 % Self::CLASSES)
    }

    /// The number, for storing it.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests;
