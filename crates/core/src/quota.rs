//! How often the service lets itself be called, and a log that keeps within it.

mod class;

pub use self::class::QuotaClass;

/// A permit for one call, unique over all classes of a [`Quotas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PermitId(pub(crate) u64);
