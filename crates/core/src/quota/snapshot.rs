use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{PermitId, QuotaClass, QuotaScope};

/// All quotas as ages, so that another process with another monotonic clock can go on with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuotaSnapshot {
    /// What the service counts by.
    pub scope: QuotaScope,
    /// The number of the next permit.
    pub next_serial: u64,
    /// The logs of the classes that were used.
    pub classes: BTreeMap<QuotaClass, LogSnapshot>,
    /// The log of all classes together, where the service counts so.
    pub app: Option<LogSnapshot>,
}

/// One log as ages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogSnapshot {
    /// How long ago each call ended, oldest first, in microseconds.
    #[serde(with = "micros_list")]
    pub settled: Vec<Duration>,
    /// The calls that are open.
    pub open: Vec<OpenCall>,
    /// For how long the class is still closed, in microseconds.
    #[serde(with = "micros_up")]
    pub closed_for: Duration,
    /// What a 429 has taught about each limit.
    pub windows: Vec<WindowSnapshot>,
    /// The number of the next permit.
    pub next_serial: u64,
}

/// A call that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenCall {
    /// Its permit.
    pub permit: PermitId,
    /// How long ago the permit was given, in microseconds.
    #[serde(with = "micros")]
    pub age: Duration,
}

/// What a 429 has taught about one limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WindowSnapshot {
    /// How often it was halved.
    pub halvings: u32,
    /// For how long that still holds, in microseconds.
    #[serde(with = "micros_up")]
    pub dirty_for: Duration,
}

/// Ages are rounded down: a call that seems younger than it is waits longer, and never too short.
mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        age: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(age.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}

/// What is still to come is rounded up, for the same reason.
mod micros_up {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        wait: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let micros = wait.as_nanos().div_ceil(1_000);
        serializer.serialize_u64(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        super::micros::deserialize(deserializer)
    }
}

mod micros_list {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        ages: &[Duration],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(ages.iter().map(|age| u64::try_from(age.as_micros()).unwrap_or(u64::MAX)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Duration>, D::Error> {
        let ages = Vec::<u64>::deserialize(deserializer)?;
        Ok(ages.into_iter().map(Duration::from_micros).collect())
    }
}
