//! Being asked to stop.

use std::io;

use crate::exit::Exit;
use crate::failure::Failure;

/// Carries out work that can be given up at any point, and ends at once when somebody asks to stop.
///
/// `stopped` says on the way out what is not known then.
pub(crate) async fn unless_stopped(
    work: impl Future<Output = Result<Exit, Failure>>,
    stopped: impl FnOnce(),
) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(Exit::Incomplete, format!("cannot hear signals: {error}")))?;
    tokio::select! {
        done = work => done,
        exit = signals.next() => {
            stopped();
            Ok(exit)
        }
    }
}

/// The ways in which the operating system asks a program to stop.
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

    /// The next time that somebody asks; with what the program should end.
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}
