use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::{failure::Failure, process, workspace::Workspace};

/// The programs of `mde-forensics-bench`, built as they are measured.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    has_one_core: bool,
}

impl Program {
    /// Fails when they do not build.
    pub(crate) fn build(workspace: &Workspace) -> Result<Self, Failure> {
        process::must(workspace.cargo(&["build", "--release", "--package", PACKAGE]))?;
        let name = format!("{PACKAGE}{}", std::env::consts::EXE_SUFFIX);
        Ok(Self { path: workspace.target.join("release").join(name), has_one_core: false })
    }

    /// The same, each [on the one core](on_one_core).
    pub(crate) fn on_one_core(&self) -> Self {
        Self { has_one_core: true, ..self.clone() }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments);
        if self.has_one_core { on_one_core(command) } else { command }
    }

    /// Runs one to its end and gives what it found.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&process::stdout(self.command(arguments))?)?)
    }

    /// Starts one that answers lines with lines.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Running, Failure> {
        Running::start(self.command(arguments))
    }

    /// Starts an emulator with these options; it ends when what is given is dropped.
    pub(crate) fn emulator(&self, options: &[&str]) -> Result<Emulator, Failure> {
        let mut running = self.start(&[&["emulator"], options].concat())?;
        let ready = running.line()?;
        Ok(Emulator { ready, _running: running })
    }
}

/// An emulator in a process of its own.
#[derive(Debug)]
pub(crate) struct Emulator {
    /// What says where it is.
    pub(crate) ready: String,
    _running: Running,
}

/// A program that answers lines with lines. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Option<Lines<BufReader<ChildStdout>>>,
}

impl Running {
    /// Fails when the program cannot be started.
    pub(crate) fn start(mut command: Command) -> Result<Self, Failure> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, lines })
    }

    /// Says `line` and gives the answer.
    pub(crate) fn ask(&mut self, line: &str) -> Result<Value, Failure> {
        if let Some(stdin) = &mut self.stdin {
            writeln!(stdin, "{line}")?;
        }
        Ok(serde_json::from_str(&self.line()?)?)
    }

    /// The next line that it says.
    pub(crate) fn line(&mut self) -> Result<String, Failure> {
        let line = self.lines.as_mut().and_then(Iterator::next);
        line.unwrap_or_else(|| Err(std::io::ErrorKind::UnexpectedEof.into()))
            .map_err(|error| Failure::new(format!("`{PACKAGE}` said nothing more: {error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The end of its input is the end of it, and how it ends is of no interest any more.
        self.stdin = None;
        let _ = self.child.wait();
    }
}

/// The command on the first core, where that can be had.
///
/// Whether the kernel has a client and its emulator on one core or on two makes more of a difference than clients do, and
/// it may always choose one for this client and two for that.
pub(crate) fn on_one_core(command: Command) -> Command {
    let taskset = |program: &OsStr| {
        let mut taskset = Command::new("taskset");
        taskset.args(["--cpu-list", "0"]).arg(program);
        taskset
    };
    let tried = taskset("true".as_ref()).stdin(Stdio::null()).status();
    if !tried.is_ok_and(|status| status.success()) {
        return command;
    }
    let mut pinned = taskset(command.get_program());
    pinned.args(command.get_args());
    pinned
}

/// The field of an answer as a number.
pub(crate) fn number(answer: &Value, field: &str) -> Result<f64, Failure> {
    let number = answer.get(field).and_then(Value::as_f64);
    number.ok_or_else(|| Failure::new(format!("`{PACKAGE}` answered without `{field}`: {answer}")))
}

/// The field of an answer as text.
pub(crate) fn text<'a>(answer: &'a Value, field: &str) -> Result<&'a str, Failure> {
    let text = answer.get(field).and_then(Value::as_str);
    text.ok_or_else(|| Failure::new(format!("`{PACKAGE}` answered without `{field}`: {answer}")))
}

/// A path as an argument.
pub(crate) fn argument(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| Failure::new(format!("`{}` is not Unicode", path.display())))
}

const PACKAGE: &str = "mde-forensics-bench";
