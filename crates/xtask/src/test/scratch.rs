use std::{fs, path::PathBuf};

use crate::{failure::Failure, test::paths, workspace::Workspace};

/// A throw-away copy of the repository, for a check that must see something refused.
#[derive(Debug)]
pub(crate) struct Scratch {
    root: PathBuf,
}

impl Scratch {
    /// Copies what git has or would take to `name` under the target folder.
    ///
    /// Fails when a file cannot be read or written.
    pub(crate) fn of(workspace: &Workspace, name: &str) -> Result<Self, Failure> {
        let root = workspace.target.join("xtask").join(name);
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        for file in paths::files(workspace)? {
            let (from, to) = (workspace.root.join(&file), root.join(&file));
            // Git still lists a file that was deleted and not yet committed.
            if from.is_file() {
                fs::create_dir_all(to.parent().unwrap_or(&root))?;
                fs::copy(from, to)?;
            }
        }
        Ok(Self { root })
    }

    /// The folder in the copy that `folder` of the workspace became.
    pub(crate) fn folder(&self, workspace: &Workspace, folder: &std::path::Path) -> PathBuf {
        self.root.join(folder.strip_prefix(&workspace.root).unwrap_or(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left over is removed by the next run.
        let _ = fs::remove_dir_all(&self.root);
    }
}
