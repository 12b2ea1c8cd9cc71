use std::{fmt, fs, num::NonZeroUsize, process::Command, thread};

use serde_json::{Value, json};

use crate::{failure::Failure, process};

/// What one must know about a machine to read its figures.
#[derive(Debug)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    rustc: String,
}

impl Machine {
    /// This one. What Linux alone tells is left open elsewhere.
    pub(crate) fn this() -> Result<Self, Failure> {
        let mut rustc = Command::new("rustc");
        rustc.arg("--version");
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Ok(Self {
            cpu: cpu(&info).unwrap_or("unknown processor").to_owned(),
            cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            kernel: format!("{} {}", std::env::consts::OS, release.trim()),
            rustc: process::must(rustc)?.trim().to_owned(),
        })
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "cpu": self.cpu,
            "arch": std::env::consts::ARCH,
            "cores": self.cores,
            "kernel": self.kernel,
            "rustc": self.rustc,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, kernel, rustc } = self;
        write!(formatter, "{cpu}, {cores} cores, {kernel}, {rustc}")
    }
}

/// How many processes wanted a core over the last minute (`proc_loadavg(5)`), where it is known.
pub(crate) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn cpu(info: &str) -> Option<&str> {
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_called_what_the_kernel_calls_it() {
        let info = "processor\t: 0\nmodel name\t: AMD EPYC: 2nd\nprocessor\t: 1\nmodel name\t: x\n";
        assert_eq!(cpu(info), Some("AMD EPYC: 2nd"));
        assert_eq!(cpu("Features: fp\n"), None);
    }
}
