use std::{
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{bench::series::Sample, failure::Failure};

/// Runs `command` to its end and measures it. Processor time and memory are known on Linux alone.
///
/// Fails when the program cannot be started or ends badly.
pub(crate) fn measure(mut command: Command) -> Result<Sample, Failure> {
    command.stdout(Stdio::null());
    Ok(run(command)?.0)
}

/// As [`measure`], and gives what it printed, which must fit into a pipe.
pub(crate) fn measure_text(mut command: Command) -> Result<(Sample, String), Failure> {
    command.stdout(Stdio::piped());
    run(command)
}

fn run(mut command: Command) -> Result<(Sample, String), Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null());
    let clock = Instant::now();
    let mut child =
        command.spawn().map_err(|error| Failure::new(format!("cannot run `{name}`: {error}")))?;
    let mut sample = watch(&child);
    let status = child.wait()?;
    // A watched child had already ended when its watch did.
    sample.seconds = clock.elapsed().as_secs_f64();
    if !status.success() {
        return Err(Failure::new(format!("`{name}` ended with {status}")));
    }
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text)?;
    }
    Ok((sample, text))
}

/// Reads what the kernel counts about `child` until it has ended, and leaves it to be waited for,
/// because its counts go away with it.
fn watch(child: &Child) -> Sample {
    let folder = format!("/proc/{}", child.id());
    let mut sample = Sample::default();
    while let Some(stat) =
        fs::read_to_string(format!("{folder}/stat")).ok().as_deref().and_then(stat)
    {
        sample.cpu_seconds = Some(stat.cpu_seconds);
        if stat.ended {
            break;
        }
        let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        sample.peak_bytes = sample.peak_bytes.max(peak_bytes(&status));
        thread::sleep(PERIOD);
    }
    sample
}

#[derive(Debug, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    ended: bool,
}

/// Reads `/proc/PID/stat` (`proc_pid_stat(5)`): after the name in brackets come the state, and as
/// the 12th and 13th field the user and system time in ticks.
fn stat(text: &str) -> Option<Stat> {
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    let mut times = fields.skip(10).map(str::parse::<u32>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    Some(Stat { cpu_seconds: f64::from(ticks) / TICKS_PER_SECOND, ended: state == "Z" })
}

/// Reads the line `VmHWM` of `/proc/PID/status` (`proc_pid_status(5)`): the peak of resident memory.
fn peak_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// Fine enough to catch the last peak of a program, coarse enough not to disturb it.
const PERIOD: Duration = Duration::from_millis(1);

/// `USER_HZ`, which the kernel keeps at 100 for every architecture that we build for.
const TICKS_PER_SECOND: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = "17 (a) b) S 1 17 17 0 -1 4194304 90 0 0 0 150 25 0 0 20 0 1 0 5 0 0\n";
        assert_eq!(stat(text), Some(Stat { cpu_seconds: 1.75, ended: false }));
    }

    #[test]
    fn a_zombie_has_ended_and_still_has_its_times() {
        let text = "17 (a) Z 1 17 17 0 -1 4194304 90 0 0 0 7 0 0 0 20 0 1 0 5 0 0\n";
        assert_eq!(stat(text), Some(Stat { cpu_seconds: 0.07, ended: true }));
    }

    #[test]
    fn the_peak_is_in_kib_whatever_the_unit_is_called() {
        assert_eq!(peak_bytes("Name:\ta\nVmHWM:\t    5184 kB\nVmRSS:\t 1 kB\n"), Some(5184 * 1024));
        assert_eq!(peak_bytes("Name:\ta\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn a_program_that_ends_badly_is_no_sample() {
        let mut command = Command::new("cargo");
        command.arg("--no-such-flag").stderr(Stdio::null());
        assert!(measure(command).is_err());
    }
}
