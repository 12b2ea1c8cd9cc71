//! The rules of purity and of layering, as data. The steps of `cargo xtask test` hold them.

/// A crate that has no clock, environment, file system, network, randomness or thread of its own.
#[derive(Debug)]
pub(crate) struct Pure {
    pub(crate) name: &'static str,
    /// The target whose tree is held against the lists: what is compiled for it is what must be pure.
    pub(crate) target: &'static str,
    /// What only this crate must not have in its tree, besides [`IMPURE`].
    pub(crate) impure: &'static [&'static str],
}

/// The crates that are pure: they build for wasm32 and the result imports nothing from its host.
pub(crate) const PURE: &[Pure] = &[
    Pure {
        name: "mde-forensics-core",
        target: "all",
        impure: &["arrow", "chrono", "evtx", "jiff", "log", "tracing", "url"],
    },
    Pure {
        name: "mde-forensics-package",
        // Arrow draws the seeds of its hash tables from the system where there is one, and its
        // calendar knows the system's zone. Neither is used; without a host neither is even there.
        target: "wasm32-unknown-unknown",
        impure: &["log"],
    },
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

/// Everything of the standard library that reaches outside a program, as clippy's own settings name
/// it: no pure library may use it, and no attribute in the source can allow it. (The `clippy.toml`
/// of a pure crate is shorter, because it holds for the crate's tests too, and those read files.)
pub(crate) const REACH: &[Reach] = &[
    Reach {
        setting: "disallowed-methods",
        paths: &[
            "std::env::args",
            "std::env::args_os",
            "std::env::current_dir",
            "std::env::current_exe",
            "std::env::home_dir",
            "std::env::temp_dir",
            "std::env::var",
            "std::env::var_os",
            "std::env::vars",
            "std::env::vars_os",
            "std::fs::canonicalize",
            "std::fs::copy",
            "std::fs::create_dir",
            "std::fs::create_dir_all",
            "std::fs::exists",
            "std::fs::hard_link",
            "std::fs::metadata",
            "std::fs::read",
            "std::fs::read_dir",
            "std::fs::read_link",
            "std::fs::read_to_string",
            "std::fs::remove_dir",
            "std::fs::remove_dir_all",
            "std::fs::remove_file",
            "std::fs::rename",
            "std::fs::set_permissions",
            "std::fs::symlink_metadata",
            "std::fs::write",
            "std::io::pipe",
            "std::io::stderr",
            "std::io::stdin",
            "std::io::stdout",
            "std::net::ToSocketAddrs::to_socket_addrs",
            "std::path::Path::canonicalize",
            "std::path::Path::exists",
            "std::path::Path::is_dir",
            "std::path::Path::is_file",
            "std::path::Path::is_symlink",
            "std::path::Path::metadata",
            "std::path::Path::read_dir",
            "std::path::Path::read_link",
            "std::path::Path::symlink_metadata",
            "std::path::Path::try_exists",
            "std::path::absolute",
            "std::process::abort",
            "std::process::exit",
            "std::process::id",
            "std::thread::available_parallelism",
            "std::thread::current",
            "std::thread::park",
            "std::thread::scope",
            "std::thread::sleep",
            "std::thread::spawn",
            "std::thread::yield_now",
            "std::time::Instant::elapsed",
            "std::time::Instant::now",
            "std::time::SystemTime::elapsed",
            "std::time::SystemTime::now",
        ],
    },
    Reach {
        setting: "disallowed-types",
        paths: &[
            "std::collections::HashMap",
            "std::collections::HashSet",
            "std::fs::DirBuilder",
            "std::fs::File",
            "std::fs::OpenOptions",
            "std::hash::RandomState",
            "std::net::TcpListener",
            "std::net::TcpStream",
            "std::net::UdpSocket",
            "std::process::Command",
            "std::sync::Barrier",
            "std::sync::Condvar",
            "std::sync::Mutex",
            "std::sync::RwLock",
            "std::thread::Builder",
            "std::thread::JoinHandle",
            "std::thread::LocalKey",
            "std::time::Instant",
            "std::time::SystemTime",
        ],
    },
    Reach {
        setting: "disallowed-macros",
        paths: &[
            "std::dbg",
            "std::eprint",
            "std::eprintln",
            "std::print",
            "std::println",
            "std::thread_local",
        ],
    },
];

/// One of clippy's lists of what may not be used.
#[derive(Debug)]
pub(crate) struct Reach {
    /// Its name in a `clippy.toml`.
    pub(crate) setting: &'static str,
    pub(crate) paths: &'static [&'static str],
}

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
        from: "mde-forensics-wasm",
        to: &["mde-forensics-core", "mde-forensics-package"],
        tests: &[],
    },
    Arrows { from: "mde-forensics-package-wasm", to: &["mde-forensics-package"], tests: &[] },
    Arrows {
        from: "mde-forensics-cli",
        to: &["mde-forensics", "mde-forensics-emulator", "mde-forensics-package"],
        tests: &[],
    },
    Arrows {
        from: "mde-forensics-bench",
        to: &[
            "mde-forensics",
            "mde-forensics-core",
            "mde-forensics-emulator",
            "mde-forensics-package",
        ],
        tests: &[],
    },
    Arrows {
        from: "mde-forensics-python",
        to: &[
            "mde-forensics",
            "mde-forensics-cli",
            "mde-forensics-emulator",
            "mde-forensics-package",
        ],
        tests: &[],
    },
    Arrows { from: "xtask", to: &[], tests: &[] },
];

/// Paths of somebody's machine. Written in two parts, so that this file does not hold them.
pub(crate) const MACHINE_PATHS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
