//! `Users and Groups/`: local groups and who is signed in.

use std::fmt::Write as _;

use super::host::{Host, seconds};
use super::text;

/// `LocalGroups.txt`: what `net localgroup` printed for each group, command lines echoed.
pub(super) fn groups(host: &Host) -> Vec<u8> {
    let mut rng = host.lasting("groups");
    let domain = host.domain.as_ref().and_then(|domain| domain.split('.').next());
    let domain = domain.map(str::to_ascii_uppercase);
    let of_domain = |name: &str| domain.as_ref().map(|domain| format!("{domain}\\{name}"));
    let person = host.person().name.clone();
    let helpers = (0..rng.below(4)).filter_map(|number| of_domain(&format!("helpdesk{number}")));
    let helpers: Vec<String> = helpers.collect();
    let mut out = String::new();
    for (group, comment) in GROUPS {
        let members: Vec<String> = match group {
            "Administrators" => {
                [Some(person.clone()), Some("Administrator".to_owned()), of_domain("Domain Admins")]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            "Guests" => vec!["Guest".to_owned()],
            "IIS_IUSRS" => vec![r"NT AUTHORITY\IUSR".to_owned()],
            "Remote Desktop Users" => helpers.clone(),
            "System Managed Accounts Group" => vec!["DefaultAccount".to_owned()],
            "Users" => [r"NT AUTHORITY\Authenticated Users", r"NT AUTHORITY\INTERACTIVE"]
                .map(str::to_owned)
                .into_iter()
                .chain(of_domain("Domain Users"))
                .collect(),
            _ => Vec::new(),
        };
        let _ = write!(
            out,
            "\nC:\\Windows\\System32>net localgroup \"{group}\" \nAlias name     {group}\nComment        {comment}\n\nMembers\n\n{RULE}\n"
        );
        for member in members {
            let _ = writeln!(out, "{member}");
        }
        out += "The command completed successfully.\n\n";
    }
    text::crlf(&out)
}

/// `QueryUser.txt`: what `query user` printed.
pub(super) fn sessions(host: &Host) -> Vec<u8> {
    let mut rng = host.passing("sessions");
    let logon = host.local(host.sign_in());
    let logon = format!("{} {}", host.region.date(logon), host.region.minutes(logon));
    let name: String = host.person().name.to_lowercase().chars().take(20).collect();
    let mut lasting = host.booted("sessions");
    let session = *lasting.of(&[&"console", &"rdp-tcp#0", &"rdp-tcp#12"]);
    let idle = match rng.below(4) {
        0 => "none".to_owned(),
        1 => ".".to_owned(),
        2 => rng.range(1, 59).to_string(),
        _ => format!("{}:{:02}", rng.range(1, 24), rng.below(60)),
    };
    let mut out =
        " USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME\n".to_owned();
    let _ = writeln!(out, " {name:<22}{session:<18}{:>3}  {:<8}{idle:>9}  {logon}", 2, "Active");
    if lasting.chance(50) {
        let early = host.local(host.boot + seconds(90));
        let early = format!("{} {}", host.region.date(early), host.region.minutes(early));
        let _ = writeln!(
            out,
            " {:<22}{:<18}{:>3}  {:<8}{:>9}  {early}",
            "administrator", "", 3, "Disc", "1+02:03"
        );
    }
    text::crlf(&out)
}

const RULE: &str =
    "-------------------------------------------------------------------------------";

const GROUPS: [(&str, &str); 15] = [
    (
        "Access Control Assistance Operators",
        "May ask remotely who may do what with this computer's resources.",
    ),
    ("Administrators", "May do everything on this computer"),
    ("Backup Operators", "May get around file security to back up and restore"),
    ("Cryptographic Operators", "May perform cryptographic operations."),
    ("Distributed COM Users", "May launch, activate and use COM objects here."),
    ("Event Log Readers", "May read the event logs"),
    ("Guests", "As ordinary users, but with less trust"),
    ("Hyper-V Administrators", "May do everything with Hyper-V."),
    ("IIS_IUSRS", "Used by the web server."),
    ("Network Configuration Operators", "May change network settings"),
    ("Performance Log Users", "May schedule counters, enable traces, and collect them"),
    ("Remote Desktop Users", "May sign in remotely"),
    ("Remote Management Users", "May reach WMI over management protocols (such as WS-Management)."),
    ("System Managed Accounts Group", "Managed by the system."),
    ("Users", "May run most programs, and cannot break the system by accident"),
];
