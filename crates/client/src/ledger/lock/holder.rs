//! What the lock file says about its holder.

use std::fs;
use std::process;
use std::time::Duration;

/// The holder of a lock file. Node writes `pid@host start namespace nonce`. A holder that also
/// locks the file with the system's lock omits the start and writes `os` at the end.
pub(super) struct Holder<'a> {
    pid: Option<i32>,
    host: &'a str,
    /// The PID namespace in which the pid is valid; ours if the text names none.
    namespace: Option<&'a str>,
    locks: bool,
}

/// The text that we write. To Node, its own pid without a start means a process that has ended.
pub(super) fn text(nonce: &str) -> String {
    format!("{}@{} {} {nonce} {LOCKS}\n", process::id(), host(), namespace())
}

impl<'a> Holder<'a> {
    /// Parses the text. An unrecognised text yields an empty holder.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        // The first line may be followed by the rest of a longer text that it overwrote.
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

    /// Whether the holder locks the file with the system's lock while it lives.
    pub(super) fn locks(&self) -> bool {
        self.locks
    }

    /// How long the file may go without a write before its holder counts as gone. `None` if the
    /// process exists on this machine: it may have been suspended for longer than a beat.
    pub(super) fn patience(&self) -> Option<Duration> {
        let is_near = self.host == host()
            && self.namespace.is_none_or(|namespace| namespace == self::namespace());
        let Some(pid) = self.pid.filter(|_| is_near) else { return Some(LEFT) };
        // Our own pid without `os` is from before a reboot: this process would have written `os`.
        let lives = pid.unsigned_abs() != process::id() && is_alive(pid);
        (!lives).then_some(if cfg!(unix) { ENDED } else { LEFT })
    }
}

/// The PID namespace of this process: each container has its own.
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

    // Zero and negative numbers address process groups.
    let pid = Pid::from_raw(pid).filter(|_| pid > 0);
    pid.is_some_and(|pid| matches!(test_kill_process(pid), Ok(()) | Err(Errno::PERM)))
}

/// Checking this would need unsafe code.
#[cfg(not(unix))]
fn is_alive(_pid: i32) -> bool {
    false
}

/// Two beats, for a process that has ended. Hosts may share a name, so another host's process may
/// still live.
const ENDED: Duration = Duration::from_secs(30);
/// Eight beats, for a process that cannot be checked.
const LEFT: Duration = Duration::from_secs(120);
const LOCKS: &str = "os";
const NAMESPACE: &str = "pid:";
