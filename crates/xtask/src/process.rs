use std::{
    io::{self, Read},
    process::{Command, Output, Stdio},
};

use crate::failure::Failure;

/// What a child process came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) success: bool,
    /// The command line, for the reader who wants to repeat it.
    pub(crate) line: String,
    /// Standard output and standard error, in the order in which they were written.
    pub(crate) text: String,
}

impl Ended {
    /// This end as a failure, whatever the exit status was.
    pub(crate) fn failure(&self) -> Failure {
        Failure::new(format!("$ {}\n{}", self.line, self.text))
    }
}

/// Runs `command` to its end with no standard input.
///
/// Fails when the program cannot be started, and not when it ends badly.
pub(crate) fn run(mut command: Command) -> Result<Ended, Failure> {
    let line = line(&command);
    let (mut reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = spawn(&mut command)?;
    // The pipe ends only when our own copies of its writing end are gone.
    drop(command);

    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    let success = child.wait()?.success();
    Ok(Ended { success, line, text: String::from_utf8_lossy(&bytes).into_owned() })
}

/// Runs `command` and gives what it printed.
///
/// Fails with the command line and all that was printed when it ends badly.
pub(crate) fn must(command: Command) -> Result<String, Failure> {
    let ended = run(command)?;
    if ended.success { Ok(ended.text) } else { Err(ended.failure()) }
}

/// Runs `command` and gives its standard output alone, for a machine to read.
///
/// Fails with the command line and all that was printed when it ends badly.
pub(crate) fn stdout(mut command: Command) -> Result<Vec<u8>, Failure> {
    let output = output(&mut command)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    Err(Failure::new(format!("$ {}\n{out}{err}", line(&command))))
}

/// The same of a program that ends badly when it finds something, such as clippy.
///
/// Fails with the command line and standard error when it ends badly and printed nothing.
pub(crate) fn findings(mut command: Command) -> Result<Vec<u8>, Failure> {
    let output = output(&mut command)?;
    if output.stdout.is_empty() && !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("$ {}\n{text}", line(&command))));
    }
    Ok(output.stdout)
}

fn output(command: &mut Command) -> Result<Output, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(spawn(command)?.wait_with_output()?)
}

fn spawn(command: &mut Command) -> Result<std::process::Child, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.spawn().map_err(|error| Failure::new(format!("cannot run `{program}`: {error}")))
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_failed_program_printed_is_no_answer() {
        let failure = stdout(shell("echo half; echo why >&2; exit 3")).unwrap_err().to_string();
        assert!(failure.ends_with("\nhalf\nwhy"), "{failure}");
        assert_eq!(stdout(shell("echo whole; echo aside >&2")).unwrap(), b"whole\n");
    }

    #[test]
    fn one_that_fails_with_what_it_found_has_answered() {
        assert_eq!(findings(shell("echo found; exit 1")).unwrap(), b"found\n");
        let failure = findings(shell("echo why >&2; exit 1")).unwrap_err().to_string();
        assert!(failure.ends_with("\nwhy"), "{failure}");
        assert!(findings(shell("true")).unwrap().is_empty());
    }
}
