use std::{env, fs, path::Path};

use crate::{
    failure::Failure,
    process,
    rules::MACHINE_PATHS,
    test::tally::{Broken, Tally},
    workspace::Workspace,
};

/// Looks for absolute paths of somebody's machine in every file that git has or would take.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let here = workspace.root.to_string_lossy();
    let home = env::var("HOME").unwrap_or_default();
    // The home of a container can be `/`, which is in every text.
    let own = [here.as_ref(), &home].into_iter().filter(|path| path.len() > 4);
    let needles: Vec<_> = MACHINE_PATHS.iter().copied().chain(own).collect();

    let mut offences = Vec::new();
    for name in files(workspace)? {
        let Ok(bytes) = fs::read(workspace.root.join(&name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        for (number, line) in text.lines().enumerate() {
            if needles.iter().any(|needle| names(line, needle)) {
                offences.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    Tally::of_offences(&offences)
}

/// Every file of the repository, relative to its root; with what is not yet committed, without
/// what git ignores.
///
/// Fails when there are none, for then nothing would be checked.
pub(crate) fn files(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut git = workspace.command(Path::new("git"));
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = String::from_utf8_lossy(&process::stdout(git)?).into_owned();
    let files: Vec<_> =
        listed.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if files.is_empty() { Err(Failure::new("git knows of no file here")) } else { Ok(files) }
}

/// Whether `line` has `needle` where a path can begin, and so not inside a longer path or a URL.
fn names(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|last| last.is_alphanumeric() || "./_-}~:$)*".contains(last))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_wherever_one_can_begin() {
        for line in ["/place/ann/x", "see `/place/ann`", "path = \"/place/ann\"", "(/place/ann)"] {
            assert!(names(line, "/place/"), "{line}");
        }
    }

    #[test]
    fn the_same_letters_inside_a_longer_path_are_not() {
        for line in ["https://example.org/place/x", "target/place/x", "~/place/x", "../place/x"] {
            assert!(!names(line, "/place/"), "{line}");
        }
    }
}
