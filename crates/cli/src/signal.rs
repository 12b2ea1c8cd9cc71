//! Signals that ask the program to stop.

use std::io;

use crate::exit::Exit;
use crate::failure::Failure;

/// Runs work that can be abandoned at any point, until it ends or a signal arrives.
///
/// `stopped` is called in the latter case, to say what is unknown.
pub(crate) async fn unless_stopped(
    work: impl Future<Output = Result<Exit, Failure>>,
    stopped: impl FnOnce(),
) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(|error| {
        Failure::new(Exit::Incomplete, format!("cannot listen for signals: {error}"))
    })?;
    tokio::select! {
        done = work => done,
        exit = signals.next() => {
            stopped();
            Ok(exit)
        }
    }
}

/// Ctrl-C, and SIGTERM or Ctrl-Break.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlBreak,
}

impl Signals {
    /// Listens from now on; needs a tokio runtime.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Listens from now on; needs a tokio runtime.
    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()? })
    }

    /// Waits for the next signal and returns its exit code.
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}
