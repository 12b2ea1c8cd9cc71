//! A ledger in one append-only file in the output folder.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics_core::engine::{Handle, Record, Settlement};
use mde_forensics_core::ledger::{FILE_NAME, Line, Lines, QuotaLine, Seen, snapshot};
use mde_forensics_core::quota::{QuotaOptions, Quotas};
use mde_forensics_core::{Code, Error, MachineId, Now, PermitId, QuotaClass};

use super::compact::{compact, is_due};
use super::lock::FolderLock;
use super::{Account, Ledger, MemoryLedger, SharedQuotas, Wanted, session};
use crate::download::output;
use crate::{place, random};

/// A ledger in one append-only file of JSON lines, `mde-forensics.ledger.jsonl` in the output
/// folder.
///
/// One process at a time can write to it, while any process can read it. The file
/// `mde-forensics.ledger.jsonl.lock` beside it keeps other processes out, including Node, for as
/// long as the ledger is open. Records are synced to disk before [`append`](Ledger::append)
/// returns, and permits before their calls are sent. The result of a call is written but not
/// synced: if a machine crash loses it, the call counts from the restart. A single call made while
/// another process has the ledger open is written after it has been answered.
#[derive(Debug)]
pub struct FileLedger {
    path: PathBuf,
    file: File,
    /// The length of the file's complete lines in bytes.
    whole: u64,
    memory: MemoryLedger,
    warning: Option<String>,
    /// The process id in our quota lines, and whose quota they count.
    by: u64,
    account: Account,
    /// Some permits are not yet synced to disk.
    is_unsynced: bool,
    /// Whether the failure to write quota lines was already logged.
    has_warned: bool,
    /// Messages to log once no lock is held.
    unsaid: Vec<String>,
    /// Dropped last.
    _lock: FolderLock,
}

impl FileLedger {
    /// The name of the file in the output folder.
    pub const NAME: &'static str = FILE_NAME;

    /// Opens the ledger in `folder`, creating both if needed. Calls are counted for `account`.
    ///
    /// Expired quota lines are removed once there are more than a thousand.
    ///
    /// Fails with `ledger_failed` if the folder or a file in it cannot be written, if another
    /// process has the ledger open, or if a line other than the last is damaged; and with
    /// `credential_failed` if the system's random generator fails.
    pub fn open(
        folder: &Path,
        account: &Account,
        quotas: QuotaOptions,
        now: Now,
    ) -> Result<Self, Error> {
        let [by, _] = random::numbers()?;
        let quotas = Arc::new(Mutex::new(Quotas::new(quotas)));
        let opened = Self::open_sharing(folder, account, &quotas, by, &mut Seen::new(), now)?;
        opened.ok_or_else(|| Self::busy(folder))
    }

    /// Like [`open`](Self::open), with shared quotas; `None` if another process has the ledger. The
    /// file's quota lines are added to the quotas, except the lines of `by`, which were counted
    /// when written, and those already `seen`.
    pub(super) fn open_sharing(
        folder: &Path,
        account: &Account,
        quotas: &SharedQuotas,
        by: u64,
        seen: &mut Seen,
        now: Now,
    ) -> Result<Option<Self>, Error> {
        Self::create_folder(folder)?;
        let path = folder.join(Self::NAME);
        let failed = |error: &std::io::Error| failed("opened", &path, error);
        let Some(lock) = locked(&path)? else { return Ok(None) };
        let (mut file, mut lines) = opened(&path)?;
        let warning = lines.is_torn.then(|| {
            format!(
                "the last line of `{}` was cut off, as by a crash; it is left out",
                path.display()
            )
        });
        let mut unsaid: Vec<_> = warning.iter().cloned().collect();
        if is_due(&lines.quota, now) {
            drop(file);
            if let Err(error) = compact(&path, now) {
                unsaid.push(format!("the ledger is not written anew, and grows: {error}"));
            }
            // The name may lead to another file now.
            (file, lines) = opened(&path)?;
        }
        let whole = lines.whole as u64;
        file.set_len(whole).map_err(|error| failed(&error))?;
        // A new file is lost in a crash unless its folder entry is durable.
        place::sync_folder(folder).map_err(|error| failed(&error))?;
        {
            let mut quotas = session::lock(quotas);
            let theirs = snapshot(&lines.quota, by, account, seen, now);
            quotas.absorb(&theirs, now.monotonic);
        }
        let mut memory = MemoryLedger::sharing(Arc::clone(quotas));
        memory.append(&lines.records)?;
        Ok(Some(Self {
            path,
            file,
            whole,
            memory,
            warning,
            by,
            account: account.clone(),
            is_unsynced: false,
            has_warned: false,
            unsaid,
            _lock: lock,
        }))
    }

    /// The error that the ledger in this folder is open elsewhere.
    pub(super) fn busy(folder: &Path) -> Error {
        let text = format!(
            "another process, or another client of this one, is working with `{}`",
            folder.join(Self::NAME).display()
        );
        let hint = "wait for it to end, or give this run another output folder";
        Error::new(Code::LedgerFailed, text).with_hint(hint)
    }

    /// Reads the records of the ledger in `folder`, even while another process has it open. Returns
    /// none if there is no ledger.
    ///
    /// Fails with `ledger_failed` if the file cannot be read, or if a line other than the last is
    /// damaged.
    pub fn records(folder: &Path) -> Result<Vec<Record>, Error> {
        let path = folder.join(Self::NAME);
        match File::open(&path) {
            Ok(file) => Ok(read(&file, &path)?.records),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(failed("opened", &path, &error)),
        }
    }

    /// Creates the folder if needed and returns its canonical path.
    pub(super) fn create_folder(folder: &Path) -> Result<PathBuf, Error> {
        place::create_folder(folder)
            .and_then(|()| folder.canonicalize())
            .map_err(|error| failed("opened", &folder.join(Self::NAME), &error))
    }

    /// The problem that was repaired when the file was opened, if any.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    fn write(&mut self, lines: &[Line]) -> std::io::Result<()> {
        let text: Vec<u8> = lines.iter().flat_map(Line::to_bytes).collect();
        // An incomplete line would count as damage once more text follows it.
        let length = self.file.metadata()?.len();
        if length > self.whole {
            self.file.set_len(self.whole)?;
        }
        let end = self.whole.min(length);
        self.file.seek(SeekFrom::Start(end))?;
        self.file.write_all(&text).inspect_err(|_| {
            // Cut off the incomplete line for readers and later openers. If this fails, the next
            // write cuts it off.
            let _ = self.file.set_len(end);
        })?;
        self.whole = end + text.len() as u64;
        Ok(())
    }

    fn note(&mut self, line: QuotaLine) {
        if let Err(error) = self.write(&[Line::Quota(line)])
            && !std::mem::replace(&mut self.has_warned, true)
        {
            self.unsaid.push(format!("the ledger does not take the quota's lines: {error}"));
        }
    }
}

impl Ledger for FileLedger {
    fn load(&self, wanted: Wanted<'_>, is_free: &dyn Fn(&Handle) -> bool) -> Vec<Handle> {
        self.memory.load(wanted, is_free)
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Error> {
        let lines: Vec<Line> =
            records.iter().cloned().map(|record| Line::Record(Box::new(record))).collect();
        self.write(&lines)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| failed("written", &self.path, &error))?;
        self.is_unsynced = false;
        self.memory.append(records)
    }

    /// Always succeeds: the file's lock keeps other processes out, and this process separates its
    /// runs before they claim.
    fn claim(&mut self, tenant: &str, machine: &MachineId, now: Now) -> Result<(), Duration> {
        self.memory.claim(tenant, machine, now)
    }

    fn permit(&mut self, quota: QuotaClass, now: Now) -> Result<PermitId, Duration> {
        let permit = self.memory.permit(quota, now)?;
        self.note(QuotaLine::granted(self.by, self.account.clone(), permit, now));
        self.is_unsynced = true;
        Ok(permit)
    }

    fn sync(&mut self) -> Result<(), Error> {
        if self.is_unsynced {
            self.file.sync_data().map_err(|error| failed("written", &self.path, &error))?;
            self.is_unsynced = false;
        }
        Ok(())
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, now: Now) {
        self.memory.settle(permit, settlement, now);
        self.note(QuotaLine::settled(self.by, self.account.clone(), permit, settlement, now));
    }

    fn warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unsaid)
    }
}

/// Locks this ledger's folder; `None` if another process has it.
fn locked(path: &Path) -> Result<Option<FolderLock>, Error> {
    FolderLock::take(path, &random::guid()?).map_err(|error| failed("locked", path, &error))
}

/// Opens the file, creating it if needed, and reads it.
fn opened(path: &Path) -> Result<(File, Lines), Error> {
    let mut options = OpenOptions::new();
    // Not `append`: on Windows such a handle cannot truncate a torn line. The lock makes us the
    // only writer.
    options.read(true).write(true).create(true).truncate(false);
    let file = place::for_us_alone(&mut options)
        .open(path)
        .map_err(|error| failed("opened", path, &error))?;
    let lines = read(&file, path)?;
    Ok((file, lines))
}

fn read(file: &File, path: &Path) -> Result<Lines, Error> {
    let name = path.display().to_string();
    let mut reader = BufReader::new(file);
    let mut lines = Lines::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line).map_err(|error| failed("read", path, &error))?;
        if line.is_empty() {
            return Ok(lines);
        }
        lines.push(&line, &name)?;
    }
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    let text = format!("the ledger `{}` cannot be {what}: {error}", path.display());
    let failed = Error::new(Code::LedgerFailed, text);
    match output::hint(error.kind()) {
        Some(hint) => failed.with_hint(hint),
        None => failed,
    }
}
