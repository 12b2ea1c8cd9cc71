//! All functions without an object, behind one export: the JavaScript binding of a function is
//! larger than the function.

use mde_forensics_core::{Code, Error, Now, Operation};
use wasm_bindgen::prelude::*;

use crate::convert::{self, Thrown, thrown};
use crate::raised::Raised;
use crate::{core, engine};

/// Answers a request by name, with text or JSON. `given` is a JSON array of strings.
///
/// - `busy`: the error for a ledger that another process has, given the ledger and its lock.
/// - `codes`: every code with its fault, whether repeating may help, and its hint.
/// - `error`: the error for a code and a message.
/// - `operations`: the names of all operations.
/// - `parse`: the normal form of a text of some kind.
/// - `trap`: traps, for a test.
/// - `version`: the version of the workspace.
///
/// Everything else goes to the [engines](engine::ask).
#[wasm_bindgen]
pub fn ask(what: &str, given: &str, body: Option<Vec<u8>>, wall: f64, mono: f64) -> Thrown<String> {
    asked(what, given, body, convert::now(wall, mono)).map_err(|error| thrown(&error))
}

#[expect(clippy::panic, reason = "that is what `trap` is for")]
fn asked(what: &str, given: &str, body: Option<Vec<u8>>, now: Now) -> Result<String, Error> {
    let given = Texts(convert::read(given, "given")?);
    Ok(match what {
        "busy" => convert::json(&Raised::from(busy(given.text(0), given.text(1)))),
        "codes" => core::codes(),
        "error" => {
            let code = given.text(0).parse().unwrap_or(Code::Internal);
            convert::json(&Raised::from(Error::new(code, given.text(1))))
        }
        "operations" => convert::json(&Operation::NAMES),
        "parse" => core::parse(given.text(0), given.text(1))?,
        "trap" => panic!("asked to"),
        "version" => env!("CARGO_PKG_VERSION").to_owned(),
        other => engine::ask(other, &given, body.unwrap_or_default(), now)?,
    })
}

fn busy(ledger: &str, lock: &str) -> Error {
    let text =
        format!("another process, or another client of this one, is working with `{ledger}`");
    Error::new(Code::LedgerFailed, text).with_hint(format!(
        "wait for it to end, or give this run another output folder; where it has ended, `{lock}` keeps others out for 30 seconds more (2 minutes, where that was another host or a container)"
    ))
}

/// Arguments from our own TypeScript, by position.
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Texts {
    pub(crate) fn some(&self, place: usize) -> Option<&str> {
        self.0.get(place).map(String::as_str)
    }

    pub(crate) fn text(&self, place: usize) -> &str {
        self.some(place).unwrap_or_default()
    }

    /// A whole number; `None` if it is not one.
    pub(crate) fn number<T: std::str::FromStr>(&self, place: usize) -> Option<T> {
        self.some(place)?.parse().ok()
    }
}
