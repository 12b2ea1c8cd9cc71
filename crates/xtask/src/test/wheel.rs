mod environment;
mod verdict;

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use crate::{
    failure::Failure,
    process,
    test::{
        tally::{Broken, Tally},
        wheel::verdict::{Tested, verdict},
    },
    workspace::Workspace,
};

/// Builds the wheel once, installs it into a clean environment of the oldest and of the newest
/// interpreter that are there, and runs `tests/python` in each; the newest also checks the types.
///
/// Then the sdist is built as those do who have no wheel, with the lockfile as it is.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let interpreters = interpreters(workspace);
    let (Some(oldest), Some(newest)) = (interpreters.first(), interpreters.last()) else {
        return Err(Failure::new(NO_PYTHON).into());
    };
    let folder = workspace.target.join("xtask/wheel");
    let tools = environment::make(workspace, newest, "build", &[BUILD])?;
    let wheel = build(workspace, &tools, &folder)?;
    let both = [oldest, newest];
    let chosen = if oldest.version == newest.version { &both[1..] } else { &both[..] };
    // Side by side: much of what they test is waiting.
    let runs = thread::scope(|scope| {
        let start = |interpreter: &&Interpreter| {
            let (interpreter, wheel) = (Interpreter::clone(interpreter), &wheel);
            let is_newest = interpreter.version == newest.version;
            scope.spawn(move || tested(workspace, &interpreter, wheel, is_newest))
        };
        let running: Vec<_> = chosen.iter().map(start).collect();
        let ended = running.into_iter().map(|run| {
            run.join().unwrap_or_else(|_| Err(Failure::new("a run of pytest could not be watched")))
        });
        chosen.iter().map(|it| it.name()).zip(ended).collect::<Vec<_>>()
    });
    verdict(runs, source(workspace, &tools, newest, &folder))
}

/// The newest interpreter with the wheel and these packages; none of what tests need is there.
pub(crate) fn installed(workspace: &Workspace, packages: &[&str]) -> Result<PathBuf, Failure> {
    let interpreters = interpreters(workspace);
    let newest = interpreters.last().ok_or_else(|| Failure::new(NO_PYTHON))?;
    let tools = environment::make(workspace, newest, "build", &[BUILD])?;
    let wheel = build(workspace, &tools, &workspace.target.join("xtask/wheel"))?;
    let wheel = wheel.to_string_lossy();
    environment::make(workspace, newest, "bench", &[&[wheel.as_ref()], packages].concat())
}

/// The newest interpreter that the wheel was tested with last, if any was.
pub(crate) fn last(workspace: &Workspace) -> Option<PathBuf> {
    let interpreters = interpreters(workspace);
    let python = environment::place(workspace, &interpreters.last()?.name());
    python.is_file().then_some(python)
}

/// One Python that can make environments.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Interpreter {
    version: (u32, u32),
    program: PathBuf,
}

impl Interpreter {
    /// How its environment is called.
    fn name(&self) -> String {
        format!("{}.{}", self.version.0, self.version.1)
    }
}

/// Runs pytest in a clean environment with the wheel.
fn tested(
    workspace: &Workspace,
    interpreter: &Interpreter,
    wheel: &Path,
    with_types: bool,
) -> Result<Tested, Failure> {
    let name = interpreter.name();
    let wheel_argument = wheel.to_string_lossy();
    let mut packages = vec![wheel_argument.as_ref()];
    packages.extend(TESTS);
    if with_types {
        packages.extend(TYPES);
    }
    let python = environment::make(workspace, interpreter, &name, &packages)?;
    let mut notes = Vec::new();
    for reader in READERS {
        if !environment::add_compiled(workspace, &python, reader)? {
            notes.push(format!("SKIPPED: what needs {reader}, which has no wheel for it"));
        }
    }
    let mut pytest = workspace.command(&python);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/python"]);
    pytest.env("MDE_FORENSICS_WHEEL", wheel).env("PYTHONDONTWRITEBYTECODE", "1");
    // Ours is the installed package, never the folder of the sources.
    pytest.env_remove("PYTHONPATH");
    Ok(Tested { ended: process::run(pytest)?, notes })
}

/// The wheel of this machine, in an empty folder.
fn build(workspace: &Workspace, python: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let mut maturin = workspace.command(python);
    maturin
        .args(["-m", "maturin", "build", "--release", "--locked", "--quiet"])
        .args(["--compression-level", "9", "--out"])
        .arg(folder);
    // `cargo run` may have chosen another one for us.
    maturin.env("CARGO_TARGET_DIR", &workspace.target);
    process::must(maturin)?;
    only(folder, "whl")
}

/// The sdist, unpacked and built by pip alone.
fn source(
    workspace: &Workspace,
    tools: &Path,
    newest: &Interpreter,
    folder: &Path,
) -> Result<(), Failure> {
    let mut maturin = workspace.command(tools);
    maturin.args(["-m", "maturin", "sdist", "--out"]).arg(folder);
    process::must(maturin)?;
    let sdist = only(folder, "gz")?;
    let python = environment::make(workspace, newest, "sdist", &[])?;
    let unpacked = folder.join("sdist");
    fs::create_dir_all(&unpacked)?;
    let mut tar = workspace.command("tar");
    // With the time of now: what was compiled of older files would be taken for what these are compiled to.
    tar.args(["-x", "-m", "-f"]).arg(&sdist).arg("-C").arg(&unpacked);
    process::must(tar)?;
    let name = sdist.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let source = unpacked.join(name.strip_suffix(".tar.gz").unwrap_or(name));
    let mut pip = workspace.command(&python);
    pip.args(["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.arg("--wheel-dir").arg(folder.join("from-sdist")).arg(&source);
    // That it builds is what counts here, and without optimisation it does so in a fraction of the time.
    pip.args(["--config-settings", "build-args=--profile=dev"]);
    // What the libraries of others came to is the same; ours are compiled from the sdist.
    pip.env("CARGO_TARGET_DIR", &workspace.target);
    process::must(pip)?;
    only(&folder.join("from-sdist"), "whl").map(drop)
}

/// Every Python from 3.9 on that can make environments, the oldest first.
fn interpreters(workspace: &Workspace) -> Vec<Interpreter> {
    let mut found: Vec<_> =
        candidates().into_iter().filter_map(|program| ask(workspace, program)).collect();
    found.sort();
    found.dedup_by(|one, other| one.version == other.version);
    found
}

fn candidates() -> Vec<PathBuf> {
    let mut programs: Vec<_> =
        (9..30).map(|minor| PathBuf::from(format!("python3.{minor}"))).collect();
    programs.push(PathBuf::from(if cfg!(windows) { "python" } else { "python3" }));
    // pyenv keeps versions beside one another, and shows one of them.
    let mut pyenv = Command::new("pyenv");
    pyenv.arg("root");
    let root = process::run(pyenv).ok().filter(|ended| ended.success);
    let versions =
        root.and_then(|root| fs::read_dir(Path::new(root.text.trim()).join("versions")).ok());
    let installed = versions.into_iter().flatten().flatten();
    programs.extend(installed.map(|version| version.path().join("bin/python3")));
    programs
}

/// Which version a program is, if it can be used.
fn ask(workspace: &Workspace, program: PathBuf) -> Option<Interpreter> {
    let mut python = workspace.command(&program);
    python.args(["-c", "import sys, ensurepip, venv; print(*sys.version_info[:2])"]);
    let ended = process::run(python).ok().filter(|ended| ended.success)?;
    let mut numbers = ended.text.split_whitespace().map(str::parse);
    let version = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (version >= OLDEST).then_some(Interpreter { version, program })
}

/// The one file with this ending.
fn only(folder: &Path, ending: &str) -> Result<PathBuf, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err(Failure::new(format!("not one `.{ending}` lies in {}", folder.display()))),
    }
}

const NO_PYTHON: &str =
    "there is no Python from 3.9 on with venv; install one, such as `python3-venv`";

const OLDEST: (u32, u32) = (3, 9);

const BUILD: &str = "maturin";

/// What the tests use besides; a test of what is not there skips itself. Which versions, `tests/python/constraints.txt` says.
const TESTS: &[&str] = &[
    "aiohttp",
    "azure-functions",
    "azure-identity",
    "httpx",
    "ipykernel",
    "nbclient",
    "pytest",
    "requests",
    "tqdm",
];

/// What takes tables.
const READERS: &[&str] = &["pandas", "polars", "pyarrow"];

/// What checks the types and the style.
const TYPES: &[&str] = &["mypy", "pyright", "ruff"];
