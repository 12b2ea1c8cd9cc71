//! `Autoruns/Autoruns.txt`: many `reg query` outputs in one file, in the order of their names.
//!
//! A query of a missing key leaves nothing at all here.

mod services_tree;

use std::fmt::Write as _;

use super::host::Host;
use super::registry::{Key, query};
use super::services::Service;
use super::text;

/// The member's bytes, and how many keys and values are in them.
pub(super) fn file(host: &Host, services: &[Service]) -> Written {
    let mut written = Written::default();
    let mut out = String::new();
    for (name, keys) in sections(host) {
        written.count(&keys);
        out += &query(&keys);
        if name == "hklm_SOFTWARE_Classes_Htmlfile_Shell_Open_Command" {
            let _ = writeln!(out, "End of search: {} match(es) found.", keys.len());
        }
        out += "\n\n";
    }
    let keys = services_tree::keys(host, services);
    written.count(&keys);
    out += &query(&keys);
    out += "\n\n";
    written.bytes = text::marked(&out);
    written
}

/// The member's bytes, and what is in them.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    pub(super) keys: usize,
    pub(super) values: usize,
}

impl Written {
    fn count(&mut self, keys: &[Key]) {
        self.keys += keys.len();
        self.values += keys.iter().map(Key::value_count).sum::<usize>();
    }
}

/// The queries that found something, but for the services.
fn sections(host: &Host) -> Vec<(&'static str, Vec<Key>)> {
    let mut rng = host.passing("persistence");
    let persistence = format!("Upd{}", rng.hex(4));
    let is_persistent = rng.chance(50);
    let person = host.person();
    let fill = |text: &str| {
        text.replace("{sid}", &person.sid)
            .replace("{user}", &person.name)
            .replace("{persistence}", &persistence)
    };
    let mut sections: Vec<(&'static str, Vec<Key>)> = Vec::new();
    for line in include_str!("../../data/autoruns.txt").lines() {
        if let Some(name) = line.strip_prefix("# ") {
            sections.push((name, Vec::new()));
            continue;
        }
        let Some((_, keys)) = sections.last_mut() else { continue };
        match parse_value(line) {
            Some((name, _, _)) if name == "{persistence}" && !is_persistent => {}
            Some((name, kind, data)) => {
                let last = keys.pop();
                keys.extend(last.map(|key| key.value(&fill(name), kind, fill(data))));
            }
            None => keys.push(Key::new(fill(line))),
        }
    }
    if host.is_unkind {
        let run = sections.iter_mut().find(|(name, _)| {
            name.starts_with("hklm_Software_Microsoft_Windows_CurrentVersion_Run")
        });
        if let Some((_, keys)) = run {
            let last = keys.pop();
            keys.extend(last.map(unkind));
        }
    }
    sections
}

fn parse_value(line: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let mut cells = line.strip_prefix('\t')?.splitn(3, '\t');
    Some((cells.next()?, cells.next()?, cells.next()?))
}

/// Values whose names and data look like the tool's own columns, or like something to run.
fn unkind(key: Key) -> Key {
    key.sz("four    spaces    REG_DWORD    inside", "data    REG_SZ    more data")
        .sz("=cmd|' /C calc'!A0", "\u{1b}[2J\u{1b}[1;31mnothing to see\u{1b}[0m")
        .sz("", "C:\\Temp\\\u{202e}fdp.exe")
}
