//! The emulator, in this process.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mde_forensics_emulator::config::{Device, Life, Rule};
use mde_forensics_emulator::{
    Config, Emulator as Inner, Error, Handle, NewCollection, TokenRequest, Transition,
};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::convert;
use crate::guard::guarded;
use crate::process::{Home, runtime};

/// A running emulator, behind `mde_forensics.Emulator`.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Emulator {
    handle: Home<Handle>,
    running: Home<Mutex<Option<Inner>>>,
    ready: String,
    login: String,
    download: String,
}

#[pymethods]
impl Emulator {
    /// `config` is the emulator's configuration as plain data.
    #[new]
    fn new(py: Python<'_>, config: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(py, || {
            let config: Config = read(config, "config")?;
            let runtime = runtime()?;
            let emulator = py.detach(|| runtime.block_on(Inner::start(config))).map_err(failed)?;
            Ok(Self {
                handle: Home::new(emulator.handle()),
                ready: emulator.ready_line(),
                login: emulator.login_url().to_owned(),
                download: emulator.download_url().to_owned(),
                running: Home::new(Mutex::new(Some(emulator))),
            })
        })
    }

    /// Stops the emulator and waits until its ports are free; a second call does nothing.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || {
            let running = self.running.here()?;
            let emulator = running.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(emulator) = emulator {
                let runtime = runtime()?;
                py.detach(|| runtime.block_on(emulator.shutdown()));
            }
            Ok(())
        })
    }

    /// All URLs and how to sign in, as JSON.
    #[getter]
    fn ready_line(&self) -> &str {
        &self.ready
    }

    #[getter]
    fn login_url(&self) -> &str {
        &self.login
    }

    #[getter]
    fn download_url(&self) -> &str {
        &self.download
    }

    /// Runs the control-plane function with this name, with plain data as input and output.
    #[pyo3(signature = (deed, argument))]
    fn control(
        &self,
        py: Python<'_>,
        deed: &str,
        argument: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let handle = self.handle.here()?;
            let given = convert::to_json(argument, deed)?;
            let answer = py.detach(|| control(handle, deed, given));
            match answer {
                Ok(answer) => convert::to_python(py, &answer),
                Err(why) => Err(PyValueError::new_err(format!("`{deed}`: {why}"))),
            }
        })
    }
}

fn control(handle: &Handle, deed: &str, given: Value) -> Result<Value, String> {
    let said = |error: Error| error.to_string();
    Ok(match deed {
        "actions" => shown(&handle.actions()),
        "add_device" => json!(handle.add_device(&parsed::<Device>(given)?).map_err(said)?),
        "add_fault" => {
            handle.add_fault(parsed::<Rule>(given)?);
            Value::Null
        }
        "advance" => {
            let seconds = given.as_f64().map(Duration::try_from_secs_f64);
            let Some(Ok(by)) = seconds else { return Err("needs a number of seconds".to_owned()) };
            handle.advance(by);
            Value::Null
        }
        "approve_device_code" => {
            let (code, user) = parsed::<(String, String)>(given)?;
            handle.approve_device_code(&code, &user).map_err(said)?;
            Value::Null
        }
        "calls" => shown(&handle.calls()),
        "calls_seen" => json!(handle.calls_seen()),
        "cancel_collection" => {
            let (id, by, comment) = parsed::<(String, String, String)>(given)?;
            shown(&handle.cancel(&id, &by, &comment).map_err(said)?)
        }
        "change_options" => {
            let mut options = shown(&handle.options());
            merge(&mut options, &given);
            let options = parsed(options)?;
            handle.change_options(|current| *current = options);
            Value::Null
        }
        "clear_calls" => {
            handle.clear_calls();
            Value::Null
        }
        "clear_faults" => {
            handle.clear_faults();
            Value::Null
        }
        "device" => shown(&handle.device(&parsed::<String>(given)?).map_err(said)?),
        "device_codes" => shown(&handle.device_codes()),
        "devices" => shown(&handle.devices()),
        "faults" => shown(&handle.faults()),
        "issue_token" => json!(handle.issue_token(&parsed::<TokenRequest>(given)?).map_err(said)?),
        "now" => json!(handle.now().format(&Rfc3339).map_err(|e| e.to_string())?),
        "options" => shown(&handle.options()),
        "package" => shown(&handle.package(&parsed::<String>(given)?).map_err(said)?),
        "revoke_tokens" => json!(handle.revoke_tokens()),
        "set_life" => {
            let (device, life) = parsed::<(String, Life)>(given)?;
            handle.set_life(&device, life).map_err(said)?;
            Value::Null
        }
        "set_time" => {
            let time = OffsetDateTime::parse(&parsed::<String>(given)?, &Rfc3339);
            handle.set_time(time.map_err(|e| e.to_string())?).map_err(said)?;
            Value::Null
        }
        "start_collection" => {
            shown(&handle.start_collection(&parsed::<NewCollection>(given)?).map_err(said)?)
        }
        "time_scale" => json!(handle.time_scale()),
        "transition" => {
            let (id, way) = parsed::<(String, Vec<Transition>)>(given)?;
            shown(&handle.transition(&id, &way).map_err(said)?)
        }
        _ => return Err("there is no such thing to do".to_owned()),
    })
}

fn shown(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn parsed<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(value: &Bound<'_, PyAny>, name: &str) -> PyResult<T> {
    parsed(convert::to_json(value, name)?)
        .map_err(|why| PyValueError::new_err(format!("`{name}`: {why}")))
}

fn merge(old: &mut Value, new: &Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, new) in new {
                merge(old.entry(key).or_insert(Value::Null), new);
            }
        }
        (old, new) => *old = new.clone(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: Error) -> PyErr {
    PyRuntimeError::new_err(format!("the emulator cannot start: {error}"))
}
