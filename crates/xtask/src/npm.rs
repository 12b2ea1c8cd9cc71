use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use clap::Args;
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

use crate::{failure::Failure, process, test::tool::Tool, workspace::Workspace};

/// Builds the npm package under `npm/`: the wasm, what binds it to JavaScript, and the TypeScript over it.
///
/// Needs cargo and Node with npm. The rest is installed first: the target `wasm32-unknown-unknown`, and what
/// `npm/package-lock.json` names.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// First write the TypeScript of what crosses between the wasm and JavaScript, from the Rust types.
    #[arg(long)]
    types: bool,
}

/// Builds it, and says how large it is.
///
/// Fails when a tool is missing or what it builds is broken.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode, Failure> {
    eprintln!("this compiles for some minutes");
    if options.types {
        write_types(workspace)?;
    }
    Tool::WasmTarget.ensure(workspace)?;
    let package = build(workspace)?;
    for module in MODULES {
        let wasm = package.join("dist/wasm").join(module.file());
        println!("{}: {} bytes", wasm.display(), fs::metadata(&wasm)?.len());
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the package, and gives its folder.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let package = workspace.root.join("npm");
    let glue = package.join("src/wasm");
    for module in MODULES {
        bind(workspace, module, &glue)?;
    }
    install(workspace, &package)?;
    for module in MODULES {
        optimize(workspace, &package, &glue.join(module.file()), module.passes)?;
    }
    let dist = package.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    process::must(script(workspace, &package, "typescript/bin/tsc", &["--project", "."]))?;
    fs::create_dir_all(dist.join("wasm"))?;
    for file in fs::read_dir(&glue)? {
        let file = file?;
        fs::copy(file.path(), dist.join("wasm").join(file.file_name()))?;
    }
    for (entry, inner) in BUNDLES {
        bundle(workspace, &package, &dist, entry, inner)?;
    }
    let mut scripts = Vec::new();
    for folder in [dist.clone(), dist.join("opened"), dist.join("stores"), dist.join("wasm")] {
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "js") {
                scripts.push(path);
            }
        }
    }
    minify(workspace, &package, &dist, &scripts)?;
    for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(workspace.root.join(file), package.join(file))?;
    }
    Ok(package)
}

/// Installs what the lockfile names, once for each lockfile: what was installed for another may lack what tests and
/// examples need now.
fn install(workspace: &Workspace, package: &Path) -> Result<(), Failure> {
    if is_installed(package)? {
        return Ok(());
    }
    // This removes the folder first, and with it what says what it was installed for.
    let mut npm = command(workspace, "npm", package);
    npm.args(["ci", "--no-audit", "--no-fund", "--silent"]);
    process::must(npm)?;
    fs::copy(package.join(LOCKFILE), package.join(INSTALLED))?;
    Ok(())
}

/// Whether what is there was installed for this very lockfile. Times say nothing: those of a checkout are its own.
fn is_installed(package: &Path) -> Result<bool, Failure> {
    let wanted = fs::read(package.join(LOCKFILE))?;
    Ok(fs::read(package.join(INSTALLED)).is_ok_and(|installed| installed == wanted))
}

/// The tests that compare the types write them first.
fn write_types(workspace: &Workspace) -> Result<(), Failure> {
    for module in MODULES {
        let mut test = workspace.cargo(&["test", "--quiet", "--package", module.package]);
        test.args(["--features", "typescript", "--test", "typescript"]);
        test.env("WRITE_TYPES", "1");
        process::must(test)?;
    }
    Ok(())
}

/// Compiles a module, and writes it and what binds it to JavaScript.
fn bind(workspace: &Workspace, module: &Module, glue: &Path) -> Result<(), Failure> {
    process::must(workspace.cargo(&[
        "build",
        "--quiet",
        "--package",
        module.package,
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm",
    ]))?;
    let built = format!("wasm32-unknown-unknown/wasm/{}.wasm", module.package.replace('-', "_"));
    let failed = |error| Failure::new(format!("cannot bind `{built}`: {error:#}"));
    let mut bindgen = Bindgen::new();
    bindgen.web(true).map_err(failed)?;
    bindgen.input_path(workspace.target.join(&built)).out_name(module.name).typescript(true);
    // Whoever has the rest of what is used here has `encodeInto`; and where the wasm lies is always said.
    bindgen.encode_into(EncodeInto::Always).omit_default_module_path(true);
    bindgen.reset_state_function(true).generate(glue).map_err(failed)
}

/// Makes scripts smaller where they lie. What binds a wasm loses what nobody here calls: a warning about old parameters, and
/// `Symbol.dispose`. Before an error that nobody caught, Node shows the line in which it was made: where those for callers are
/// made, lines are short.
fn minify(
    workspace: &Workspace,
    package: &Path,
    dist: &Path,
    scripts: &[PathBuf],
) -> Result<(), Failure> {
    // Its program is a script or a binary, as its installation went; its library is always there.
    let mut esbuild = command(workspace, "node", package);
    esbuild.args(["--eval", MINIFY]).arg(dist).args(scripts);
    process::must(esbuild).map(drop)
}

/// Makes one script of an entry and of what only it imports, which is smaller than they are side by side.
fn bundle(
    workspace: &Workspace,
    package: &Path,
    dist: &Path,
    entry: &str,
    inner: &[&str],
) -> Result<(), Failure> {
    let mut esbuild = command(workspace, "node", package);
    esbuild.args(["--eval", BUNDLE]).arg(dist).arg(entry).args(inner);
    process::must(esbuild)?;
    for file in inner {
        fs::remove_file(dist.join(file))?;
    }
    Ok(())
}

/// Makes the wasm smaller, once for the same input: it takes a minute.
fn optimize(
    workspace: &Workspace,
    package: &Path,
    wasm: &Path,
    passes: &[&str],
) -> Result<(), Failure> {
    let kept = workspace.target.join("xtask/npm");
    fs::create_dir_all(&kept)?;
    let name = wasm.file_stem().unwrap_or_default().to_string_lossy();
    let file = |what: &str| kept.join(format!("{name}.{what}"));
    let (input, output, how) = (file("input.wasm"), file("output.wasm"), file("passes"));
    // What another version, or another word, makes of it is another wasm.
    let version = fs::read_to_string(package.join("node_modules/binaryen/package.json"))?;
    let (bytes, said) = (fs::read(wasm)?, [OPT, passes, &[&version]].concat().join(" "));
    let is_same = |path: &Path, bytes: &[u8]| fs::read(path).is_ok_and(|kept| kept == bytes);
    if !output.is_file() || !is_same(&input, &bytes) || !is_same(&how, said.as_bytes()) {
        fs::write(&input, &bytes)?;
        let mut opt = script(workspace, package, "binaryen/bin/wasm-opt", OPT);
        opt.args(passes).arg(&input).arg("--output").arg(&output);
        process::must(opt)?;
        fs::write(&how, said)?;
    }
    fs::copy(output, wasm)?;
    Ok(())
}

/// A command in this folder.
pub(crate) fn command(workspace: &Workspace, program: &str, folder: &Path) -> Command {
    let program = if cfg!(windows) && program == "npm" { "npm.cmd" } else { program };
    let mut command = workspace.command(program);
    command.current_dir(folder);
    command
}

/// A script of one of the package's development dependencies.
fn script(workspace: &Workspace, package: &Path, file: &str, arguments: &[&str]) -> Command {
    let mut node = command(workspace, "node", package);
    node.arg(package.join("node_modules").join(file)).args(arguments);
    node
}

const LOCKFILE: &str = "package-lock.json";
/// The lockfile that the folder was installed for.
const INSTALLED: &str = "node_modules/.installed-for.json";

const MINIFY: &str = r"
const [, outdir, ...all] = process.argv;
const minify = (isOwn, more) => require('esbuild').buildSync({
  entryPoints: all.filter(isOwn), outdir, outbase: outdir, minify: true, allowOverwrite: true, logLevel: 'error', tsconfigRaw: '{}',
  ...more,
});
const isShown = (file) => /(errors|guard)\.js$/.test(file);
const binds = (file) => /(glue|wasm.mde_forensics_package)\.js$/.test(file);
minify(isShown, { lineLimit: 320 });
minify(binds, { drop: ['console'], define: { 'Symbol.dispose': 'undefined' } });
minify((file) => !isShown(file) && !binds(file));
";

const BUNDLE: &str = r"
const [, outdir, entry, ...inner] = process.argv;
const { join, relative } = require('path');
const setup = (build) => build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
  const file = relative(outdir, join(resolveDir, path)).replaceAll('\\', '/');
  return inner.includes(file) ? undefined : { path: './' + file, external: true };
});
require('esbuild').build({
  entryPoints: [join(outdir, entry)], outdir, bundle: true, format: 'esm', target: 'es2022', minify: true, allowOverwrite: true,
  logLevel: 'error', tsconfigRaw: '{}', plugins: [{ name: 'beside', setup }],
}).catch(() => process.exit(1));
";

/// What is bundled into one script, and with what.
const BUNDLES: &[(&str, &[&str])] = &[
    (
        "client.js",
        &[
            "causes.js",
            "clock.js",
            "collection.js",
            "task.js",
            "driver.js",
            "ends.js",
            "effect-handler.js",
            "options.js",
            "stores/handles.js",
            "stores/memory.js",
            "stores/open.js",
        ],
    ),
    ("glue.js", &["wasm/mde_forensics.js"]),
];

/// A wasm, which is loaded by itself.
#[derive(Debug)]
struct Module {
    /// The crate that it is made from.
    package: &'static str,
    /// How its files are called.
    name: &'static str,
    /// What `wasm-opt` does with it.
    passes: &'static [&'static str],
}

impl Module {
    fn file(&self) -> String {
        format!("{}_bg.wasm", self.name)
    }
}

const MODULES: &[Module] = &[
    Module {
        package: "mde-forensics-wasm",
        name: "mde_forensics",
        // What counts is the size gzipped: what is inlined here packs worse than what it replaces (7 % of all), what is alike
        // packs better side by side (2 %), and what is said twice packs better than what is kept for the second time (0.2 %).
        passes: &[
            "-Oz",
            "--skip-pass=inlining",
            "--skip-pass=inlining-optimizing",
            "--skip-pass=local-cse",
            "--reorder-functions-by-name",
            "--strip-producers",
            "--strip-target-features",
        ],
    },
    Module {
        package: "mde-forensics-package-wasm",
        name: "mde_forensics_package",
        // Gzipped, the large one is smaller this way than with `-Oz`, which takes twenty times as long.
        passes: &["-O1", "--reorder-functions-by-name"],
    },
];

/// What the compiler for wasm32 takes for granted already.
const OPT: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_installed_for_another_lockfile_is_not_installed() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path();
        fs::create_dir(package.join("node_modules")).unwrap();
        fs::write(package.join(LOCKFILE), "new").unwrap();
        // What npm itself leaves is younger than the lockfile of a checkout.
        fs::write(package.join("node_modules/.package-lock.json"), "old").unwrap();
        assert!(!is_installed(package).unwrap());
        fs::write(package.join(INSTALLED), "old").unwrap();
        assert!(!is_installed(package).unwrap());
        fs::write(package.join(INSTALLED), "new").unwrap();
        assert!(is_installed(package).unwrap());
    }
}
