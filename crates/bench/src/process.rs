//! What the kernel counts about this process. Linux alone has `/proc`.

use std::fs;

use crate::Result;

/// User and system time of all threads so far, in seconds.
pub(crate) fn cpu_seconds() -> Result<f64> {
    // After the name in brackets come the state and, as the 12th and 13th field, both times in ticks
    // (`proc_pid_stat(5)`).
    let text = fs::read_to_string("/proc/self/stat")?;
    let fields = text.rsplit_once(") ").ok_or("`/proc/self/stat` cannot be read")?.1.split(' ');
    let times = fields.skip(11).take(2).map(str::parse::<u32>);
    let ticks = times.sum::<std::result::Result<u32, _>>()?;
    Ok(f64::from(ticks) / TICKS_PER_SECOND)
}

/// Resident memory now, in bytes.
pub(crate) fn resident_bytes() -> Result<u64> {
    status("VmRSS:")
}

/// The peak of resident memory, in bytes.
pub(crate) fn peak_bytes() -> Result<u64> {
    status("VmHWM:")
}

fn status(field: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("`/proc/self/status` cannot be read")?.parse::<u64>()? * 1024)
}

/// `USER_HZ`, which the kernel keeps at 100 for every architecture that we build for.
const TICKS_PER_SECOND: f64 = 100.0;
