use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    failure::Failure,
    process,
    test::tally::{Broken, Tally},
    workspace::Workspace,
};

/// Runs the demo as the README has it, and holds it to its promise.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let binary = build(workspace)?;
    let out = workspace.target.join("xtask/demo");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let mut demo = workspace.command(&binary);
    demo.arg("demo").arg("--out").arg(&out);
    let clock = Instant::now();
    let text = process::must(demo)?;
    let took = clock.elapsed();
    if took > LIMIT {
        let (took, limit) = (took.as_secs_f64(), LIMIT.as_secs());
        return Err(
            Failure::new(format!("the demo took {took:.1} s, over {limit} s\n{text}")).into()
        );
    }
    if packages(&out)? == 0 {
        return Err(Failure::new(format!("the demo left no package\n{text}")).into());
    }
    Ok(Tally::passed(1))
}

/// Builds the command for release and gives its path.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    // With the features that the wheel's dependencies have, so that its step compiles none of them again.
    let packages = ["--package", "mde-forensics-cli", "--package", "mde-forensics-python"];
    let arguments = [&["build", "--quiet", "--release", "--bins"], &packages[..]].concat();
    process::must(workspace.cargo(&arguments))?;
    let name = format!("mde-forensics{}", env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("release").join(name))
}

/// How many packages lie anywhere under `folder`.
fn packages(folder: &Path) -> Result<usize, Failure> {
    let mut found = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found += packages(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "zip") {
            found += 1;
        }
    }
    Ok(found)
}

/// What the README promises, counted without the build.
const LIMIT: Duration = Duration::from_secs(20);
