//! `Temp Directories/<user>_TempDirFiles.txt`: what `dir /A /Q /S /T` printed.

use std::fmt::Write as _;

use time::OffsetDateTime;

use super::host::{Host, User, seconds};
use super::region::thousands;
use super::rng::Rng;
use super::text;
use super::written::TempEntry;

/// The member's name and bytes for this account, and the entries that are in it.
pub(super) fn listing(host: &Host, user: &User) -> (String, Vec<u8>, Vec<TempEntry>) {
    let name = format!("Temp Directories/{}_TempDirFiles.txt", user.name);
    if !user.has_profile {
        return (name, text::crlf("The system cannot find the path specified.\n"), Vec::new());
    }
    let mut list = Listing::new(host, user);
    let top = format!(r"C:\Users\{}\AppData\Local\Temp", user.name);
    let folders: u64 = if user.is_signed_in { list.rng.range(3, 12) } else { list.rng.below(2) };
    let names: Vec<String> = (0..folders)
        .map(|_| format!("edge_BITS_{}_{}", list.rng.range(2_000, 12_000), list.rng.next() >> 33))
        .collect();
    let files = if user.is_signed_in { list.rng.range(8, 60) } else { list.rng.below(3) };
    list.folder(&top, &names, files, host.is_unkind && user.is_signed_in);
    for name in &names {
        let files = list.rng.below(4);
        list.folder(&format!(r"{top}\{name}"), &[], files, false);
    }
    let (text, entries) = list.finish();
    (name, text::crlf(&text), entries)
}

struct Listing<'a> {
    host: &'a Host,
    user: String,
    owner: String,
    entries: Vec<TempEntry>,
    rng: Rng,
    out: String,
    files: u64,
    bytes: u64,
    folders: u64,
}

impl<'a> Listing<'a> {
    fn new(host: &'a Host, user: &User) -> Self {
        let serial = host.volume_serial();
        let out = format!(
            " Volume in drive C has no label.\n Volume Serial Number is {:04X}-{:04X}\n",
            serial >> 16,
            serial & 0xffff
        );
        let owner = format!(r"{}\{}", host.name, user.name);
        let rng = host.booted(&format!("temp of {}", user.name));
        let (user, entries) = (user.name.clone(), Vec::new());
        Self { host, user, owner, entries, rng, out, files: 0, bytes: 0, folders: 0 }
    }

    fn folder(&mut self, path: &str, folders: &[String], files: u64, is_unkind: bool) {
        let _ = write!(self.out, "\n Directory of {path}\n\n");
        let mut bytes = 0;
        for name in [".", ".."].into_iter().chain(folders.iter().map(String::as_str)) {
            self.entry(path, name, None);
            self.folders += 1;
        }
        let mut names: Vec<String> = (0..files).map(|_| self.name()).collect();
        if is_unkind {
            names.extend(UNKIND.map(str::to_owned));
        }
        for name in &names {
            let size = self.rng.next() >> self.rng.range(36, 60);
            self.entry(path, name, Some(size));
            bytes += size;
        }
        if !folders.is_empty() {
            self.line("<JUNCTION>", "History", None, r"History [C:\Windows\Temp\History]", path);
            self.folders += 1;
        }
        let count = names.len() as u64;
        let _ = writeln!(self.out, "{count:>16} File(s) {:>14} bytes", thousands(bytes));
        self.files += count;
        self.bytes += bytes;
    }

    fn entry(&mut self, folder: &str, name: &str, size: Option<u64>) {
        self.line("<DIR>", name, size, name, folder);
    }

    /// An entry; `shown` is its name, and behind it where it leads to.
    fn line(&mut self, kind: &str, name: &str, size: Option<u64>, shown: &str, folder: &str) {
        let at: OffsetDateTime = self.host.boot - seconds(self.rng.below(3_000_000));
        let owner = match self.rng.below(20) {
            0..=3 => r"BUILTIN\Administrators",
            4 | 5 => r"NT SERVICE\TrustedInstaller",
            _ => self.owner.as_str(),
        };
        let when = self.host.region.dir(self.host.local(at));
        let field = match size {
            Some(size) => format!("{:>18}", thousands(size)),
            None => format!("    {kind:<14}"),
        };
        // `dir` gives an owner 23 columns and cuts what is longer; the name follows at once.
        let _ = writeln!(self.out, "{when}{field} {owner:<23.23}{shown}");
        self.entries.push(TempEntry {
            user: self.user.clone(),
            folder: folder.to_owned(),
            name: name.to_owned(),
            owner: owner.to_owned(),
            size,
        });
    }

    fn name(&mut self) -> String {
        match self.rng.below(5) {
            0 => format!("{}.tmp", self.rng.guid()),
            1 => format!("tmp{}.tmp", self.rng.hex(4).to_uppercase()),
            2 => format!("aria-debug-{}.log", self.rng.range(1_000, 20_000)),
            3 => format!("wct{}.tmp", self.rng.hex(4).to_uppercase()),
            _ => format!("setup log ({}).txt", self.rng.range(1, 40)),
        }
    }

    fn finish(mut self) -> (String, Vec<TempEntry>) {
        let free = thousands(self.rng.range(5_000_000_000, 400_000_000_000) / 4_096 * 4_096);
        let _ = write!(
            self.out,
            "\n     Total Files Listed:\n{:>16} File(s) {:>14} bytes\n{:>16} Dir(s) {free:>15} bytes free\n",
            self.files,
            thousands(self.bytes),
            self.folders,
        );
        (self.out, self.entries)
    }
}

/// Names that a file system allows and a table or a terminal minds.
const UNKIND: [&str; 4] = [
    "=1+1, 'quoted'.csv",
    "invoice\u{202e}fdp.exe",
    "   leading and double  spaces.txt",
    "1 File(s)              0 bytes",
];
