//! Wakes a Python event loop with a byte on a socket that the loop listens to.
//!
//! No thread has to wait for the interpreter, and everything that is due before the loop looks
//! wakes it only once.

use pyo3::exceptions::{PyNotImplementedError, PyOSError};
use pyo3::prelude::*;

use crate::process::Home;

pub(crate) use self::socket::WakeupSender;

/// Wakes one loop.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Wakeup(Home<WakeupSender>);

#[pymethods]
impl Wakeup {
    /// Fails with `NotImplementedError` if the system has no such sockets.
    #[new]
    fn new() -> PyResult<Self> {
        let sender = WakeupSender::new().map_err(|error| match error.kind() {
            std::io::ErrorKind::Unsupported => PyNotImplementedError::new_err(error.to_string()),
            _ => PyOSError::new_err(error.to_string()),
        })?;
        Ok(Self(Home::new(sender)))
    }

    /// The socket that the loop listens to.
    fn fileno(&self) -> PyResult<i32> {
        Ok(self.0.here()?.number())
    }

    /// What has become due since the last call.
    fn due(&self) -> PyResult<Vec<Py<PyAny>>> {
        Ok(self.0.here()?.due())
    }
}

impl Wakeup {
    pub(crate) fn sender(&self) -> PyResult<WakeupSender> {
        Ok(self.0.here()?.clone())
    }
}

#[cfg(unix)]
mod socket {
    use std::io::{self, Read as _, Write as _};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::net::UnixStream;
    use std::sync::{Arc, Mutex, PoisonError};

    use pyo3::prelude::*;

    use crate::process;

    /// Wakes a loop from the work. Clones wake the same loop.
    #[derive(Clone)]
    pub(crate) struct WakeupSender(Arc<Ends>);

    struct Ends {
        loops: UnixStream,
        ours: UnixStream,
        due: Mutex<Vec<Py<PyAny>>>,
    }

    impl WakeupSender {
        pub(super) fn new() -> io::Result<Self> {
            let (loops, ours) = UnixStream::pair()?;
            loops.set_nonblocking(true)?;
            ours.set_nonblocking(true)?;
            Ok(Self(Arc::new(Ends { loops, ours, due: Mutex::default() })))
        }

        /// Queues a future for the loop, and wakes the loop unless that was already requested.
        pub(crate) fn push(&self, future: Py<PyAny>) {
            let mut due = self.0.due.lock().unwrap_or_else(PoisonError::into_inner);
            due.push(future);
            let is_first = due.len() == 1;
            drop(due);
            if is_first {
                process::wake(self.clone());
            }
        }

        /// Wakes the loop.
        pub(crate) fn wake(&self) {
            // If there is no room for a byte, the loop is already being woken.
            let _ = (&self.0.ours).write(&[0]);
        }

        pub(super) fn number(&self) -> i32 {
            self.0.loops.as_raw_fd()
        }

        pub(super) fn due(&self) -> Vec<Py<PyAny>> {
            // Read first: anything that arrives from here on wakes the loop again.
            let _ = (&self.0.loops).read(&mut [0; 64]);
            std::mem::take(&mut *self.0.due.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }
}

/// This system has no such sockets.
#[cfg(not(unix))]
mod socket {
    use std::convert::Infallible;
    use std::io;

    use pyo3::prelude::*;

    #[derive(Clone)]
    pub(crate) struct WakeupSender(Infallible);

    impl WakeupSender {
        pub(super) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        #[expect(clippy::needless_pass_by_value, reason = "as on other systems")]
        pub(crate) fn push(&self, _: Py<PyAny>) {
            match self.0 {}
        }

        pub(super) fn number(&self) -> i32 {
            match self.0 {}
        }

        pub(super) fn due(&self) -> Vec<Py<PyAny>> {
            match self.0 {}
        }
    }
}
