//! What the file says of who has it.

use std::fs;
use std::process;
use std::time::Duration;

/// Who made a lock's file: `pid@host start namespace nonce` of Node's, and without the start, but with `os` at its end, who
/// has locked the file too.
pub(super) struct Holder<'a> {
    pid: Option<i32>,
    host: &'a str,
    /// Within which its number counts; of ours where it does not say.
    namespace: Option<&'a str>,
    locks: bool,
}

/// What we write. Node takes a number of its own with no start for that of a process that has ended.
pub(super) fn text(nonce: &str) -> String {
    format!("{}@{} {} {nonce} {LOCKS}\n", process::id(), host(), namespace())
}

impl<'a> Holder<'a> {
    /// Whose text this is. An unrecognised text yields an empty holder.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        // Behind the first line there may be the rest of a longer text, which was written over.
        let line = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = str::from_utf8(line).ok().and_then(|line| line.strip_suffix('\n'));
        let mut words = line.unwrap_or_default().split(' ');
        let (pid, host) = words.next().and_then(|first| first.split_once('@')).unwrap_or_default();
        let words: Vec<&str> = words.collect();
        Self {
            pid: pid.parse().ok(),
            host,
            namespace: words.iter().copied().find(|word| word.starts_with(NAMESPACE)),
            locks: words.last() == Some(&LOCKS),
        }
    }

    /// Whether it has locked the file for as long as it lives.
    pub(super) fn locks(&self) -> bool {
        self.locks
    }

    /// How long its file may go without a write before nobody works there; none where there is such a process on this
    /// machine, which may have been asleep for longer than a beat takes.
    pub(super) fn patience(&self) -> Option<Duration> {
        let is_near = self.host == host()
            && self.namespace.is_none_or(|namespace| namespace == self::namespace());
        let Some(pid) = self.pid.filter(|_| is_near) else { return Some(LEFT) };
        // Our own pid without `os` is from before a reboot: this process would have written `os`.
        let lives = pid.unsigned_abs() != process::id() && is_alive(pid);
        (!lives).then_some(if cfg!(unix) { ENDED } else { LEFT })
    }
}

/// Within which a number tells a process: containers have one each.
fn namespace() -> String {
    let own = fs::read_link("/proc/self/ns/pid").ok();
    own.map_or_else(|| NAMESPACE.to_owned(), |own| own.to_string_lossy().into_owned())
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(unix)]
fn is_alive(pid: i32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};

    // Zero and less are no process's, but the numbers of groups.
    let pid = Pid::from_raw(pid).filter(|_| pid > 0);
    pid.is_some_and(|pid| matches!(test_kill_process(pid), Ok(()) | Err(Errno::PERM)))
}

/// That could be asked only with code that is not safe.
#[cfg(not(unix))]
fn is_alive(_pid: i32) -> bool {
    false
}

/// Two beats, of a process that has ended: hosts may share a name, so that another's may live.
const ENDED: Duration = Duration::from_secs(30);
/// Eight beats, of whoever cannot be asked after.
const LEFT: Duration = Duration::from_secs(120);
const LOCKS: &str = "os";
const NAMESPACE: &str = "pid:";
