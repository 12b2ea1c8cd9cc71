use crate::{
    test::{
        arrows, cargo, demo, failures, npm, paths, purity, readers, suite,
        tally::{Broken, Tally},
        tool::Tool,
        tree, wasm, wheel,
    },
    workspace::Workspace,
};

/// One named part of `cargo xtask test`.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// What passing it shows.
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [Tool],
    pub(crate) run: fn(&Workspace) -> Result<Tally, Broken>,
}

/// The steps, the quick ones first.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "format",
        about: "the code is as rustfmt writes it",
        needs: &[Tool::Rustfmt],
        run: cargo::format,
    },
    Step {
        name: "paths",
        about: "no file names the machine that it was written on",
        needs: &[],
        run: paths::run,
    },
    Step {
        name: "failures",
        about: "every public function that can fail says with what",
        needs: &[],
        run: failures::run,
    },
    Step {
        name: "arrows",
        about: "the crates depend on one another as designed, and in no other way",
        needs: &[],
        run: arrows::run,
    },
    Step {
        name: "tree",
        about: "nothing below a pure crate does I/O, reads a clock or draws random numbers",
        needs: &[],
        run: tree::run,
    },
    Step {
        name: "deny",
        about: "licences, banned crates and sources of all dependencies",
        needs: &[Tool::CargoDeny],
        run: cargo::deny,
    },
    Step {
        name: "lints",
        about: "clippy has nothing to say",
        needs: &[Tool::Clippy],
        run: cargo::lints,
    },
    Step {
        name: "purity",
        about: "the pure crates reach for no clock, file, socket …, and would be caught if they did",
        needs: &[Tool::Clippy],
        run: purity::run,
    },
    Step {
        name: "wasm",
        about: "the pure crates build for wasm32 and import nothing from their host",
        needs: &[Tool::WasmTarget],
        run: wasm::run,
    },
    Step {
        name: "windows",
        about: "the workspace compiles for Windows",
        needs: &[Tool::WindowsTarget, Tool::WindowsCompiler],
        run: cargo::windows,
    },
    Step {
        name: "msrv",
        about: "the workspace but for xtask compiles with the oldest Rust that it promises",
        needs: &[Tool::OldestRust],
        run: cargo::msrv,
    },
    Step {
        name: "tests",
        about: "unit, vector, flow and simulation tests",
        needs: &[],
        run: suite::tests,
    },
    Step {
        name: "doctests",
        about: "the examples of the documentation run",
        needs: &[],
        run: suite::doctests,
    },
    Step {
        name: "docs",
        about: "the documentation builds without a warning",
        needs: &[],
        run: cargo::docs,
    },
    Step {
        name: "readers",
        about: "programs that share no code with ours read what we write (tests/e2e/*.py)",
        needs: &[Tool::Wheels],
        run: readers::run,
    },
    Step {
        name: "python",
        about: "the wheel, in clean environments of the oldest and the newest Python (tests/python)",
        needs: &[],
        run: wheel::run,
    },
    Step {
        name: "npm",
        about: "the npm package, in Node, in Chromium and in what bundles it (tests/npm)",
        needs: &[Tool::Chromium, Tool::WasmTarget],
        run: npm::run,
    },
    Step {
        name: "demo",
        about: "the release build shows the whole path in under 20 seconds",
        needs: &[],
        run: demo::run,
    },
];
