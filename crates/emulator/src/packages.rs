//! The most recently generated packages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::package::{Package, PackageSpec};

/// The most recently generated packages. Only a few are kept, because each holds its small members
/// in memory; any other is generated again with the same bytes.
#[derive(Debug, Default)]
pub(crate) struct Packages(Mutex<VecDeque<(PackageSpec, Arc<Package>)>>);

impl Packages {
    /// The package for a spec. Generating it takes a while, so do not call this on a thread of the
    /// runtime.
    pub(crate) fn of(&self, spec: &PackageSpec) -> Arc<Package> {
        if let Some(package) = self.kept(spec) {
            return package;
        }
        let package = Arc::new(Package::generate(spec));
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.pop_front();
        }
        kept.push_back((spec.clone(), Arc::clone(&package)));
        package
    }

    fn kept(&self, wanted: &PackageSpec) -> Option<Arc<Package>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(spec, _)| spec == wanted).map(|(_, package)| Arc::clone(package))
    }
}

const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::macros::datetime;

    use super::{MOST, PackageSpec, Packages};

    #[test]
    fn few_packages_are_kept() {
        let packages = Packages::default();
        let spec = |seed| PackageSpec::new(seed, "ws-042", datetime!(2026-01-05 10:00 UTC));
        let first = packages.of(&spec(0));
        assert!(Arc::ptr_eq(&first, &packages.of(&spec(0))));
        for seed in 1..=MOST as u64 {
            packages.of(&spec(seed));
        }
        let again = packages.of(&spec(0));
        assert!(!Arc::ptr_eq(&first, &again));
        assert_eq!(first.etag(), again.etag());
    }
}
