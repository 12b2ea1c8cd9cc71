//! The `mde-forensics` command, as a library so that other packages can carry it.
