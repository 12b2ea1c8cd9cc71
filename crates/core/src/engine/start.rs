//! Where a collection begins.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{Handle, Marker, Options};
use crate::{Code, Device, Error};

/// Where a collection begins.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Start {
    /// With a device that the caller names.
    Device(Device),
    /// Where an earlier run left off.
    Handle(Box<Handle>),
}

impl Start {
    /// Where to begin with each device, given what a ledger knows.
    ///
    /// With [`Options::key`] a collection of the same key and device goes on where it was, unless its action ended
    /// badly, or none showed in the time in which it must have: then another attempt is wished for. Without a key each
    /// call is a collection of its own.
    #[must_use]
    pub fn plan(options: &Options, devices: Vec<Device>, known: &[Handle]) -> Vec<Self> {
        let plan = |device: Device| {
            let name = options.key.as_deref().map(|key| keyed_name(options, &device, key));
            let known = known.iter().find(|handle| {
                name.as_deref() == Some(handle.collection())
                    && handle.belongs_to(&options.tenant, &options.base).is_ok()
                    && !handle.wants_another_attempt()
            });
            known.map_or(Self::Device(device), |handle| Self::Handle(Box::new(handle.clone())))
        };
        devices.into_iter().map(plan).collect()
    }

    pub(super) fn open(
        self,
        index: usize,
        options: &Options,
        known: &BTreeMap<&str, &Handle>,
        at: OffsetDateTime,
    ) -> Result<Opened, Error> {
        match self {
            Self::Device(device) => {
                let name = options.key.as_deref().map_or_else(
                    || new_name(options, index),
                    |key| keyed_name(options, &device, key),
                );
                let handle = Handle::begin(name, options, &device, at);
                Ok(Opened { device, handle, is_certain: true })
            }
            Self::Handle(handle) => {
                handle.belongs_to(&options.tenant, &options.base)?;
                let device = Device::parse(handle.device()).map_err(|error| {
                    Error::new(Code::InvalidHandle, "the handle names no device").with_source(error)
                })?;
                let (handle, is_certain) = match known.get(handle.collection()) {
                    Some(ledger) => handle.merge(ledger)?,
                    None => (*handle, false),
                };
                Ok(Opened { device, handle, is_certain })
            }
        }
    }
}

/// What a collection begins with.
pub(super) struct Opened {
    pub(super) device: Device,
    pub(super) handle: Handle,
    /// Nobody but this program can have written it: it is new, or the ledger's.
    pub(super) is_certain: bool,
}

/// The same for every run with this key, so that the ledger finds the collection again.
fn keyed_name(options: &Options, device: &Device, key: &str) -> String {
    let (tenant, device) =
        (options.tenant.to_ascii_lowercase(), device.to_string().to_ascii_lowercase());
    Marker::derive(&[b"collection", tenant.as_bytes(), device.as_bytes(), key.as_bytes()])
        .as_str()
        .to_owned()
}

fn new_name(options: &Options, index: usize) -> String {
    Marker::derive(&[b"collection", &options.entropy, &index.to_be_bytes()]).as_str().to_owned()
}
