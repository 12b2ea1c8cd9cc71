//! `ActiveNetConnections.txt`: output of `netstat.exe -abno`, with each socket's owner on the lines
//! below it.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "net_sockets",
    tables: &[&NET_SOCKETS],
    takes: |key: &Key| key.file() == "activenetconnections.txt",
    commands: &["ActiveNetConnections"],
    read,
};

pub(crate) static NET_SOCKETS: TableSchema = TableSchema::new(
    "net_sockets",
    "one socket that was open when the package was collected",
    &[
        Column::text("protocol"),
        Column::text("local_address"),
        Column::int("local_port"),
        Column::text("remote_address"),
        Column::int("remote_port"),
        Column::text("state"),
        Column::int("process_id"),
        Column::text("process_name"),
        Column::text("component"),
        Column::text("note"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut socket: Option<Socket> = None;
    let mut is_begun = false;
    while let Some(line) = lines.next()? {
        if line.text.trim().is_empty() {
            continue;
        }
        if let Some(mut next) = Socket::parse(line.text, line.number, line.is_cut) {
            if let Some(mut socket) = socket.take() {
                // An owner may have such a name; only what no process holds any longer has none.
                socket.is_doubtful |= socket.lacks_owner();
                next.is_doubtful = socket.lacks_owner();
                socket.finish(output)?;
            }
            socket = Some(next);
            is_begun = true;
        } else if let Some(socket) = &mut socket {
            socket.add(line.text);
        } else if is_begun || ends_in_number(line.text) || owner(line.text.trim()).is_some() {
            output.issue(IssueKind::PartialRow, line.number, || "a line of no socket".to_owned());
        }
    }
    let Some(mut socket) = socket else { return Ok(()) };
    socket.is_doubtful |= socket.lacks_owner();
    socket.finish(output)
}

/// A socket, and the lines about its owner below it.
struct Socket {
    line: u64,
    raw: String,
    is_amiss: bool,
    /// Whether this may be the owner of the previous socket, or the next line its own owner.
    is_doubtful: bool,
    fields: Vec<String>,
    process: Option<String>,
    component: Option<String>,
    note: Option<String>,
}

impl Socket {
    /// Parses a line of protocol, two addresses, an optional state and a process id. It goes by the
    /// layout, because the words are in the host's language.
    fn parse(text: &str, line: u64, is_cut: bool) -> Option<Self> {
        let fields: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        let is_protocol = fields.first().is_some_and(|field| {
            field.len() <= 5 && field.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        let has_addresses = fields.get(1).is_some_and(|field| split(field).is_some())
            && fields.get(2).is_some_and(|field| split(field).is_some());
        if !has_addresses {
            return None;
        }
        let is_amiss = is_cut || !is_protocol || fields.len() > 5 || !ends_in_number(text);
        Some(Self {
            line,
            raw: text.to_owned(),
            is_amiss,
            is_doubtful: false,
            fields,
            process: None,
            component: None,
            note: None,
        })
    }

    fn add(&mut self, text: &str) {
        if self.raw.len() > LONGEST {
            self.is_amiss = true;
            return;
        }
        self.raw.push('\n');
        self.raw.push_str(text);
        // Process or remark is the last that is said of an owner.
        self.is_amiss |= self.process.is_some() || self.note.is_some();
        let trimmed = text.trim();
        let place = match owner(trimmed) {
            Some(name) => {
                self.process = Some(name.to_owned());
                return;
            }
            // What is indented by two is a service or a component, what is by one a remark.
            None if text.starts_with("  ") => &mut self.component,
            None => &mut self.note,
        };
        let text = place.get_or_insert_default();
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(trimmed);
    }

    /// Whether a process owns it, but no line says which program.
    fn lacks_owner(&self) -> bool {
        let is_held = self.fields.last().is_some_and(|process_id| process_id != "0");
        is_held && self.process.is_none() && self.component.is_none() && self.note.is_none()
    }

    fn finish(self, output: &mut Output<'_>) -> Result<(), Stop> {
        let field = |index: usize| self.fields.get(index).map(String::as_str);
        let local = field(1).and_then(split);
        let remote = field(2).and_then(split);
        let state = (self.fields.len() > 4).then(|| field(3)).flatten();
        let pid = self.fields.last().and_then(|last| last.parse::<i64>().ok());
        let cells = [
            field(0).into(),
            local.and_then(|local| local.0).into(),
            local.and_then(|local| local.1).into(),
            remote.and_then(|remote| remote.0).into(),
            remote.and_then(|remote| remote.1).into(),
            state.into(),
            pid.into(),
            self.process.as_ref().into(),
            self.component.as_ref().into(),
            self.note.as_ref().into(),
        ];
        if self.is_amiss {
            output.issue(IssueKind::PartialRow, self.line, || "a socket in part".to_owned());
        } else if self.is_doubtful {
            output.issue(IssueKind::PartialRow, self.line, || {
                "a socket without an owner, or the owner of the one before by such a name"
                    .to_owned()
            });
        }
        let status = ParseStatus::Clean.or_partial(self.is_amiss || self.is_doubtful);
        output.row(&NET_SOCKETS, self.line, status, &self.raw, &cells)
    }
}

/// The program in `[svchost.exe]`.
fn owner(trimmed: &str) -> Option<&str> {
    trimmed.strip_prefix('[')?.strip_suffix(']')
}

fn ends_in_number(line: &str) -> bool {
    line.split_whitespace().next_back().is_some_and(|last| last.parse::<u32>().is_ok())
}

/// Address and port; `None` for each that is `*`.
fn split(field: &str) -> Option<(Option<&str>, Option<i64>)> {
    let (address, port) = field.rsplit_once(':')?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let port = match port {
        "*" => None,
        port => Some(i64::from(port.parse::<u16>().ok()?)),
    };
    Some(((address != "*").then_some(address), port))
}

/// The size of one socket's text, in bytes, after which no further line is added.
const LONGEST: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::{Socket, split};

    #[test]
    fn addresses_of_both_kinds_are_split_at_the_port() {
        assert_eq!(split("0.0.0.0:135"), Some((Some("0.0.0.0"), Some(135))));
        assert_eq!(split("[fe80::1%4]:546"), Some((Some("fe80::1%4"), Some(546))));
        assert_eq!(split("*:*"), Some((None, None)));
        assert_eq!(split("Address"), None);
        assert_eq!(split("x:99999"), None);
    }

    #[test]
    fn headers_in_any_language_are_no_socket() {
        for line in [
            "  Proto  Local Address          Foreign Address        State           PID",
            "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
            " [x.exe]",
        ] {
            assert!(Socket::parse(line, 1, false).is_none(), "{line}");
        }
    }
}
