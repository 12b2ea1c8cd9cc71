//! The starting points of collections.

use time::OffsetDateTime;

use super::{Handle, Marker, Options};
use crate::map::Names;
use crate::{Code, Device, Error};

/// The starting point of a collection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Start {
    /// A device that the caller names.
    Device(Device),
    /// The handle of an earlier run with the same key, which is continued; the caller may not know of that run.
    Earlier(Box<Handle>),
    /// The handle of an earlier run, which is continued as if uninterrupted.
    Handle(Box<Handle>),
}

impl Start {
    /// Plans the starts of these devices, given what a ledger knows.
    ///
    /// With [`Options::key`], a collection of the same key and device continues where it stopped,
    /// unless its action ended badly or never became visible in time: then another attempt is made.
    /// Without a key, each call is a new collection.
    #[must_use]
    pub fn plan(options: &Options, devices: Vec<Device>, known: &[Handle]) -> Vec<Self> {
        let Some(key) = options.key.as_deref() else {
            return devices.into_iter().map(Self::Device).collect();
        };
        let mut places = Names::default();
        for (place, handle) in known.iter().enumerate() {
            if handle.belongs_to(&options.tenant, &options.base).is_ok()
                && !handle.wants_another_attempt()
            {
                places.insert(handle.collection().to_owned(), place);
            }
        }
        let plan = |device: Device| {
            let place = places.get(&keyed_name(options, &device, key));
            match place.and_then(|place| known.get(place)) {
                Some(handle) => Self::Earlier(Box::new(handle.clone())),
                None => Self::Device(device),
            }
        };
        devices.into_iter().map(plan).collect()
    }

    /// Parses a run's starts: devices first, then handles (JSON) to continue; and the `known`
    /// handles (JSON) of a ledger, to be passed to the engine.
    ///
    /// Fails as [`Handle::parse_known`], [`Device::parse`] and [`Handle::parse`] do.
    pub fn read(
        options: &Options,
        devices: &[String],
        handles: &[String],
        known: &[String],
    ) -> Result<(Vec<Self>, Vec<Handle>), Error> {
        let (tenant, base) = (&options.tenant, &options.base);
        let known = Handle::parse_known(known, tenant, base)?;
        let devices = devices.iter().map(|device| Device::parse(device));
        let mut starts = Self::plan(options, devices.collect::<Result<_, _>>()?, &known);
        for handle in handles {
            starts.push(Self::Handle(Box::new(Handle::parse(handle, tenant, base)?)));
        }
        Ok((starts, known))
    }

    /// The ledger names of collections of these devices. A ledger already knows them if there is a
    /// key, or if the same options were used before.
    #[must_use]
    pub fn names(options: &Options, devices: &[Device]) -> Vec<String> {
        let name = |(index, device)| name(options, index, device);
        devices.iter().enumerate().map(name).collect()
    }

    /// Continues everything that a ledger knows of this tenant and API host.
    ///
    /// Fails with `handle_mismatch` if it knows only collections of others.
    pub fn all(options: &Options, known: &[Handle]) -> Result<Vec<Self>, Error> {
        let of = |handle: &Handle| handle.belongs_to(&options.tenant, &options.base);
        let ours = known.iter().filter(|handle| of(handle).is_ok());
        let starts: Vec<_> = ours.map(|handle| Self::Handle(Box::new(handle.clone()))).collect();
        match known.iter().find_map(|handle| of(handle).err()) {
            Some(error) if starts.is_empty() => Err(error),
            _ => Ok(starts),
        }
    }

    pub(super) fn open<'a>(
        self,
        index: usize,
        options: &Options,
        known: impl Fn(&str) -> Option<(usize, &'a Handle)>,
        at: OffsetDateTime,
    ) -> Result<Opened, Error> {
        let is_earlier = matches!(self, Self::Earlier(_));
        match self {
            Self::Device(device) => {
                let name = name(options, index, &device);
                let round = known(&name).map_or(1, |(_, earlier)| earlier.next_round());
                let begun = Begun { place: Some(usize::MAX), at };
                let handle = Handle::begin(name, options, &device, round, at);
                Ok(Opened { device, handle, is_certain: true, is_earlier, begun })
            }
            Self::Earlier(handle) | Self::Handle(handle) => {
                handle.belongs_to(&options.tenant, &options.base)?;
                let device = Device::parse(handle.device()).map_err(|error| {
                    Error::new(Code::InvalidHandle, "the handle names no device").with_source(error)
                })?;
                let known = known(handle.collection());
                let (mut handle, is_certain) = match known {
                    Some((_, ledger)) => handle.merge(ledger)?,
                    None => (*handle, false),
                };
                handle.forgive();
                let begun = Begun { place: known.map(|(place, _)| place), at: handle.begun() };
                Ok(Opened { device, handle, is_certain, is_earlier, begun })
            }
        }
    }
}

/// A collection's initial state.
pub(super) struct Opened {
    pub(super) device: Device,
    pub(super) handle: Handle,
    /// Whether only this program can have written it: it is new or the ledger's.
    pub(super) is_certain: bool,
    /// Whether it was found by its key.
    pub(super) is_earlier: bool,
    pub(super) begun: Begun,
}

/// When a collection began, to tell which of two was first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    /// Its index in the ledger; a collection that begins now comes after all of them. `None` if
    /// only a handle tells of it.
    place: Option<usize>,
    /// By a local clock, which may have jumped since, or be another host's.
    at: OffsetDateTime,
}

impl Begun {
    /// Whether it was begun by a later call than the other.
    pub(super) fn is_after(self, other: Self) -> bool {
        match (self.place, other.place) {
            // All collections of one call began at the same moment.
            (Some(place), Some(others)) => place > others && self.at != other.at,
            _ => self.at > other.at,
        }
    }
}

/// The ledger name of a collection that begins with this device.
fn name(options: &Options, index: usize, device: &Device) -> String {
    match options.key.as_deref() {
        Some(key) => keyed_name(options, device, key),
        None => new_name(options, index),
    }
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
