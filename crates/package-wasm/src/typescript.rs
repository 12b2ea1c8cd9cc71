//! What crosses between the wasm and JavaScript, as TypeScript.

use mde_forensics_package::typescript::{self, declaration};

use crate::package::{Given, LeftBehind};
use crate::said::{ComparisonSaid, Refusal, SchemaSaid, TableSaid};

/// A module with the declarations of all types.
#[must_use]
pub fn module() -> String {
    let ours = [
        declaration::<ComparisonSaid<'_>>(),
        declaration::<Given>(),
        declaration::<LeftBehind>(),
        declaration::<Refusal<'_>>(),
        declaration::<SchemaSaid>(),
        declaration::<TableSaid<'_>>(),
    ];
    let all: Vec<_> = typescript::declarations().into_iter().chain(ours).collect();
    format!("{HEAD}\n{}", all.join("\n"))
}

const HEAD: &str = "\
/**
 * Plain data of packages, as its Rust types serialise themselves. `cargo xtask npm --types` generates this file from them.
 */
";
