use std::{fmt, path::Path};

use crate::{
    failure::Failure,
    process,
    test::{npm, python},
    workspace::Workspace,
};

/// What a step needs beyond cargo, Python and Node.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Tool {
    CargoDeny,
    Chromium,
    Clippy,
    OldestRust,
    Rustfmt,
    WasmTarget,
    Wheels,
    WindowsCompiler,
    WindowsTarget,
}

impl Tool {
    /// Makes sure that the tool is there, and says how it came to be.
    ///
    /// Fails when it is missing and cannot be installed from here, with what a person can do.
    pub(crate) fn ensure(self, workspace: &Workspace) -> Result<String, Failure> {
        if let Some(found) = self.found(workspace)? {
            return Ok(found);
        }
        match self {
            Self::CargoDeny => cargo_deny(workspace),
            Self::Chromium => Ok(match apt_get(workspace, CHROMIUM) {
                Ok(how) => how,
                Err(failure) => format!("not installed, what needs it is skipped:\n{failure}"),
            }),
            Self::Clippy => rustup(workspace, "component", "clippy"),
            Self::Rustfmt => rustup(workspace, "component", "rustfmt"),
            Self::WasmTarget | Self::WindowsTarget => rustup(workspace, "target", self.name()),
            Self::Wheels => Ok(python::install(workspace)),
            Self::WindowsCompiler => {
                let by_hand = |failure| Failure::new(format!("{failure}\n{BY_HAND}"));
                apt_get(workspace, MINGW).map_err(by_hand)
            }
            Self::OldestRust => {
                let mut rustup = workspace.command("rustup");
                let version = workspace.rust_version.as_str();
                rustup.args(["toolchain", "install", version, "--profile", "minimal"]);
                process::must(rustup)?;
                Ok(format!("{version} installed with rustup"))
            }
        }
    }

    /// Whether a step that needs it is skipped where it cannot be had, as installing it takes more than our rights
    /// (a compiler of the system's) or another way to get Rust than the one that is there.
    pub(crate) fn may_be_missing(self) -> bool {
        matches!(self, Self::OldestRust | Self::WindowsCompiler)
    }

    fn name(self) -> &'static str {
        match self {
            Self::CargoDeny => "cargo-deny",
            Self::Chromium => "Chromium",
            Self::Clippy => "clippy",
            Self::OldestRust => "oldest Rust",
            Self::Rustfmt => "rustfmt",
            Self::WasmTarget => "wasm32-unknown-unknown",
            Self::Wheels => "Python wheels",
            Self::WindowsCompiler => "x86_64-w64-mingw32-gcc",
            Self::WindowsTarget => "x86_64-pc-windows-gnu",
        }
    }

    /// The version of it that is there and recent enough.
    fn found(self, workspace: &Workspace) -> Result<Option<String>, Failure> {
        let command = match self {
            Self::CargoDeny => workspace.cargo(&["deny", "--version"]),
            Self::Chromium => {
                return Ok(npm::chromium(workspace).map(|it| it.display().to_string()));
            }
            Self::Clippy => workspace.cargo(&["clippy", "--version"]),
            Self::Rustfmt => workspace.cargo(&["fmt", "--version"]),
            Self::WasmTarget | Self::WindowsTarget => return self.target(workspace),
            Self::OldestRust => {
                let mut rustc = workspace.command("rustup");
                rustc.args(["run", workspace.rust_version.as_str(), "rustc", "--version"]);
                rustc
            }
            Self::Wheels if !python::is_current(workspace) => return Ok(None),
            Self::Wheels => python::imports(workspace),
            Self::WindowsCompiler => {
                let mut gcc = workspace.command(Path::new(self.name()));
                gcc.arg("--version");
                gcc
            }
        };
        // A program that is not there cannot be run, which is an answer too.
        let Ok(ended) = process::run(command) else { return Ok(None) };
        let version = ended.text.lines().next().unwrap_or_default().trim().to_owned();
        let usable = ended.success && (self != Self::CargoDeny || is_recent(&version));
        Ok(usable.then_some(version))
    }

    /// Whether the standard library of a target lies where rustc looks for it.
    fn target(self, workspace: &Workspace) -> Result<Option<String>, Failure> {
        let mut rustc = workspace.command(Path::new("rustc"));
        rustc.args(["--print", "target-libdir", "--target", self.name()]);
        let folder = process::must(rustc)?;
        let found = Path::new(folder.trim()).is_dir();
        Ok(found.then(|| "found".to_owned()))
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

fn rustup(workspace: &Workspace, kind: &str, name: &str) -> Result<String, Failure> {
    let mut rustup = workspace.command(Path::new("rustup"));
    rustup.args([kind, "add", name]);
    process::must(rustup).map_err(|failure| {
        Failure::new(format!("{failure}\ninstall the {kind} `{name}` of your Rust toolchain"))
    })?;
    Ok("installed with rustup".to_owned())
}

fn cargo_deny(workspace: &Workspace) -> Result<String, Failure> {
    let install = |locked: &[&str]| {
        let mut cargo = workspace.cargo(&["install", "--quiet", "cargo-deny"]);
        // Building it for speed takes longer than it can save.
        cargo.args(["--debug", "--force"]).args(locked);
        process::must(cargo)
    };
    // Its lockfile can name a version that has been withdrawn from the registry.
    install(&["--locked"]).or_else(|_| install(&[]))?;
    Ok("installed with `cargo install cargo-deny`".to_owned())
}

/// The oldest cargo-deny that reads our `deny.toml`.
fn is_recent(version: &str) -> bool {
    let mut numbers = version.trim_start_matches("cargo-deny ").split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (0, 18),
        _ => false,
    }
}

fn apt_get(workspace: &Workspace, package: &str) -> Result<String, Failure> {
    let apt_get = |arguments: &[&str]| {
        let mut command = workspace.command(Path::new("apt-get"));
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        process::must(command)
    };
    let install = || apt_get(&["install", "--yes", "--no-install-recommends", package]);
    let installed = if is_root(workspace) {
        install().or_else(|_| apt_get(&["update"]).and_then(|_| install()))
    } else {
        Err(Failure::new("only root can install it"))
    };
    installed?;
    Ok(format!("installed with `apt-get install {package}`"))
}

fn is_root(workspace: &Workspace) -> bool {
    let mut id = workspace.command(Path::new("id"));
    id.arg("-u");
    process::must(id).is_ok_and(|user| user.trim() == "0")
}

const CHROMIUM: &str = "chromium";
const MINGW: &str = "gcc-mingw-w64-x86-64";

const BY_HAND: &str = "\
the TLS library is partly C, and compiling it for Windows needs MinGW-w64:
  Debian, Ubuntu   sudo apt-get install gcc-mingw-w64-x86-64
  Fedora           sudo dnf install mingw64-gcc
  macOS            brew install mingw-w64";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_or_unreadable_cargo_deny_is_replaced() {
        assert!(is_recent("cargo-deny 0.20.2"));
        assert!(is_recent("cargo-deny 1.0.0"));
        assert!(!is_recent("cargo-deny 0.14.3"));
        assert!(!is_recent("error: no such command: `deny`"));
    }
}
