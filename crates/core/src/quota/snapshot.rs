use std::time::Duration;

use serde::Serialize;

use super::{PermitId, QuotaClass, QuotaScope};
use crate::Map;
use crate::json::{Fields, Json, Read, Wrong, deserialize};

/// All quotas as ages, so that another process with another monotonic clock can go on with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct QuotaSnapshot {
    /// What the service counts by.
    pub scope: QuotaScope,
    /// The number of the next permit.
    pub next_serial: u64,
    /// The logs of the classes that were used.
    pub classes: Map<QuotaClass, LogSnapshot>,
    /// The log of all classes together, where the service counts so.
    pub app: Option<LogSnapshot>,
}

/// One log as ages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OpenCall {
    /// Its permit.
    pub permit: PermitId,
    /// How long ago the permit was given, in microseconds.
    #[serde(with = "micros")]
    pub age: Duration,
}

/// What a 429 has taught about one limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WindowSnapshot {
    /// How often it was halved.
    pub halvings: u32,
    /// For how long that still holds, in microseconds.
    #[serde(with = "micros_up")]
    pub dirty_for: Duration,
}

impl Read for QuotaSnapshot {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                scope: fields.take("scope")?,
                next_serial: fields.take("next_serial")?,
                classes: fields.take::<Classes>("classes")?.0,
                app: fields.optional("app"),
            })
        })
    }
}

struct Classes(Map<QuotaClass, LogSnapshot>);

impl Read for Classes {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        let Json::Object(fields) = json else {
            return Err(Wrong::new("an object was expected"));
        };
        let mut classes = Map::new();
        for (name, log) in fields {
            let log = LogSnapshot::read(log).map_err(|wrong| wrong.at(&name))?;
            classes.insert(QuotaClass::read(Json::Text(name))?, log);
        }
        Ok(Self(classes))
    }
}

impl Read for LogSnapshot {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let settled: Vec<u64> = fields.take("settled")?;
            Ok(Self {
                settled: settled.into_iter().map(Duration::from_micros).collect(),
                open: fields.take("open")?,
                closed_for: Duration::from_micros(fields.take("closed_for")?),
                windows: fields.take("windows")?,
                next_serial: fields.take("next_serial")?,
            })
        })
    }
}

impl Read for OpenCall {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let (permit, age) = (fields.take("permit")?, fields.take("age")?);
            Ok(Self { permit, age: Duration::from_micros(age) })
        })
    }
}

impl Read for WindowSnapshot {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let (halvings, dirty_for) = (fields.take("halvings")?, fields.take("dirty_for")?);
            Ok(Self { halvings, dirty_for: Duration::from_micros(dirty_for) })
        })
    }
}

deserialize!(QuotaSnapshot, LogSnapshot, OpenCall, WindowSnapshot);

/// Ages are rounded down: a call that seems younger than it is waits longer, and never too short.
mod micros {
    use std::time::Duration;

    use serde::Serializer;

    pub(super) fn serialize<S: Serializer>(
        age: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(age.as_micros()).unwrap_or(u64::MAX))
    }
}

/// What is still to come is rounded up, for the same reason.
mod micros_up {
    use std::time::Duration;

    use serde::Serializer;

    pub(super) fn serialize<S: Serializer>(
        wait: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let micros = wait.as_nanos().div_ceil(1_000);
        serializer.serialize_u64(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

mod micros_list {
    use std::time::Duration;

    use serde::Serializer;

    pub(super) fn serialize<S: Serializer>(
        ages: &[Duration],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(ages.iter().map(|age| u64::try_from(age.as_micros()).unwrap_or(u64::MAX)))
    }
}
