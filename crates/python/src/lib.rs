//! The extension module of the Python package: it converts and decides nothing.
//!
//! Every method is one future. It is started as a `Task`, which Python waits for or awaits.

#![expect(
    clippy::needless_pass_by_value,
    reason = "what Python passes comes by value: that is the interface of pyo3"
)]

use pyo3::prelude::*;

mod aside;
mod channel;
mod client;
mod collection;
mod convert;
mod core;
mod credential;
mod drive;
mod emulator;
mod error;
mod event;
mod guard;
mod http;
mod log;
mod options;
mod package;
mod process;
mod report;
mod task;
mod wakeup;

/// The compiled part of `mde_forensics`; import the names from that package.
#[pymodule(gil_used = false)]
mod _native {
    use super::guard::guarded;
    use super::{Bound, PyModule, PyResult, Python, pyfunction};

    #[pymodule_export]
    use super::client::Client;
    #[pymodule_export]
    use super::collection::Collection;
    #[pymodule_export]
    use super::core::answer::Answer;
    #[pymodule_export]
    use super::core::command::Command;
    #[pymodule_export]
    use super::core::engine::Engine;
    #[pymodule_export]
    use super::core::operation::Operation;
    #[pymodule_export]
    use super::core::workspace::Workspace;
    #[pymodule_export]
    use super::credential::Credential;
    #[pymodule_export]
    use super::emulator::Emulator;
    #[pymodule_export]
    use super::error::codes;
    #[pymodule_export]
    use super::error::package_codes;
    #[pymodule_export]
    use super::error::parse;
    #[pymodule_export]
    use super::package::Package;
    #[pymodule_export]
    use super::package::compare;
    #[pymodule_export]
    use super::package::export;
    #[pymodule_export]
    use super::package::table::Table;
    #[pymodule_export]
    use super::report::manifest;
    #[pymodule_export]
    use super::report::verify;
    #[pymodule_export]
    use super::task::Task;
    #[pymodule_export]
    use super::wakeup::Wakeup;

    /// The version of the workspace.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::process::take_note(module)
    }

    /// Runs the command with these arguments, the first of which is the program's name; returns its
    /// exit code.
    #[pyfunction]
    fn run(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> PyResult<u8> {
        guarded(py, || Ok(py.detach(|| mde_forensics_cli::run(arguments).number())))
    }

    /// Closes idle connections.
    #[pyfunction]
    fn tidy(py: Python<'_>) -> PyResult<()> {
        guarded(py, || super::process::calls().map(|calls| py.detach(|| calls.tidy())))
    }

    /// Escapes text from evidence for HTML, for use inside an element or a quoted attribute.
    #[pyfunction]
    fn for_html(py: Python<'_>, text: &str) -> PyResult<String> {
        guarded(py, || Ok(mde_forensics_package::safe::for_html(text)))
    }

    /// Panics, so that a test can check that the process survives: in a `task`, in a `call`, or
    /// `bare`, where only pyo3 catches it.
    #[pyfunction]
    fn panic(py: Python<'_>, message: String, how: &str) -> PyResult<Option<Task>> {
        match how {
            "task" => super::task::panicking(message).map(Some),
            "call" => guarded(py, || std::panic::resume_unwind(Box::new(message))),
            _ => std::panic::resume_unwind(Box::new(message)),
        }
    }
}
