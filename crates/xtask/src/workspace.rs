use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{failure::Failure, process};

/// The workspace as cargo describes it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where everything that is built goes.
    pub(crate) target: PathBuf,
    /// The oldest Rust that the members promise to compile with; the same for all.
    pub(crate) rust_version: String,
    /// The members, without what they depend on.
    pub(crate) members: Vec<Member>,
}

/// One crate of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// The folder of its manifest.
    pub(crate) folder: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency as a manifest declares it.
#[derive(Debug, PartialEq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only tests, examples and benches see it.
    pub(crate) dev: bool,
}

impl Workspace {
    /// Asks cargo about the workspace that the current folder lies in.
    ///
    /// Fails when cargo cannot read it.
    pub(crate) fn find() -> Result<Self, Failure> {
        let mut command = Command::new("cargo");
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        Self::parse(&serde_json::from_slice(&process::stdout(command)?)?)
            .ok_or_else(|| Failure::new("`cargo metadata` gave something unexpected"))
    }

    fn parse(metadata: &Value) -> Option<Self> {
        Some(Self {
            root: metadata.get("workspace_root")?.as_str()?.into(),
            target: metadata.get("target_directory")?.as_str()?.into(),
            rust_version: metadata.pointer("/packages/0/rust_version")?.as_str()?.to_owned(),
            members: objects(metadata, "packages").map(Member::parse).collect::<Option<_>>()?,
        })
    }

    /// The member of that name, if the workspace has it.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// A cargo command at the root, as if a person had typed it.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments).env("CARGO_TERM_COLOR", "never");
        command
    }

    /// A command at the root.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        // `cargo run` describes this program to us in variables that build scripts watch; passing
        // them on would build those again at every change from `cargo` to `cargo xtask`.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if OWN_VARIABLES.iter().any(|prefix| name.starts_with(prefix)) {
                command.env_remove(name.as_ref());
            }
        }
        command
    }
}

impl Member {
    fn parse(package: &Value) -> Option<Self> {
        let manifest = Path::new(package.get("manifest_path")?.as_str()?);
        Some(Self {
            name: package.get("name")?.as_str()?.to_owned(),
            folder: manifest.parent()?.to_owned(),
            dependencies: objects(package, "dependencies")
                .map(Dependency::parse)
                .collect::<Option<_>>()?,
        })
    }
}

impl Dependency {
    fn parse(dependency: &Value) -> Option<Self> {
        Some(Self {
            name: dependency.get("name")?.as_str()?.to_owned(),
            dev: dependency.get("kind")?.as_str() == Some("dev"),
        })
    }
}

fn objects<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

const OWN_VARIABLES: &[&str] =
    &["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_PRIMARY_"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_renamed_or_dev_dependency_keeps_its_package_name() {
        let metadata = json!({
            "workspace_root": "/w",
            "target_directory": "/w/target",
            "packages": [{
                "name": "a",
                "rust_version": "1.89",
                "manifest_path": "/w/crates/a/Cargo.toml",
                "dependencies": [
                    { "name": "b", "kind": null, "rename": "bee" },
                    { "name": "c", "kind": "dev" },
                    { "name": "d", "kind": "build" },
                ],
            }],
        });
        let workspace = Workspace::parse(&metadata).unwrap();
        let member = workspace.member("a").unwrap();
        assert_eq!(member.folder, Path::new("/w/crates/a"));
        let dev = |name: &str, dev| Dependency { name: name.to_owned(), dev };
        assert_eq!(member.dependencies, [dev("b", false), dev("c", true), dev("d", false)]);
    }
}
