//! The invented device: who uses it, where it stands, when it was started.

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::bytes::filetime;
use super::region::Region;
use super::rng::Rng;
use super::spec::PackageSpec;
use super::zone::{ZONES, Zone};

/// What every artifact must agree on.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// The name that Windows tools print: upper case, 15 characters at most.
    pub(super) name: String,
    /// DNS suffix, if the device name has one.
    pub(super) domain: Option<String>,
    pub(super) machine_id: String,
    /// The collection's GUID, which is in every path that the agent wrote to.
    pub(super) collection: String,
    pub(super) zone: Zone,
    pub(super) region: Region,
    /// The first command's instant, whole seconds.
    pub(super) started: OffsetDateTime,
    pub(super) boot: OffsetDateTime,
    pub(super) users: Vec<User>,
    pub(super) nic: Nic,
    /// Suffix of the per-user services of this sign-in.
    pub(super) session_suffix: String,
    /// Text that is legal and unkind: terminal escapes, formulas, bidi controls.
    pub(super) is_unkind: bool,
    identity: Rng,
    moment: Rng,
}

/// A local account with a profile key.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) sid: String,
    /// Signed in: the registry hive is loaded.
    pub(super) is_signed_in: bool,
    /// Has a profile folder.
    pub(super) has_profile: bool,
}

/// The network adapter.
#[derive(Clone, Debug)]
pub(super) struct Nic {
    pub(super) mac: [u8; 6],
    /// The first three numbers of the network and the device's own.
    pub(super) network: (u64, u64, u64),
    pub(super) own: u64,
    pub(super) link_local: String,
    pub(super) index: u64,
}

impl Nic {
    /// An address of the device's network.
    pub(super) fn address(&self, last: u64) -> String {
        let (a, b, c) = self.network;
        format!("{a}.{b}.{c}.{last}")
    }

    /// The device's own address.
    pub(super) fn ip(&self) -> String {
        self.address(self.own)
    }

    /// Hardware address with this separator.
    pub(super) fn mac_text(&self) -> String {
        self.mac.map(|byte| format!("{byte:02X}")).join("-")
    }
}

impl Host {
    /// The device of this spec.
    pub(super) fn invent(spec: &PackageSpec) -> Self {
        let (identity, moment) = (spec.identity(), spec.moment());
        let (first, rest) = spec.device_name.split_once('.').unwrap_or((&spec.device_name, ""));
        let mut rng = identity.fork("host");
        let mut now = moment.fork("host");
        let started = spec.collected.to_offset(time::UtcOffset::UTC).truncate_to_second();
        let mut host = Self {
            name: first.to_uppercase().chars().take(15).collect(),
            domain: Some(rest.to_owned()).filter(|rest| !rest.is_empty()),
            machine_id: spec.machine_id.clone(),
            collection: now.guid(),
            zone: *rng.of(&ZONES),
            region: *rng.of(&Region::ALL),
            started,
            boot: boot(&identity, started),
            users: users(&mut rng),
            nic: nic(&mut rng),
            session_suffix: String::new(),
            is_unkind: rng.chance(40),
            identity,
            moment,
        };
        host.session_suffix = host.booted("session").hex(5);
        host
    }

    /// Chance that stays the same between two collections from this device.
    pub(super) fn lasting(&self, purpose: &str) -> Rng {
        self.identity.fork(purpose)
    }

    /// Chance that stays the same until the device is started again.
    pub(super) fn booted(&self, purpose: &str) -> Rng {
        self.identity.fork(&self.boot.unix_timestamp().to_string()).fork(purpose)
    }

    /// Chance of this collection.
    pub(super) fn passing(&self, purpose: &str) -> Rng {
        self.moment.fork(purpose)
    }

    /// An instant on the host's clock; one offset holds for the whole package.
    pub(super) fn local(&self, instant: OffsetDateTime) -> OffsetDateTime {
        instant.to_offset(self.zone.offset_at(self.started))
    }

    /// First day of the windowed artifacts: seven days before the collection.
    pub(super) fn window_start(&self) -> time::Date {
        (self.started - Duration::days(7)).date()
    }

    /// The folder that the agent collects into.
    pub(super) fn folder(&self) -> String {
        format!(
            r"C:\ProgramData\Microsoft\Windows Defender Advanced Threat Protection\Temp\CollectedData\{}",
            self.collection
        )
    }

    /// The system volume's serial number, which `dir` and prefetch both tell.
    pub(super) fn volume_serial(&self) -> u32 {
        u32::try_from(self.lasting("volume").next() >> 32).unwrap_or(0)
    }

    /// When Windows was installed; the same for every collection from this device.
    pub(super) fn installed(&self) -> OffsetDateTime {
        let age = self.lasting("installed").below(60_000_000);
        let day = datetime!(2022-03-01 08:00 UTC) + seconds(age);
        day.min(self.started - Duration::days(30))
    }

    /// How long ago Windows was installed, in steps of ten seconds: what counters grow with from one
    /// collection to the next.
    pub(super) fn tens_of_seconds(&self) -> u64 {
        u64::try_from((self.started - self.installed()).whole_seconds() / 10).unwrap_or(1)
    }

    /// When the system volume was made, as a FILETIME.
    pub(super) fn volume_created(&self) -> u64 {
        filetime(self.installed() - Duration::minutes(7)) + 1_234_567
    }

    /// The person who sits at the device.
    #[expect(clippy::indexing_slicing, reason = "`users` always invents four accounts")]
    pub(super) fn person(&self) -> &User {
        &self.users[0]
    }

    /// When the person signed in.
    pub(super) fn sign_in(&self) -> OffsetDateTime {
        let mut rng = self.booted("sign in");
        self.boot + seconds(rng.range(120, 1_800))
    }
}

/// When the device was started last: it is started again every few days, and an hour and a half before a collection at
/// the latest.
fn boot(identity: &Rng, started: OffsetDateTime) -> OffsetDateTime {
    let mut rng = identity.fork("uptime");
    let period = rng.range(200_000, 500_000);
    let latest = started - seconds(5_400);
    let since_epoch = u64::try_from(latest.unix_timestamp()).unwrap_or_default();
    latest - seconds(since_epoch.saturating_add(rng.below(period)) % period)
}

/// A duration of so many seconds.
pub(super) fn seconds(count: u64) -> Duration {
    Duration::seconds(i64::try_from(count).unwrap_or(i64::MAX))
}

fn users(rng: &mut Rng) -> Vec<User> {
    let authority = format!(
        "S-1-5-21-{}-{}-{}",
        rng.range(300_000_000, 4_000_000_000),
        rng.range(300_000_000, 4_000_000_000),
        rng.range(300_000_000, 4_000_000_000)
    );
    let person = rng.of(&NAMES);
    let other = rng.of(&SECOND_NAMES);
    let user = |name: &str, rid: u16, is_signed_in, has_profile| User {
        name: name.to_owned(),
        sid: format!("{authority}-{rid}"),
        is_signed_in,
        has_profile,
    };
    vec![
        user(person, 1001, true, true),
        user("Administrator", 500, false, true),
        user(other, 1002, false, true),
        user("WDAGUtilityAccount", 504, false, false),
    ]
}

fn nic(rng: &mut Rng) -> Nic {
    let [_, _, mac @ ..] = rng.next().to_be_bytes();
    let groups = [(); 4].map(|()| format!("{:x}", rng.range(1, 0x1_0000)));
    Nic {
        mac: std::array::from_fn(
            |at| if at == 0 { 0x02 } else { mac.get(at).copied().unwrap_or(0) },
        ),
        network: (10, rng.below(256), rng.below(256)),
        own: rng.range(20, 120),
        link_local: format!("fe80::{}", groups.join(":")),
        index: rng.range(3, 20),
    }
}

const NAMES: [&str; 8] =
    ["amara", "Bo Larsen", "chidi", "d.okafor", "elif", "Fiona", "g.marchetti", "haruto"];
const SECOND_NAMES: [&str; 4] = ["svc-imaging", "LocalAdmin", "kiosk", "deploy"];
