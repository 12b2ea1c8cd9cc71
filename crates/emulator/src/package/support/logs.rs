//! The files inside `MPSupportFiles.cab`; times are UTC.

use std::fmt::Write as _;

use time::{Duration, OffsetDateTime};

use crate::package::host::{Host, seconds};
use crate::package::text::{crlf, utf16};

/// Names and bytes.
pub(super) fn files(host: &Host, at: OffsetDateTime) -> Vec<(String, Vec<u8>)> {
    let stamp = compact(at - Duration::days(2));
    let is_marked = host.lasting("support").chance(50);
    let wide = |text: String| {
        let mark = if is_marked { "\u{feff}" } else { "" };
        utf16(&(mark.to_owned() + &text).replace('\n', "\r\n"))
    };
    vec![
        (format!("MPLog-{stamp}.log"), wide(activity(host, at))),
        (format!("MPDetection-{stamp}.log"), wide(detections(host, at))),
        (
            "MPRegistry.txt".to_owned(),
            crlf(
                "Current configuration options for location \"preferences\":\n\nDisableRealtimeMonitoring : 0\n",
            ),
        ),
        (
            "WdAtpInfo.txt".to_owned(),
            crlf(&format!("MachineId : {}\nOnboardingState : 1\n", host.machine_id)),
        ),
        (
            "MPSupportEffectiveConfig.json".to_owned(),
            crlf("{\n  \"CloudBlockLevel\": 2,\n  \"PUAProtection\": 1\n}\n"),
        ),
        ("SystemInfo.txt".to_owned(), crlf(&format!("Host Name: {}\n", host.name))),
    ]
}

fn activity(host: &Host, at: OffsetDateTime) -> String {
    let mut rng = host.passing("mplog");
    let mut out = "************************************************************\nProduct Version: 4.18.25070.5\nService Version: 4.18.25070.5\nEngine Version: 1.1.25070.4\n".to_owned();
    let mut when = at - Duration::days(2);
    let user = &host.person().name;
    for _ in 0..rng.range(200, 900) {
        when += seconds(rng.range(1, 180));
        let stamp = precise(when, rng.below(1_000));
        let _ = match rng.below(4) {
            0 => writeln!(
                out,
                "{stamp} ProcessImageName: OneDrive.exe, Pid: {}, TotalTime: {}, Count: {}, MaxTime: {}, MaxTimeFile: \\Device\\HarddiskVolume3\\Users\\{user}\\Documents\\plan.docx, EstimatedImpact: {}%",
                rng.range(1_000, 12_000),
                rng.below(900),
                rng.below(90),
                rng.below(400),
                rng.below(30)
            ),
            1 => writeln!(
                out,
                "{stamp} [Mini-filter] Unsuccessful scan status(#{}): \\Device\\HarddiskVolume3\\Windows\\Temp\\{}.tmp. Process: (unknown), Status: 0xc0000043",
                rng.below(99),
                rng.hex(8)
            ),
            2 => writeln!(
                out,
                "{stamp} Task(SignaturesUpdateService -ScheduleJob -UnmanagedUpdate) launched"
            ),
            _ => writeln!(
                out,
                "{stamp} SDN:Issuing SDN query for C:\\Users\\{user}\\Downloads\\setup-{}.exe",
                rng.hex(6)
            ),
        };
    }
    out
}

fn detections(host: &Host, at: OffsetDateTime) -> String {
    let mut rng = host.passing("mpdetection");
    let mut out = format!(
        "{} Version: Product 4.18.25070.5, Service 4.18.25070.5, Engine 1.1.25070.4\n",
        precise(at - Duration::days(2), 0)
    );
    for _ in 0..rng.below(4) {
        let when = precise(at - seconds(rng.below(170_000)), rng.below(1_000));
        let _ = writeln!(
            out,
            "{when} DETECTION Virus:DOS/EICAR_Test_File file:C:\\Users\\{}\\Downloads\\eicar-{}.com",
            host.person().name,
            rng.hex(4)
        );
    }
    out
}

fn precise(at: OffsetDateTime, thousandths: u64) -> String {
    let (hour, minute, second) = at.time().as_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}.{thousandths:03}", at.date())
}

fn compact(at: OffsetDateTime) -> String {
    let (hour, minute, second) = at.time().as_hms();
    format!("{}-{hour:02}{minute:02}{second:02}", at.date().to_string().replace('-', ""))
}
