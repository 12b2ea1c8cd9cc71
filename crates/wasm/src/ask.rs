//! All that is asked without an object: one function, since what binds each to JavaScript weighs more than the function.

use mde_forensics_core::{Code, Error, Now, Operation};
use wasm_bindgen::prelude::*;

use crate::convert::{self, Thrown, thrown};
use crate::raised::Raised;
use crate::{core, engine};

/// What is asked for by its name: a text or JSON, as it says. `given` is a JSON array of texts.
///
/// - `busy`: the error for a ledger that another has, and its lock.
/// - `codes`: every code with its fault, whether a repeat may help, and its hint.
/// - `error`: the error of a code, with a message.
/// - `operations`: the names of all operations.
/// - `parse`: a kind and a text, checked, as it is understood.
/// - `trap`: traps, so that a test can see what becomes of that.
/// - `version`: that of the workspace.
///
/// All else is for [engines](engine::ask).
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

/// What our own TypeScript gives, by its place.
pub(crate) struct Texts(pub(crate) Vec<String>);

impl Texts {
    pub(crate) fn some(&self, place: usize) -> Option<&str> {
        self.0.get(place).map(String::as_str)
    }

    pub(crate) fn text(&self, place: usize) -> &str {
        self.some(place).unwrap_or_default()
    }

    /// A whole number; none where there is no number.
    pub(crate) fn number<T: std::str::FromStr>(&self, place: usize) -> Option<T> {
        self.some(place)?.parse().ok()
    }
}
