//! Reads saved handles.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use mde_forensics::FileLedger;
use serde_json::Value;

use crate::core::engine::{Handle, Record};
use crate::core::{BaseUrl, Code, Error};
use crate::failure::Failure;
use crate::input;

/// Whether this argument is a handle or names a file with one: `-`, JSON, an existing path, or text that can only be a path.
pub(crate) fn is_handle(argument: &str) -> bool {
    argument == "-"
        || argument.starts_with(['{', '['])
        || argument.contains(['/', '\\'])
        || Path::new(argument).extension().is_some_and(|end| end.eq_ignore_ascii_case("json"))
        || Path::new(argument).exists()
}

/// The collections of a folder, in the order in which they began.
///
/// Fails as [`records`] does.
pub(crate) fn of_folder(folder: &Path) -> Result<Vec<Handle>, Failure> {
    Ok(Handle::fold(records(folder)?))
}

/// Reads the ledger of a folder, without disturbing a run that is using it.
///
/// Fails if there is no ledger, it cannot be read, or a line of it is damaged.
pub(crate) fn records(folder: &Path) -> Result<Vec<Record>, Failure> {
    let path = folder.join(FileLedger::NAME);
    let text = match fs::metadata(&path) {
        // Opening a pipe would block.
        Ok(found) if !found.is_file() => {
            format!("the ledger `{}` is not a regular file", path.display())
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            format!("`{}` contains no ledger", folder.display())
        }
        _ => return Ok(FileLedger::records(folder)?),
    };
    let hint = "pass the folder that was given to `--out`: `collect` keeps its ledger there";
    Err(Error::new(Code::LedgerFailed, text).with_hint(hint).into())
}

/// Reads the handles of an argument: JSON, a file with JSON, or `-` for standard input.
///
/// The JSON is a handle, a list of handles, or the output of `collect --json`. Fails if it is none of these, contains no
/// handle, is larger than 64 MiB, or belongs to another tenant or API host.
pub(crate) fn read(argument: &str, tenant: &str, base: &BaseUrl) -> Result<Vec<Handle>, Failure> {
    let json = text(argument)?;
    let not_json = |_| Error::new(Code::InvalidHandle, "the input is not a handle: it is not JSON");
    let handles: Vec<Value> = match serde_json::from_str(&json).map_err(not_json)? {
        Value::Array(handles) => handles,
        Value::Object(mut document) => match document.remove("devices") {
            Some(Value::Array(devices)) => devices
                .into_iter()
                .filter_map(|mut device| Some(device.get_mut("handle")?.take()))
                .collect(),
            _ => return Ok(vec![Handle::parse(&json, tenant, base)?]),
        },
        other => vec![other],
    };
    if handles.is_empty() {
        return Err(Error::new(Code::InvalidHandle, "the input contains no handle").into());
    }
    let parse = |handle: Value| Ok(Handle::parse(&handle.to_string(), tenant, base)?);
    handles.into_iter().map(parse).collect()
}

fn text(argument: &str) -> Result<String, Failure> {
    if argument.starts_with(['{', '[']) {
        return Ok(argument.to_owned());
    }
    let wrong =
        |why: &str| Failure::usage(format!("cannot read a handle from `{argument}`: {why}"));
    let bytes = input::begin(Path::new(argument), MAX_BYTES + 1);
    let bytes = bytes.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(format!("there is no file or folder `{argument}`"))
            .with_hint("pass the folder that was given to `--out`, or a file with handles"),
        _ => wrong(&error.to_string()),
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::usage(format!(
            "`{argument}` is not a handle: it is larger than 64 MiB"
        )));
    }
    String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 text"))
}

const MAX_BYTES: u64 = 64 << 20;
