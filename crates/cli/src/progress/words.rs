//! Events as text.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::core::engine::{Adoption, Candidate, EventKind, has_marker};
use crate::terminal::{bytes, safe};

/// Describes an event in one line that is safe to print; `None` for download progress and unknown events.
#[must_use]
pub fn in_words(kind: &EventKind) -> Option<String> {
    let text = match kind {
        EventKind::Accepted { action } => format!("collection accepted, action {action}"),
        EventKind::Adopted {
            action,
            adoption,
            status,
            requestor,
            requestor_comment,
            is_same_account,
        } => {
            let status = status.as_str();
            match adoption {
                Adoption::Own => format!("found our own action {action} ({status})"),
                Adoption::Foreign => {
                    let who = requestor.as_deref();
                    let whose = whose(who, requestor_comment.as_deref(), *is_same_account);
                    let whose = match who {
                        Some(who) if whose == SOMEBODY => who.to_owned(),
                        Some(who) => format!("{who}, {whose}"),
                        None => whose.to_owned(),
                    };
                    format!("taking over action {action}, requested by {whose} ({status})")
                }
                _ => format!("taking over action {action}, possibly our own ({status})"),
            }
        }
        EventKind::Continued { key, asked } => format!(
            "continuing with the package that an earlier run with the key `{key}` requested at {}; for a new package, use \
             another key",
            second(*asked)
        ),
        EventKind::Doubtful { code } => {
            format!("no answer to the request ({code}); checking whether the service accepted it")
        }
        EventKind::Ended { outcome, code } => match code {
            Some(code) => format!("{} ({code})", outcome.replace('_', " ")),
            None => outcome.replace('_', " "),
        },
        EventKind::LinkIssued { count: 0 | 1 } => "downloading".to_owned(),
        EventKind::LinkIssued { count } => {
            format!("trying the download again with link {count}")
        }
        EventKind::PassedOver { machine, candidates } => {
            format!("chose {machine}, which reported last; passed over: {}", in_line(candidates))
        }
        EventKind::Resolved { machine, name } => match name {
            Some(name) => format!("is {name}, id {machine}"),
            None => format!("is the device with id {machine}"),
        },
        EventKind::Retrying { code, message, seconds } => {
            format!("{message} ({code}); retrying in {}", seconds_in_words(*seconds))
        }
        EventKind::Status { status } => format!("action status: {}", status.as_str()),
        EventKind::Throttled { quota, seconds } => {
            format!("waiting {} for the quota ({quota})", seconds_in_words(*seconds))
        }
        EventKind::Unverified { size, members, why, .. } => {
            format!("NOT verified, {} in {members} members: {why}", bytes(*size))
        }
        EventKind::Verified { size, members, findings, .. } => {
            let found = match findings {
                0 => String::new(),
                1 => ", 1 structural finding".to_owned(),
                findings => format!(", {findings} structural findings"),
            };
            format!("verified, {} in {members} members{found}", bytes(*size))
        }
        EventKind::Warning { message } => format!("warning: {message}"),
        _ => return None,
    };
    Some(safe(&text))
}

/// Who requested an action that is not this run's own, as far as is known.
pub(crate) fn whose(
    requestor: Option<&str>,
    comment: Option<&str>,
    is_same_account: bool,
) -> &'static str {
    if is_same_account && requestor.is_some_and(|who| who.contains('@')) {
        "an earlier run of this user or another request of theirs"
    } else if is_same_account {
        "an earlier run of this app or another user of it"
    } else if comment.is_some_and(has_marker) {
        "another run of mde-forensics, by its marker"
    } else {
        SOMEBODY
    }
}

/// The devices in one line, each with what tells it apart.
pub(crate) fn in_line(candidates: &[Candidate]) -> String {
    let name = |it: &Candidate| {
        let name = it.name.as_deref().unwrap_or("no name");
        let seen = it.last_seen.and_then(|seen| seen.format(&Rfc3339).ok());
        let seen = seen.map_or_else(String::new, |seen| format!(", last seen {seen}"));
        let health = it.health.as_deref().unwrap_or("health unknown");
        format!("{} ({name}{seen}, {health})", it.machine)
    };
    candidates.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A time in UTC, to the second.
pub(crate) fn second(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    at.to_offset(UtcOffset::UTC).format(format).unwrap_or_default()
}

fn seconds_in_words(seconds: f64) -> String {
    if seconds < 1.0 { "less than a second".to_owned() } else { format!("{seconds:.0} s") }
}

const SOMEBODY: &str = "somebody else";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::wire::ActionStatus;
    use crate::core::{ActionId, MachineId};

    #[test]
    fn what_the_service_says_is_made_harmless() {
        let kind = EventKind::Adopted {
            action: ActionId::parse("a-1").unwrap(),
            adoption: Adoption::Foreign,
            status: ActionStatus::InProgress,
            requestor: Some("\u{1b}[31manalyst\u{202e}".to_owned()),
            requestor_comment: None,
            is_same_account: false,
        };
        let text = in_words(&kind).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        assert!(text.contains("[31manalyst"), "{text}");
    }

    #[test]
    fn the_device_is_named_in_full() {
        let machine = MachineId::parse("0123456789abcdef0123456789abcdef01234567").unwrap();
        let kind = EventKind::Resolved { machine, name: Some("ws-042.contoso.com".to_owned()) };
        let text = in_words(&kind).unwrap();
        assert_eq!(text, "is ws-042.contoso.com, id 0123456789abcdef0123456789abcdef01234567");
    }
}
