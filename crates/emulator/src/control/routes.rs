//! The calls of the control plane, one line each.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::config::{Device, Life, Options, Rule};
use crate::exchange::Inbound;
use crate::handle::{NewCollection, TokenRequest, Transition};
use crate::{Error, Handle};

/// The result of a call; `None` if there is no such call.
pub(super) fn call(
    handle: &Handle,
    inbound: &Inbound,
    segments: &[&str],
) -> Option<Result<Value, Error>> {
    Some(match (inbound.method.as_str(), segments) {
        ("GET", []) => Ok(handle.ready()),
        ("POST", ["reset"]) => reset(handle, inbound),
        ("GET", ["clock"]) => clock(handle),
        ("POST", ["clock", "advance"]) => advance(handle, inbound),
        ("POST", ["clock", "set"]) => set_time(handle, inbound),
        ("GET", ["devices"]) => value(&handle.devices()),
        ("POST", ["devices"]) => read_list::<Device>(inbound)
            .and_then(|devices| handle.add_devices(&devices))
            .and_then(|ids| value(&ids)),
        ("GET", ["devices", device]) => handle.device(device).and_then(|it| value(&it)),
        ("PUT", ["devices", device, "life"]) => {
            read::<Life>(inbound).and_then(|life| handle.set_life(device, life)).map(done)
        }
        ("GET", ["actions"]) => value(&handle.actions()),
        ("POST", ["actions"]) => read::<NewCollection>(inbound)
            .and_then(|new| handle.start_collection(&new))
            .and_then(|action| value(&action)),
        ("GET", ["actions", id]) => handle.action(id).and_then(|it| value(&it)),
        ("POST", ["actions", id, "transitions"]) => read_list::<Transition>(inbound)
            .and_then(|way| handle.transition(id, &way))
            .and_then(|action| value(&action)),
        ("POST", ["actions", id, "cancel"]) => cancel(handle, inbound, id),
        ("GET", ["faults"]) => value(&handle.faults()),
        ("POST", ["faults"]) => read_list::<Rule>(inbound).map(|rules| {
            for rule in rules {
                handle.add_fault(rule);
            }
            done(())
        }),
        ("DELETE", ["faults"]) => {
            handle.clear_faults();
            Ok(done(()))
        }
        ("GET", ["options"]) => value(&handle.options()),
        ("PATCH", ["options"]) => change_options(handle, inbound),
        ("GET", ["calls"]) => {
            value(&handle.calls()).map(|calls| json!({"seen": handle.calls_seen(), "calls": calls}))
        }
        ("DELETE", ["calls"]) => {
            handle.clear_calls();
            Ok(done(()))
        }
        ("POST", ["tokens"]) => read::<TokenRequest>(inbound)
            .and_then(|request| handle.issue_token(&request))
            .map(|token| json!({"access_token": token})),
        ("DELETE", ["tokens"]) => Ok(json!({"revoked": handle.revoke_tokens()})),
        ("GET", ["device_codes"]) => value(&handle.device_codes()),
        ("POST", ["device_codes", code, "approve"]) => approve(handle, inbound, code),
        ("POST", ["device_codes", code, "decline"]) => handle.decline_device_code(code).map(done),
        ("POST", ["device_codes", code, "expire"]) => handle.expire_device_code(code).map(done),
        _ => return None,
    })
}

/// Reads one value, or a list of them.
fn read_list<T: DeserializeOwned>(inbound: &Inbound) -> Result<Vec<T>, Error> {
    let list = match read::<Value>(inbound)? {
        Value::Array(list) => list,
        one => vec![one],
    };
    let read = |item| {
        serde_json::from_value(item)
            .map_err(|error| Error::Invalid(format!("the body cannot be read: {error}")))
    };
    list.into_iter().map(read).collect()
}

fn reset(handle: &Handle, inbound: &Inbound) -> Result<Value, Error> {
    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Reset {
        seed: Option<u64>,
    }
    let Reset { seed } = read_or_default(inbound)?;
    handle.reset(seed).map(done)
}

fn clock(handle: &Handle) -> Result<Value, Error> {
    #[derive(Serialize)]
    struct Clock {
        #[serde(with = "time::serde::rfc3339")]
        now: OffsetDateTime,
        scale: f64,
    }
    value(&Clock { now: handle.now(), scale: handle.time_scale() })
}

fn advance(handle: &Handle, inbound: &Inbound) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Advance {
        seconds: f64,
    }
    let Advance { seconds } = read(inbound)?;
    let by = Duration::try_from_secs_f64(seconds)
        .map_err(|_| Error::Invalid(format!("`{seconds}` is not a number of seconds")))?;
    handle.advance(by);
    clock(handle)
}

fn set_time(handle: &Handle, inbound: &Inbound) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Set {
        #[serde(with = "time::serde::rfc3339")]
        time: OffsetDateTime,
    }
    let Set { time } = read(inbound)?;
    handle.set_time(time)?;
    clock(handle)
}

fn cancel(handle: &Handle, inbound: &Inbound, id: &str) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Cancel {
        by: String,
        comment: String,
    }
    impl Default for Cancel {
        fn default() -> Self {
            Self { by: "analyst@contoso.com".to_owned(), comment: String::new() }
        }
    }
    let Cancel { by, comment } = read_or_default(inbound)?;
    value(&handle.cancel(id, &by, &comment)?)
}

/// Changes the fields in the body and keeps the others. Objects are merged.
fn change_options(handle: &Handle, inbound: &Inbound) -> Result<Value, Error> {
    let change: Value = read(inbound)?;
    let mut changed = Ok(());
    // At once: of two calls at the same time neither is to undo what the other changed.
    handle.change_options(|options| {
        changed = merged(options, change).map(|merged| *options = merged);
    });
    changed?;
    value(&handle.options())
}

fn merged(options: &Options, change: Value) -> Result<Options, Error> {
    let mut options = value(options)?;
    merge(&mut options, change);
    serde_json::from_value(options)
        .map_err(|error| Error::Invalid(format!("these are not options: {error}")))
}

fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, new) in new {
                merge(old.entry(key).or_insert(Value::Null), new);
            }
        }
        (old, new) => *old = new,
    }
}

fn approve(handle: &Handle, inbound: &Inbound, code: &str) -> Result<Value, Error> {
    #[derive(Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Approve {
        user: String,
    }
    impl Default for Approve {
        fn default() -> Self {
            Self { user: "analyst@contoso.com".to_owned() }
        }
    }
    let Approve { user } = read_or_default(inbound)?;
    handle.approve_device_code(code, &user).map(done)
}

fn done((): ()) -> Value {
    json!({"ok": true})
}

fn read<T: DeserializeOwned>(inbound: &Inbound) -> Result<T, Error> {
    serde_json::from_slice(&inbound.body)
        .map_err(|error| Error::Invalid(format!("the body cannot be read: {error}")))
}

fn read_or_default<T: DeserializeOwned + Default>(inbound: &Inbound) -> Result<T, Error> {
    if inbound.body.is_empty() { Ok(T::default()) } else { read(inbound) }
}

pub(super) fn value(value: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error::Invalid(error.to_string()))
}
