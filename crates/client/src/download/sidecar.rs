//! The file that says what the bytes in a `.part` belong to.

use std::{fs, io};

use mde_forensics_core::download::Sidecar;

use super::paths::Paths;
use crate::place;

/// What lies on disk; one that is absent, of another version or unreadable says nothing.
pub(super) fn read(paths: &Paths) -> Sidecar {
    fs::read(&paths.sidecar).map(|json| Sidecar::read(&json)).unwrap_or_default()
}

/// Replaces what lies on disk as a whole.
pub(super) fn write(sidecar: &Sidecar, paths: &Paths) -> io::Result<()> {
    place::replace(&paths.sidecar, &sidecar.to_bytes())
}
