//! The options of a run from keyword arguments. A missing argument means the default.

use std::time::Duration;

use mde_forensics::Run;
use mde_forensics::core::engine::{Handle, Pick};
use mde_forensics::core::quota::{QuotaOptions, QuotaScope};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert;

/// A caller's options of a run.
#[derive(Debug, Default)]
pub(crate) struct RunOptions {
    pub(crate) comment: Option<String>,
    key: Option<String>,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    poll_every: Option<Duration>,
    pick: Option<Pick>,
    preflight: Option<bool>,
    mark_comment: Option<bool>,
    send_external_id: Option<bool>,
    concurrency: Option<usize>,
    downloads: Option<usize>,
    entropy: Option<[u8; 16]>,
}

impl RunOptions {
    /// Reads the arguments that are not None. Fails with `TypeError` or `ValueError`, naming the
    /// argument.
    pub(crate) fn read(arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut options = Self::default();
        for (name, value) in arguments {
            let name = convert::text(&name, "the name of an option")?;
            let name = name.as_str();
            if value.is_none() && name != "comment" {
                continue;
            }
            match name {
                "comment" => options.comment = Some(convert::text(&value, name)?),
                "key" => options.key = Some(convert::text(&value, name)?),
                "timeout" => options.timeout = Some(convert::duration(&value, name)?),
                "deadline" => options.deadline = Some(convert::duration(&value, name)?),
                "poll_every" => options.poll_every = Some(convert::duration(&value, name)?),
                "pick" => options.pick = Some(pick(&value)?),
                "preflight" => options.preflight = Some(convert::truth(&value, name)?),
                "mark_comment" => options.mark_comment = Some(convert::truth(&value, name)?),
                "send_external_id" => {
                    options.send_external_id = Some(convert::truth(&value, name)?);
                }
                "concurrency" => options.concurrency = Some(convert::count(&value, name)?),
                "downloads" => options.downloads = Some(convert::count(&value, name)?),
                "entropy" => options.entropy = Some(entropy(&value)?),
                other => {
                    return Err(PyTypeError::new_err(format!("there is no option `{other}`")));
                }
            }
        }
        Ok(options)
    }

    /// Takes a missing comment and key from the handle.
    pub(crate) fn go_on_from(mut self, handle: &Handle) -> Self {
        self.comment = self.comment.or_else(|| Some(handle.comment().to_owned()));
        self.key = self.key.or_else(|| handle.key().map(str::to_owned));
        self
    }

    pub(crate) fn apply(self, options: &mut mde_forensics::core::engine::Options) {
        options.key = self.key.or_else(|| options.key.take());
        options.deadline = self.deadline.or(options.deadline);
        options.poll_every = self.poll_every.or(options.poll_every);
        options.timeout = self.timeout.unwrap_or(options.timeout);
        options.pick = self.pick.unwrap_or(options.pick);
        options.preflight = self.preflight.unwrap_or(options.preflight);
        options.mark_comment = self.mark_comment.unwrap_or(options.mark_comment);
        options.send_external_id = self.send_external_id.unwrap_or(options.send_external_id);
        options.concurrency = self.concurrency.unwrap_or(options.concurrency);
        options.downloads = self.downloads.unwrap_or(options.downloads);
        options.entropy = self.entropy.unwrap_or(options.entropy);
    }

    pub(crate) fn shape(self, mut run: Run) -> Run {
        self.apply(&mut run.options);
        run
    }
}

/// How quotas are counted, from `quota_scope` and `quota_share`.
///
/// Fails with `TypeError` or `ValueError`, naming the argument.
pub(crate) fn quotas(arguments: &Bound<'_, PyDict>) -> PyResult<QuotaOptions> {
    let mut quotas = QuotaOptions::default();
    for (name, value) in arguments {
        let name = convert::text(&name, "the name of an option")?;
        match name.as_str() {
            _ if value.is_none() => {}
            "quota_scope" => quotas.scope = scope(&value)?,
            "quota_share" => quotas.share = share(&value)?,
            other => return Err(PyTypeError::new_err(format!("there is no option `{other}`"))),
        }
    }
    Ok(quotas)
}

/// How the service counts calls.
pub(crate) fn scope(value: &Bound<'_, PyAny>) -> PyResult<QuotaScope> {
    match convert::text(value, "quota_scope")?.as_str() {
        "app" => Ok(QuotaScope::App),
        "endpoint" => Ok(QuotaScope::Endpoint),
        _ => Err(PyValueError::new_err("`quota_scope` must be `app` or `endpoint`")),
    }
}

/// Our share of the quotas; its range is checked elsewhere.
pub(crate) fn share(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    value.extract().map_err(|_| convert::no("quota_share", "a number", value))
}

fn pick(value: &Bound<'_, PyAny>) -> PyResult<Pick> {
    match convert::text(value, "pick")?.as_str() {
        "never" => Ok(Pick::Never),
        "newest" => Ok(Pick::Newest),
        _ => Err(PyValueError::new_err("`pick` must be `never` or `newest`")),
    }
}

fn entropy(value: &Bound<'_, PyAny>) -> PyResult<[u8; 16]> {
    let bytes: &[u8] = value.extract().map_err(|_| convert::no("entropy", "bytes", value))?;
    bytes.try_into().map_err(|_| PyValueError::new_err("`entropy` must be sixteen bytes"))
}
