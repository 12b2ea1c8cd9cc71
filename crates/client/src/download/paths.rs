//! The files that belong to one package.

use std::path::{Path, PathBuf};

use mde_forensics_core::Error;
use mde_forensics_core::download::check_name;

/// The files that belong to one package: all lie in one folder, and their names differ in their ends.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) folder: PathBuf,
    pub(super) name: String,
    /// The evidence.
    pub(super) package: PathBuf,
    /// Its custody record.
    pub(super) manifest: PathBuf,
    /// The download that is not finished.
    pub(super) part: PathBuf,
    /// What that download belongs to.
    pub(super) sidecar: PathBuf,
}

impl Paths {
    /// The paths of package `name` in `folder`.
    ///
    /// Fails with `output_failed` unless `name` is one plain file name, on every system, that ends in `.zip`.
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, Error> {
        check_name(name)?;
        Ok(Self::of(folder, name))
    }

    /// Where the package is kept if it is damaged.
    pub(super) fn damaged(&self) -> Self {
        let stem = self.name.strip_suffix(".zip").unwrap_or(&self.name);
        Self::of(&self.folder, &format!("{stem}.damaged.zip"))
    }

    /// The manifest beside a package at any path.
    pub(super) fn manifest_of(package: &Path) -> PathBuf {
        let mut name = package.as_os_str().to_owned();
        name.push(MANIFEST);
        name.into()
    }

    fn of(folder: &Path, name: &str) -> Self {
        let beside = |end: &str| folder.join(format!("{name}{end}"));
        Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            package: beside(""),
            manifest: beside(MANIFEST),
            part: beside(".part"),
            sidecar: beside(".part.json"),
        }
    }
}

const MANIFEST: &str = ".manifest.json";

#[cfg(test)]
mod tests {
    use mde_forensics_core::Code;

    use super::*;

    #[test]
    fn only_a_plain_name_is_taken() {
        assert!(Paths::new(Path::new("out"), "ws-042_20260105T100000Z_7b8c.zip").is_ok());
        let long = format!("{}.zip", "a".repeat(200));
        for name in [
            "",
            "a",
            ".zip",
            "../a.zip",
            "a/b.zip",
            r"a\b.zip",
            "c:a.zip",
            "a\n.zip",
            "aux.contoso.zip",
            &long,
        ] {
            let error = Paths::new(Path::new("out"), name).unwrap_err();
            assert_eq!(error.code(), Code::OutputFailed, "{name}");
        }
    }

    #[test]
    fn a_damaged_package_has_a_name_and_a_manifest_of_its_own() {
        let paths = Paths::new(Path::new("out"), "ws-042.zip").unwrap().damaged();
        assert_eq!(paths.package, Path::new("out").join("ws-042.damaged.zip"));
        assert_eq!(paths.manifest, Path::new("out").join("ws-042.damaged.zip.manifest.json"));
        assert_eq!(Paths::manifest_of(&paths.package), paths.manifest);
    }
}
