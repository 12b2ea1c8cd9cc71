//! Security events: those of interest, and the noise that the agent itself makes.

use time::{Duration, OffsetDateTime};

use super::{Event, Log, Value};
use crate::package::bytes::filetime;
use crate::package::host::{Host, User, seconds};
use crate::package::processes::Process;

/// What an analyst looks for, in the last hours before the collection, numbered from `first`.
pub(super) fn of_interest(host: &Host, processes: &[Process], first: u64) -> Vec<Event> {
    let mut rng = host.passing("events");
    let since = host.started - Duration::hours(6);
    let person = host.person();
    let mut drafts = Vec::new();
    let guesser = format!("203.0.113.{}", rng.range(2, 250));
    let mut at = since;
    for _ in 0..rng.range(5, 40) {
        at += seconds(rng.range(1, 90));
        drafts.push(Draft::new(at, 4625, failure(host, &guesser)));
    }
    let entered = since + Duration::hours(2);
    drafts.push(Draft::new(entered, 4624, logon(host, person, 10, &guesser)));
    drafts.push(Draft::new(entered, 4672, privileges(host, person)));
    for hour in 1..6 {
        let at = since + Duration::hours(hour) + seconds(rng.below(1_800));
        drafts.push(Draft::new(at, 4624, logon(host, person, 3, &host.nic.address(2))));
        drafts.push(Draft::new(at + seconds(rng.below(900)), 4634, logoff(host, person)));
    }
    drafts.push(Draft::new(entered + seconds(40), 4648, explicit(host, person)));
    drafts.push(Draft::new(entered + seconds(300), 4697, service(host, person)));
    drafts.push(Draft::new(entered + seconds(420), 4698, task(host, person)));
    drafts.push(Draft::new(entered + seconds(510), 4732, member(host, person)));
    for process in processes.iter().filter(|process| process.created > since) {
        drafts.push(Draft::new(process.created, 4688, start(host, process, processes)));
    }
    for _ in 0..60 {
        let at = host.started - seconds(rng.below(400));
        drafts.push(Draft::new(at, 4663, access(host, "SenseIR.exe", &rng.hex(8))));
    }
    drafts.sort_by_key(|draft| (draft.at, draft.id));
    let event = |(record, draft): (u64, Draft)| {
        event(host, draft.id, record, filetime(draft.at), draft.data)
    };
    (first..).zip(drafts).map(event).collect()
}

/// An event that has no record ID yet.
struct Draft {
    at: OffsetDateTime,
    id: u16,
    data: Vec<(&'static str, Value)>,
}

impl Draft {
    fn new(at: OffsetDateTime, id: u16, data: Vec<(&'static str, Value)>) -> Self {
        Self { at, id, data }
    }
}

/// One of the floods that the agent leaves in the log; all have the same length.
pub(super) fn noise(host: &Host, record: u64, time: u64) -> Event {
    event(host, NOISE, record, time, access(host, "MsSense.exe", "d1a5c0de"))
}

fn event(host: &Host, id: u16, record: u64, time: u64, data: Vec<(&'static str, Value)>) -> Event {
    let (task, keywords) = match id {
        4624 | 4648 => (12_544, SUCCESS),
        4625 => (12_544, FAILURE),
        4634 => (12_545, SUCCESS),
        4663 => (12_800, SUCCESS),
        4672 => (12_548, SUCCESS),
        4697 => (12_289, SUCCESS),
        4698 => (12_804, SUCCESS),
        4732 => (13_826, SUCCESS),
        _ => (13_312, SUCCESS),
    };
    Event {
        log: &SECURITY,
        id,
        level: 0,
        task,
        keywords,
        record,
        time,
        computer: computer(host),
        data,
    }
}

fn computer(host: &Host) -> String {
    let domain = host.domain.as_ref().map_or(String::new(), |domain| format!(".{domain}"));
    format!("{}{domain}", host.name)
}

/// What Defender notes of itself: new signatures now and then, and a detection that was dealt with.
pub(super) fn of_defender(host: &Host, at: OffsetDateTime) -> Vec<Event> {
    let mut rng = host.passing("defender events");
    let count = rng.range(3, 9);
    let mut when = at - Duration::days(2);
    let mut events = Vec::new();
    let first = host.tens_of_seconds();
    for number in 1..=count {
        when += seconds(rng.range(600, 14_000));
        let (id, level, data) = match number {
            2 => (1116, 3, detection(host)),
            3 => (1117, 4, detection(host)),
            _ => (2000, 4, signatures()),
        };
        events.push(Event {
            log: &DEFENDER,
            id,
            level,
            task: 0,
            keywords: 0x8000_0000_0000_0000,
            record: first + number,
            time: filetime(when),
            computer: computer(host),
            data,
        });
    }
    events
}

fn detection(host: &Host) -> Vec<(&'static str, Value)> {
    let person = &host.person().name;
    vec![
        ("Product Name", text("Microsoft Defender Antivirus")),
        ("Product Version", text("4.18.25070.5")),
        ("Threat Name", text("Virus:DOS/EICAR_Test_File")),
        ("Severity Name", text("Severe")),
        ("Path", text(&format!(r"file:_C:\Users\{person}\Downloads\eicar.com"))),
        ("Process Name", text(r"C:\Windows\explorer.exe")),
        ("Detection User", text(&format!(r"{}\{person}", host.name))),
    ]
}

fn signatures() -> Vec<(&'static str, Value)> {
    vec![
        ("Product Name", text("Microsoft Defender Antivirus")),
        ("Current security intelligence Version", text("1.433.120.0")),
        ("Previous security intelligence Version", text("1.433.98.0")),
    ]
}

static SECURITY: Log = Log {
    provider: "Microsoft-Windows-Security-Auditing",
    // {54849625-5478-4994-A5BA-3E3B0328C30D}
    guid: [
        0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28, 0xc3,
        0x0d,
    ],
    channel: "Security",
    activity: Some("{0D6F6A3C-1C7E-0001-5A6B-6F0D7E1CDC01}"),
    user: None,
};

static DEFENDER: Log = Log {
    provider: "Microsoft-Windows-Windows Defender",
    // {11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}
    guid: [
        0x8a, 0x95, 0xcd, 0x11, 0x07, 0xc5, 0xf3, 0x4e, 0xb3, 0xf2, 0x5f, 0xd9, 0xdf, 0xbd, 0x2c,
        0x78,
    ],
    channel: "Microsoft-Windows-Windows Defender/Operational",
    activity: None,
    user: Some("S-1-5-18"),
};

/// The ID of what the agent floods the log with.
pub(super) const NOISE: u16 = 4663;

fn logon(host: &Host, user: &User, kind: u32, from: &str) -> Vec<(&'static str, Value)> {
    let mut data = subject(host, "S-1-5-18", &format!("{}$", host.name), 0x3e7);
    data.extend(target(host, user));
    data.extend([
        ("LogonType", Value::Number(kind)),
        ("LogonProcessName", text("User32 ")),
        ("AuthenticationPackageName", text("Negotiate")),
        ("WorkstationName", text(&host.name)),
        ("ProcessId", Value::Hex64(0x4d4)),
        ("ProcessName", text(r"C:\Windows\System32\svchost.exe")),
        ("IpAddress", text(from)),
        ("IpPort", text("0")),
    ]);
    data
}

fn failure(host: &Host, from: &str) -> Vec<(&'static str, Value)> {
    let mut data = subject(host, "S-1-0-0", "-", 0);
    data.extend([
        ("TargetUserSid", Value::Sid("S-1-0-0".to_owned())),
        ("TargetUserName", text("administrator")),
        ("TargetDomainName", text("")),
        ("Status", Value::Hex64(0xc000_006d)),
        ("FailureReason", text("%%2313")),
        ("SubStatus", Value::Hex64(0xc000_006a)),
        ("LogonType", Value::Number(3)),
        ("IpAddress", text(from)),
        ("IpPort", text("0")),
    ]);
    data
}

fn logoff(host: &Host, user: &User) -> Vec<(&'static str, Value)> {
    let mut data = target(host, user).to_vec();
    data.push(("LogonType", Value::Number(3)));
    data
}

fn privileges(host: &Host, user: &User) -> Vec<(&'static str, Value)> {
    let mut data = subject(host, &user.sid, &user.name, SESSION);
    data.push(("PrivilegeList", text("SeSecurityPrivilege\r\n\t\t\tSeDebugPrivilege")));
    data
}

/// Credentials of another account, used on purpose.
fn explicit(host: &Host, user: &User) -> Vec<(&'static str, Value)> {
    let server = format!("dc-{}", host.nic.own);
    let mut data = subject(host, &user.sid, &user.name, SESSION);
    data.extend([
        ("LogonGuid", Value::Guid([7; 16])),
        ("TargetUserName", text("administrator")),
        ("TargetDomainName", text(&host.name)),
        ("TargetLogonGuid", Value::Guid([0; 16])),
        ("TargetServerName", text(&server)),
        ("TargetInfo", text(&server)),
        ("ProcessId", Value::Hex64(0x2f4)),
        ("ProcessName", text(r"C:\Windows\System32\runas.exe")),
        ("IpAddress", text("-")),
        ("IpPort", text("-")),
    ]);
    data
}

/// A service that is installed.
fn service(host: &Host, user: &User) -> Vec<(&'static str, Value)> {
    let mut data = subject(host, &user.sid, &user.name, SESSION);
    data.extend([
        ("ServiceName", text("UpdaterSvc")),
        ("ServiceFileName", text(r"C:\ProgramData\updater.exe -k run")),
        ("ServiceType", Value::Hex64(0x10)),
        ("ServiceStartType", Value::Number(2)),
        ("ServiceAccount", text("LocalSystem")),
    ]);
    data
}

/// A task that is scheduled.
fn task(host: &Host, user: &User) -> Vec<(&'static str, Value)> {
    let mut data = subject(host, &user.sid, &user.name, SESSION);
    data.extend([
        ("TaskName", text(r"\Updater")),
        (
            "TaskContent",
            text(
                "<Task><Actions><Exec><Command>C:\\ProgramData\\updater.exe</Command></Exec></Actions></Task>",
            ),
        ),
    ]);
    data
}

/// An account that becomes a member of a group.
fn member(host: &Host, user: &User) -> Vec<(&'static str, Value)> {
    let mut data = vec![
        ("MemberName", text(&format!("CN={},CN=Users", user.name))),
        ("MemberSid", Value::Sid(user.sid.clone())),
        ("TargetUserName", text("Administrators")),
        ("TargetDomainName", text("Builtin")),
        ("TargetSid", Value::Sid("S-1-5-32-544".to_owned())),
    ];
    data.extend(subject(host, &user.sid, &user.name, SESSION));
    data.push(("PrivilegeList", text("-")));
    data
}

fn start(host: &Host, process: &Process, all: &[Process]) -> Vec<(&'static str, Value)> {
    let parent = all.iter().find(|other| other.pid == process.parent);
    let path = |process: &Process| {
        let guess = || format!(r"C:\Windows\System32\{}", process.name);
        text(&process.path.clone().unwrap_or_else(guess))
    };
    let mut data = subject(host, "S-1-5-18", &format!("{}$", host.name), 0x3e7);
    data.extend([
        ("NewProcessId", Value::Hex64(process.pid)),
        ("NewProcessName", path(process)),
        ("TokenElevationType", text("%%1936")),
        ("ProcessId", Value::Hex64(process.parent)),
        ("CommandLine", text(process.command_line.as_deref().unwrap_or_default())),
        ("ParentProcessName", parent.map_or_else(|| text(""), path)),
        ("MandatoryLabel", Value::Sid("S-1-16-8192".to_owned())),
    ]);
    data
}

fn access(host: &Host, image: &str, name: &str) -> Vec<(&'static str, Value)> {
    let mut data = subject(host, "S-1-5-18", &format!("{}$", host.name), 0x3e7);
    let folder = r"C:\ProgramData\Microsoft\Windows Defender Advanced Threat Protection";
    data.extend([
        ("ObjectServer", text("Security")),
        ("ObjectType", text("File")),
        ("ObjectName", text(&format!(r"{folder}\Temp\{name}.tmp"))),
        ("HandleId", Value::Hex64(0x1c8)),
        ("AccessList", text("%%4417\r\n\t\t\t\t")),
        ("AccessMask", Value::Hex64(2)),
        ("ProcessId", Value::Hex64(0xbd0)),
        (
            "ProcessName",
            text(&format!(r"C:\Program Files\Windows Defender Advanced Threat Protection\{image}")),
        ),
        ("ResourceAttributes", text("S:AI")),
    ]);
    data
}

fn subject(host: &Host, sid: &str, name: &str, logon: u64) -> Vec<(&'static str, Value)> {
    vec![
        ("SubjectUserSid", Value::Sid(sid.to_owned())),
        ("SubjectUserName", text(name)),
        ("SubjectDomainName", text(&host.name)),
        ("SubjectLogonId", Value::Hex64(logon)),
    ]
}

fn target(host: &Host, user: &User) -> [(&'static str, Value); 4] {
    [
        ("TargetUserSid", Value::Sid(user.sid.clone())),
        ("TargetUserName", text(&user.name)),
        ("TargetDomainName", text(&host.name)),
        ("TargetLogonId", Value::Hex64(SESSION)),
    ]
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

const SUCCESS: u64 = 0x8020_0000_0000_0000;
const FAILURE: u64 = 0x8010_0000_0000_0000;
const SESSION: u64 = 0x5_2f1a;
