//! The rules of purity and of layering, as data. The steps of `cargo xtask test` hold them.

/// A crate that has no clock, environment, file system, network, randomness or thread of its own.
#[derive(Debug)]
pub(crate) struct Pure {
    pub(crate) name: &'static str,
    /// What only this crate must not have in its tree, besides [`IMPURE`].
    pub(crate) impure: &'static [&'static str],
}

/// The crates that are pure: they build for wasm32 and the result imports nothing from its host.
pub(crate) const PURE: &[Pure] = &[
    Pure {
        name: "mde-forensics-core",
        impure: &["arrow", "chrono", "evtx", "jiff", "log", "tracing", "url"],
    },
    Pure { name: "mde-forensics-package", impure: &[] },
];

/// Crates that do I/O, read a clock, draw random numbers or start threads: never below a pure crate.
pub(crate) const IMPURE: &[&str] = &[
    "async-io",
    "async-std",
    "aws-lc-rs",
    "aws-lc-sys",
    "crossbeam",
    "crossbeam-channel",
    "curl",
    "curl-sys",
    "dirs",
    "fastrand",
    "futures-timer",
    "getrandom",
    "governor",
    "h2",
    "hyper",
    "hyper-util",
    "instant",
    "js-sys",
    "memmap2",
    "mio",
    "native-tls",
    "nix",
    "num_cpus",
    "openssl",
    "openssl-sys",
    "parking_lot",
    "polling",
    "quanta",
    "rand",
    "rayon",
    "reqwest",
    "ring",
    "rusqlite",
    "rustix",
    "rustls",
    "rustls-native-certs",
    "rustls-platform-verifier",
    "signal-hook",
    "smol",
    "socket2",
    "tempfile",
    "tokio",
    "ureq",
    "walkdir",
    "wasm-bindgen",
    "web-sys",
    "web-time",
    "windows-sys",
];

/// One way out of purity that the `clippy.toml` of every pure crate must refuse.
#[derive(Debug)]
pub(crate) struct Breach {
    /// What somebody would have added.
    pub(crate) what: &'static str,
    /// A statement that does it.
    pub(crate) code: &'static str,
    /// The path as clippy names it.
    pub(crate) path: &'static str,
}

/// Breaches that are tried on a throw-away copy; each of them must be refused.
pub(crate) const BREACHES: &[Breach] = &[
    Breach {
        what: "a wall clock",
        code: "let _ = std::time::SystemTime::now();",
        path: "std::time::SystemTime::now",
    },
    Breach {
        what: "a monotonic clock",
        code: "let _ = std::time::Instant::now();",
        path: "std::time::Instant::now",
    },
    Breach {
        what: "the environment",
        code: "let _ = std::env::var(\"HOME\");",
        path: "std::env::var",
    },
    Breach { what: "the arguments", code: "let _ = std::env::args();", path: "std::env::args" },
    Breach { what: "a file", code: "let _: Option<std::fs::File> = None;", path: "std::fs::File" },
    Breach {
        what: "a socket",
        code: "let _: Option<std::net::TcpStream> = None;",
        path: "std::net::TcpStream",
    },
    Breach {
        what: "a thread",
        code: "let _ = std::thread::spawn(|| ());",
        path: "std::thread::spawn",
    },
    Breach {
        what: "sleep",
        code: "std::thread::sleep(std::time::Duration::ZERO);",
        path: "std::thread::sleep",
    },
    Breach {
        what: "a map whose order is random",
        code: "let _: Option<std::collections::HashMap<u8, u8>> = None;",
        path: "std::collections::HashMap",
    },
    Breach { what: "printing", code: "println!();", path: "std::println" },
];

/// Who may depend on whom.
#[derive(Debug)]
pub(crate) struct Arrows {
    pub(crate) from: &'static str,
    /// Exactly these members, no more and no fewer.
    pub(crate) to: &'static [&'static str],
    /// Members that its tests may use besides.
    pub(crate) tests: &'static [&'static str],
}

/// The arrows of dependency between the members of the workspace, and no others.
pub(crate) const ARROWS: &[Arrows] = &[
    Arrows { from: "mde-forensics-core", to: &[], tests: &[] },
    Arrows { from: "mde-forensics-package", to: &[], tests: &["mde-forensics-emulator"] },
    // It shares no code with the client, so that neither can excuse the other.
    Arrows { from: "mde-forensics-emulator", to: &[], tests: &[] },
    Arrows {
        from: "mde-forensics",
        to: &["mde-forensics-core", "mde-forensics-package"],
        tests: &["mde-forensics-emulator"],
    },
    Arrows {
        from: "mde-forensics-cli",
        to: &["mde-forensics", "mde-forensics-emulator", "mde-forensics-package"],
        tests: &[],
    },
    Arrows { from: "xtask", to: &[], tests: &[] },
];

/// Paths of somebody's machine. Written in two parts, so that this file does not hold them.
pub(crate) const MACHINE_PATHS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
