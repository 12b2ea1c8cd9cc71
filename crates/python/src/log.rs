//! Logs to the logger `mde_forensics` of Python's `logging`.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use mde_forensics::core::engine::{Event, EventKind};
use mde_forensics_cli::in_words;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule, PyString, PyTuple};
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, registry};

/// Updates the wanted log level; called where work begins, with the interpreter held.
///
/// Fails as [`take_note`] does.
pub(crate) fn listen() -> PyResult<()> {
    ONCE.call_once(|| {
        // Another subscriber in this process is the caller's own and stays.
        let _ = tracing::subscriber::set_global_default(registry().with(ToPython));
    });
    Python::try_attach(take_note).unwrap_or(Ok(()))
}

/// Updates the wanted log level; called while work is waited for.
///
/// Fails with an exception that a signal handler raised meanwhile, which nobody else would see.
pub(crate) fn take_note(py: Python<'_>) -> PyResult<()> {
    WANTED.store(wanted(py)?, Ordering::Relaxed);
    Ok(())
}

/// The lowest level that any of our loggers wants; each logger filters its own messages.
fn wanted(py: Python<'_>) -> PyResult<i32> {
    let root = match LOGGER.get(py) {
        Some(root) => root,
        None => match logging(py) {
            Some(logging) => LOGGER.get_or_try_init(py, || {
                logging.call_method1("getLogger", (ROOT,)).map(Bound::unbind)
            })?,
            // If `logging` was not imported, nobody has configured it; warnings are shown all the
            // same.
            None => return Ok(WARNING),
        },
    };
    let root = root.bind(py);
    let all = root.getattr(intern!(py, "manager"))?.getattr(intern!(py, "loggerDict"))?;
    let all = all.cast_into::<PyDict>()?;
    let mut lowest = root.call_method0(intern!(py, "getEffectiveLevel"))?.extract()?;
    for name in ours(py, &all) {
        let Some(logger) = all.get_item(name)? else { continue };
        // A placeholder between other loggers is not a logger.
        if let Some(level) = logger.getattr_opt(intern!(py, "getEffectiveLevel"))? {
            lowest = level.call0()?.extract::<i32>()?.min(lowest);
        }
    }
    Ok(lowest)
}

/// The names of our child loggers; searched again if the number of loggers has changed.
fn ours<'py>(py: Python<'py>, all: &Bound<'py, PyDict>) -> Bound<'py, PyTuple> {
    let known = BELOW
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .as_ref()
        .map(|(count, names)| (*count, names.clone_ref(py)));
    match known {
        Some((count, names)) if count == all.len() => names.into_bound(py),
        _ => {
            let is_ours = |name: &Bound<'_, PyAny>| {
                let name = name.cast::<PyString>().ok().and_then(|name| name.to_cow().ok());
                name.is_some_and(|name| name.starts_with(BELOW_ROOT))
            };
            let names: Vec<_> = all.keys().iter().filter(is_ours).collect();
            let Ok(names) = PyTuple::new(py, names) else { return PyTuple::empty(py) };
            let kept = Some((all.len(), names.clone().unbind()));
            // Drop the old names outside the lock, because this can run Python code.
            drop(std::mem::replace(
                &mut *BELOW.lock().unwrap_or_else(PoisonError::into_inner),
                kept,
            ));
            names
        }
    }
}

/// Logs an event of a run.
pub(crate) fn event(event: &Event) {
    let level = match event.kind {
        EventKind::Continued { .. }
        | EventKind::Doubtful { .. }
        | EventKind::PassedOver { .. }
        | EventKind::Unverified { .. }
        | EventKind::Warning { .. } => WARNING,
        EventKind::Progress { .. } => return,
        _ => INFO,
    };
    if level < WANTED.load(Ordering::Relaxed) {
        return;
    }
    let Some(words) = in_words(&event.kind) else { return };
    let device = event.device.as_deref().map(|device| device.escape_debug().to_string());
    write(
        level,
        "mde_forensics.events",
        &match device {
            Some(device) => format!("{device}: {words}"),
            None => words,
        },
    );
}

struct ToPython;

impl<S: Subscriber> Layer<S> for ToPython {
    /// The wanted level can change at any time, so only the target is decided once.
    fn register_callsite(&self, metadata: &'static tracing::Metadata<'static>) -> Interest {
        if metadata.target().starts_with(ROOT) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        // Other crates log URLs and headers, and with them links and tokens.
        metadata.target().starts_with(ROOT)
            && number(*metadata.level()) >= WANTED.load(Ordering::Relaxed)
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let name = event.metadata().target().replace("::", ".");
        write(number(*event.metadata().level()), &name, &line.text());
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn text(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a `String` cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// Runs work on this thread during which no Python code may run: its log messages are [`kept`].
pub(crate) fn held<T>(work: impl FnOnce() -> T) -> T {
    IS_HELD.set(true);
    let _released = Released;
    work()
}

/// Lets Python code run again on this thread, even after a panic: otherwise all its log messages
/// would be kept and never written.
struct Released;

impl Drop for Released {
    fn drop(&mut self) {
        IS_HELD.set(false);
    }
}

/// Takes the messages kept on this thread.
pub(crate) fn kept() -> Vec<Record> {
    KEPT.take()
}

pub(crate) fn write_all(records: Vec<Record>) {
    records.into_iter().for_each(Record::write);
}

fn write(level: i32, name: &str, text: &str) {
    let record = Record { level, name: name.to_owned(), text: text.to_owned() };
    if IS_HELD.get() {
        return KEPT.with_borrow_mut(|kept| kept.push(record));
    }
    record.write();
}

/// One log message.
pub(crate) struct Record {
    level: i32,
    name: String,
    text: String,
}

impl Record {
    fn write(self) {
        let Self { level, name, text } = self;
        let _ = Python::try_attach(|py| {
            let logging = match logging(py) {
                Some(logging) => logging,
                None if level >= WARNING => PyModule::import(py, "logging").ok()?.into_any(),
                None => return None,
            };
            let logged = logging
                .call_method1("getLogger", (name,))
                .and_then(|logger| logger.call_method1("log", (level, "%s", text)));
            // A failing handler must not stop the work; Ctrl-C is passed to the main thread.
            if logged.is_err_and(|error| error.is_instance_of::<PyKeyboardInterrupt>(py)) {
                let _ = py.import("_thread").and_then(|it| it.call_method0("interrupt_main"));
            }
            Some(())
        });
    }
}

/// Python's `logging` if it was imported: importing it takes longer than importing our package. A
/// module that another thread is still importing is present but incomplete, and does not count.
fn logging(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let modules = py.import("sys").ok()?.getattr("modules").ok()?;
    let logging = modules.get_item("logging").ok()?;
    let is_begun = logging.getattr("__spec__").and_then(|spec| spec.getattr("_initializing"));
    let is_begun = is_begun.and_then(|it| it.is_truthy()).unwrap_or(false);
    (!is_begun && logging.hasattr("getLogger").unwrap_or(false)).then_some(logging)
}

fn number(level: Level) -> i32 {
    match level {
        Level::ERROR => 40,
        Level::WARN => WARNING,
        Level::INFO => INFO,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

thread_local! {
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
}

static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// The number of all loggers, and the names of our child loggers.
static BELOW: Mutex<Option<(usize, Py<PyTuple>)>> = Mutex::new(None);
static ONCE: Once = Once::new();
static WANTED: AtomicI32 = AtomicI32::new(WARNING);
const WARNING: i32 = 30;
const INFO: i32 = 20;
const ROOT: &str = "mde_forensics";
const BELOW_ROOT: &str = "mde_forensics.";
