//! Warns of reasons why a collection may fail. They are advisory: the service decides.

use time::{Duration, OffsetDateTime};

use crate::wire::{Machine, MachineHealthStatus, OnboardingStatus};

/// The reasons against collecting from the device at this service time, one sentence each.
pub(super) fn advice(machine: &Machine, now: OffsetDateTime) -> Vec<String> {
    [
        not_onboarded(machine),
        not_healthy(machine),
        not_seen(machine, now),
        not_documented(machine),
        too_old(machine),
        excluded(machine),
        restricted(machine),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn not_onboarded(machine: &Machine) -> Option<String> {
    let status = machine.onboarding_status.as_ref()?;
    (*status != OnboardingStatus::Onboarded)
        .then(|| format!("the device is not onboarded (`{}`)", shown(status.as_str())))
}

fn not_healthy(machine: &Machine) -> Option<String> {
    let health = machine.health_status.as_ref()?;
    (*health != MachineHealthStatus::Active).then(|| {
        let health = shown(health.as_str());
        format!("the device's health is `{health}`; an offline device stays pending")
    })
}

fn not_seen(machine: &Machine, now: OffsetDateTime) -> Option<String> {
    let last_seen = machine.last_seen?;
    (last_seen < now.saturating_sub(Duration::days(7)))
        .then(|| format!("the device's last full report is of {}", last_seen.date()))
}

/// Collection is documented for some systems, in preview for others, and was seen to work on more.
fn not_documented(machine: &Machine) -> Option<String> {
    let platform = machine.os_platform.as_deref()?;
    let is = |prefix: &str| begins(platform, prefix);
    let is_documented =
        is("Windows10") || is("Windows11") || is("WindowsServer") && !is("WindowsServer2008");
    (!is_documented).then(|| {
        format!(
            "the device runs `{}`; packages are documented for Windows 10 1703 and later, Windows 11, and Windows \
             Server 2012 R2 and later, so the service may refuse",
            shown(platform)
        )
    })
}

fn too_old(machine: &Machine) -> Option<String> {
    machine.os_platform.as_deref().filter(|platform| begins(platform, "Windows10"))?;
    let of_version = || machine.version.as_deref()?.parse::<i64>().ok().map(|it| it < 1703);
    let is_old = machine.os_build.map(|build| build < BUILD_OF_1703).or_else(of_version)?;
    is_old.then(|| {
        let version = machine.version.as_deref().map(shown);
        let build = machine.os_build.map(|build| format!("build {build}"));
        format!(
            "the device runs Windows 10 `{}`, which is before 1703, the first from which packages can be collected",
            version.or(build).unwrap_or_default()
        )
    })
}

fn excluded(machine: &Machine) -> Option<String> {
    (machine.is_excluded == Some(true)).then(|| {
        let reason = machine.exclusion_reason.as_ref();
        let reason = reason.map(|reason| format!(" (`{}`)", shown(reason.as_str())));
        format!("the device is marked as excluded{}", reason.unwrap_or_default())
    })
}

fn restricted(machine: &Machine) -> Option<String> {
    let is_restricted = |tag: &String| tag.eq_ignore_ascii_case("restricted security operations");
    machine.machine_tags.iter().any(is_restricted).then(|| {
        "the device is tagged as restricted: its owner may have disallowed collection".to_owned()
    })
}

fn begins(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn shown(text: &str) -> String {
    text.escape_debug().to_string()
}

const BUILD_OF_1703: i64 = 15_063;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;

    fn advised(change: &Value) -> Vec<String> {
        let mut machine = json!({
            "id": "0123456789abcdef0123456789abcdef01234567",
            "lastSeen": "2026-01-04T10:00:00Z",
            "onboardingStatus": "Onboarded",
            "healthStatus": "Active",
            "osPlatform": "Windows10",
            "version": "21H2",
            "osBuild": 19044,
            "isExcluded": false,
            "machineTags": ["finance"],
        });
        machine.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        advice(&serde_json::from_value(machine).unwrap(), datetime!(2026-01-05 10:00 UTC))
    }

    #[test]
    fn nothing_is_said_of_what_is_documented() {
        for change in [
            json!({}),
            json!({"osPlatform": "Windows11", "version": "24H2", "osBuild": 26100}),
            json!({"osPlatform": "Windows10WVD"}),
            json!({"osPlatform": "windows10", "version": "1703", "osBuild": 15063}),
            json!({"osPlatform": "WindowsServer2012R2", "version": null, "osBuild": 9600}),
            json!({"osPlatform": "WindowsServer2016", "version": "1607", "osBuild": 14393}),
            json!({"osPlatform": "Windows10", "version": null, "osBuild": null}),
            json!({"osPlatform": null}),
        ] {
            assert_eq!(advised(&change), Vec::<String>::new(), "{change}");
        }
    }

    #[test]
    fn what_speaks_against_it_is_said_once() {
        for (change, wanted) in [
            (json!({"onboardingStatus": "CanBeOnboarded"}), "not onboarded (`CanBeOnboarded`)"),
            (json!({"healthStatus": "Inactive"}), "health is `Inactive`"),
            (json!({"lastSeen": "2025-12-28T10:00:00Z"}), "last full report is of 2025-12-28"),
            (json!({"osPlatform": "Linux"}), "runs `Linux`"),
            (json!({"osPlatform": "macOS"}), "runs `macOS`"),
            (json!({"osPlatform": "iOS"}), "runs `iOS`"),
            (json!({"osPlatform": "Windows8.1"}), "runs `Windows8.1`"),
            (json!({"osPlatform": "WindowsServer2008R2"}), "runs `WindowsServer2008R2`"),
            (json!({"osPlatform": "a\u{1b}[2J"}), "runs `a\\u{1b}[2J`"),
            (
                json!({"version": "1607", "osBuild": 14393}),
                "Windows 10 `1607`, which is before 1703",
            ),
            (json!({"version": "1607", "osBuild": null}), "Windows 10 `1607`"),
            (json!({"version": null, "osBuild": 14393}), "Windows 10 `build 14393`"),
            (json!({"isExcluded": true}), "is marked as excluded"),
            (
                json!({"isExcluded": true, "exclusionReason": "InactiveDevice"}),
                "is marked as excluded (`InactiveDevice`)",
            ),
            (json!({"machineTags": ["Restricted security operations"]}), "tagged as restricted"),
        ] {
            let advised = advised(&change);
            assert!(advised.len() == 1 && advised[0].contains(wanted), "{change}: {advised:?}");
        }
    }
}
