//! A device as the service sees it.

use std::net::{IpAddr, Ipv4Addr};

use time::OffsetDateTime;

use crate::Error;
use crate::config::{Device, Life, check_age};
use crate::random::Random;
use crate::text::seconds;

/// A device as the service sees it.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) ip: IpAddr,
    pub(crate) external_ip: IpAddr,
    pub(crate) mac: String,
    pub(crate) os: String,
    pub(crate) version: Option<String>,
    pub(crate) os_build: Option<i64>,
    pub(crate) health: &'static str,
    pub(crate) onboarding: &'static str,
    pub(crate) tags: Vec<String>,
    pub(crate) merged_into: Option<String>,
    pub(crate) first_seen: OffsetDateTime,
    pub(crate) last_seen: OffsetDateTime,
    pub(crate) aad_device_id: String,
    pub(crate) agent_version: String,
    pub(crate) exposure: &'static str,
    pub(crate) life: Life,
}

impl Machine {
    /// Fails with [`Error::Invalid`] for a name or an id that cannot be used in a URL, for unknown
    /// enum members, and for a life beyond the limits.
    pub(crate) fn new(device: &Device, seed: u64, now: OffsetDateTime) -> Result<Self, Error> {
        plain("name", &device.name)?;
        if let Some(id) = &device.id {
            plain("id", id)?;
        }
        device.life.check()?;
        device.last_seen_age.map_or(Ok(()), check_age)?;
        let name = device.name.to_ascii_lowercase();
        let mut random = Random::named(seed, &name);
        let id = random.hex(40);
        let ip = lan_address(&mut random);
        let last_seen =
            device.last_seen_age.unwrap_or_else(|| random.unit() * HOURS_BETWEEN_REPORTS * 3_600.0);
        let [version, build] = usual_release(&device.os);
        Ok(Self {
            id: device.id.clone().unwrap_or(id),
            ip: device.ip.unwrap_or(ip),
            external_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, octet(&mut random))),
            mac: random.hex(12).to_ascii_uppercase(),
            os: device.os.clone(),
            version: device.version.clone().or_else(|| version.map(str::to_owned)),
            os_build: device.os_build.or_else(|| build.and_then(|build| build.parse().ok())),
            health: member("health", &device.health, HEALTH)?,
            onboarding: member("onboarding", &device.onboarding, ONBOARDING)?,
            tags: device.tags.clone(),
            merged_into: device.merged_into.clone(),
            first_seen: now.saturating_sub(seconds(120.0 * 86_400.0 * (0.2 + random.unit()))),
            last_seen: now.saturating_sub(seconds(last_seen)),
            aad_device_id: random.guid(),
            agent_version: "10.8760.27950.1006".to_owned(),
            exposure: random.choose(EXPOSURE).unwrap_or("Low"),
            life: device.life.clone(),
            name,
        })
    }

    /// Until when it was seen under its address: an active device reports continuously.
    pub(crate) fn seen_until(&self, now: OffsetDateTime) -> OffsetDateTime {
        if self.health == "Active" { now } else { self.last_seen }
    }

    pub(crate) fn first_label(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }
}

/// Checks that a name or id can be used in a URL and a filter.
fn plain(what: &str, text: &str) -> Result<(), Error> {
    let fits = (1..=255).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if fits {
        return Ok(());
    }
    let message = "is not 1 to 255 letters, digits, `-`, `_` and `.`; change the device";
    Err(Error::Invalid(format!("the device {what} `{text}` {message}")))
}

/// The enum member with this name, ignoring case.
fn member(what: &str, text: &str, members: &'static [&'static str]) -> Result<&'static str, Error> {
    let found = members.iter().find(|member| member.eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| {
        Error::Invalid(format!("the {what} `{text}` is none of {}", members.join(", ")))
    })
}

fn usual_release(os: &str) -> [Option<&'static str>; 2] {
    match os {
        "Windows10" => [Some("22H2"), Some("19045")],
        "Windows11" => [Some("23H2"), Some("22631")],
        "WindowsServer2019" => [Some("1809"), Some("17763")],
        "WindowsServer2022" => [Some("21H2"), Some("20348")],
        _ => [None, None],
    }
}

fn lan_address(random: &mut Random) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, octet(random), octet(random), octet(random)))
}

fn octet(random: &mut Random) -> u8 {
    u8::try_from(1 + random.below(254)).unwrap_or(1)
}

const HOURS_BETWEEN_REPORTS: f64 = 20.0;
pub(crate) const EXPOSURE: &[&str] = &["None", "Low", "Medium", "High"];
pub(crate) const HEALTH: &[&str] = &[
    "Active",
    "Inactive",
    "ImpairedCommunication",
    "NoSensorData",
    "NoSensorDataImpairedCommunication",
    "Unknown",
];
pub(crate) const ONBOARDING: &[&str] =
    &["InsufficientInfo", "Onboarded", "CanBeOnboarded", "Unsupported"];
