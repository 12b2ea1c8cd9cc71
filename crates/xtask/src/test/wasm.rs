use std::path::Path;

use crate::{
    process,
    rules::PURE,
    test::tally::{Broken, Tally},
    workspace::Workspace,
};

/// Builds every pure crate for wasm32, links it whole, and asks Node what it imports.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let mut offences = Vec::new();
    for pure in PURE {
        process::must(workspace.cargo(&[
            "rustc",
            "--quiet",
            "--package",
            pure.name,
            "--lib",
            "--crate-type",
            "cdylib",
            "--target",
            TARGET,
            "--",
            // Nobody calls the library here, and what nobody calls is neither compiled nor linked,
            // its imports no more than the rest. Each of these takes back one half of that.
            "-Clink-dead-code",
            "-Clink-arg=--no-gc-sections",
        ]))?;
        let file = format!("{}.wasm", pure.name.replace('-', "_"));
        let imports = imports(workspace, &workspace.target.join(TARGET).join("debug").join(file))?;
        offences
            .extend(imports.lines().map(|import| format!("`{}` imports `{import}`", pure.name)));
    }
    Tally::of_offences(&offences)?;
    Ok(Tally::passed(PURE.len() as u64))
}

fn imports(workspace: &Workspace, module: &Path) -> Result<String, Broken> {
    let mut node = workspace.command(Path::new("node"));
    node.args(["--eval", LIST_IMPORTS]).arg(module);
    Ok(process::must(node)?)
}

const TARGET: &str = "wasm32-unknown-unknown";

const LIST_IMPORTS: &str = r"
const module = new WebAssembly.Module(require('node:fs').readFileSync(process.argv[1]));
for (const { module: from, name } of WebAssembly.Module.imports(module)) console.log(`${from}.${name}`);
";
