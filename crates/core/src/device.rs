use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::{Code, Error};
use crate::json::read_text;
use crate::machine_id::MachineId;

pub use self::name::DeviceName;

mod name;

/// A device as a caller names it: by id, by name, or by an internal IP address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Device {
    /// The service's id.
    Id(MachineId),
    /// An internal IP address.
    Ip(IpAddr),
    /// A DNS name: fully qualified, or its first label.
    Name(DeviceName),
}

impl Device {
    /// Parses a device: 32 or 40 hex digits are an id, an IP address is an address, and anything
    /// else must be a DNS name. A prefix `id:`, `ip:` or `name:` selects the kind.
    ///
    /// Fails with [`Code::InvalidDevice`] if it is none of these.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some((kind, rest)) = text.split_once(':') {
            match kind {
                "id" => return MachineId::parse(rest).map(Self::Id),
                "ip" => return rest.parse().map(Self::Ip).map_err(|_| invalid(rest, "IP address")),
                "name" => return DeviceName::parse(rest).map(Self::Name),
                _ => {}
            }
        }
        if matches!(text.len(), 32 | 40) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return MachineId::parse(text).map(Self::Id);
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        DeviceName::parse(text).map(Self::Name)
    }
}

impl fmt::Display for Device {
    /// Prints text that [`Device::parse`] reads back as the same device.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = match self {
            Self::Id(id) => id.as_str().to_owned(),
            Self::Ip(address) => address.to_string(),
            Self::Name(name) => name.as_str().to_owned(),
        };
        if Self::parse(&plain).is_ok_and(|device| device == *self) {
            return f.write_str(&plain);
        }
        let kind = match self {
            Self::Id(_) => "id",
            Self::Ip(_) => "ip",
            Self::Name(_) => "name",
        };
        write!(f, "{kind}:{plain}")
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Serialize for Device {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

read_text!(Device);

fn invalid(text: &str, what: &str) -> Error {
    let shown: String = text.chars().take(64).collect();
    Error::new(Code::InvalidDevice, format!("`{shown}` is no {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_name_a_device_is_told_apart() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(Device::parse(id).unwrap(), Device::Id(MachineId::parse(id).unwrap()));
        assert!(matches!(Device::parse("fb9ab6be3965095a09c057be7c90f0a2"), Ok(Device::Id(_))));
        assert!(matches!(Device::parse("10.0.0.7"), Ok(Device::Ip(_))));
        assert!(matches!(Device::parse("fe80::1"), Ok(Device::Ip(_))));
        assert!(matches!(Device::parse("WS-042.contoso.com"), Ok(Device::Name(_))));
        assert!(matches!(Device::parse("id:ws-042"), Ok(Device::Id(_))));
        assert!(matches!(Device::parse("name:10.0.0.7"), Ok(Device::Name(_))));
        assert!(matches!(Device::parse(&format!("name:{id}")), Ok(Device::Name(_))));
    }

    #[test]
    fn a_printed_device_reads_back() {
        for text in ["ws-042", "id:ws-042", "10.0.0.7", "name:10.0.0.7", "fe80::1", "ip:::1"] {
            let device = Device::parse(text).unwrap();
            assert_eq!(Device::parse(&device.to_string()).unwrap(), device, "{text}");
        }
    }

    #[test]
    fn what_is_no_device_is_refused() {
        let long = "a".repeat(10_000);
        for text in [
            "", " ", "../x", "a b", "'; drop", &long, "ip:ws", "id:", "id:a/b", "name:", "a..b",
            "a%2fb",
        ] {
            assert_eq!(Device::parse(text).unwrap_err().code(), Code::InvalidDevice, "{text}");
        }
    }
}
