//! The types exchanged between the wasm and JavaScript, as TypeScript.

use mde_forensics_core::CodeInfo;
use mde_forensics_core::typescript::{self, declaration};

use crate::answer::Answer;
use crate::core::Request;
use crate::engine::{Command, EngineStarts, Part, Settled};
use crate::raised::Raised;
use crate::report::Row;
use crate::run::{Order, Starts};
use crate::settings::{ClientSettings, RunSettings};
use crate::task::Cancelled;

/// A module with the declarations of all types.
#[must_use]
pub fn module() -> String {
    let ours = [
        declaration::<Answer>(),
        declaration::<Cancelled<'_>>(),
        declaration::<ClientSettings>(),
        declaration::<CodeInfo>(),
        declaration::<Command>(),
        declaration::<EngineStarts>(),
        declaration::<Order>(),
        declaration::<Part>(),
        declaration::<Raised>(),
        declaration::<Request>(),
        declaration::<Row>(),
        declaration::<RunSettings>(),
        declaration::<Settled>(),
        declaration::<Starts>(),
    ];
    let all: Vec<_> = typescript::declarations().into_iter().chain(ours).collect();
    format!("{HEAD}\n{}", all.join("\n"))
}

const HEAD: &str = "\
/**
 * Plain data of the core, as its Rust types serialise themselves. `cargo xtask npm --types` generates this file from them.
 */
";
