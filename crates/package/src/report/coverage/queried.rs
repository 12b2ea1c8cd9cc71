use std::collections::{BTreeMap, BTreeSet};

/// The registry keys that commands ask for, and how many of the listed keys are each of them or lie below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queried {
    counts: BTreeMap<String, u64>,
    lengths: BTreeSet<usize>,
    /// Whether some were left out, since they are too many or too long.
    pub(crate) is_cut: bool,
}

impl Queried {
    /// Adds the registry key that a command asks for, if it asks for one.
    pub(crate) fn ask(&mut self, name: &str, line: &str) {
        if let Some(key) = asked(name, line) {
            self.want(&key);
        }
    }

    fn want(&mut self, key: &str) {
        let has_room = self.counts.len() < MOST || self.counts.contains_key(key);
        if has_room && key.len() <= LONGEST {
            self.add(key);
        } else {
            self.is_cut = true;
        }
    }

    /// Adds a key as if it had been asked for.
    pub(crate) fn add(&mut self, key: &str) {
        // Comparing longer ones with every listed key would take too long.
        let key = key.to_lowercase();
        if key.len() <= LONGEST {
            self.lengths.insert(key.len());
            self.counts.insert(key, 0);
        }
    }

    /// Adds the keys that another summary of the same package asks for.
    pub(crate) fn join(&mut self, other: &Self) {
        self.is_cut |= other.is_cut;
        other.counts.keys().for_each(|key| self.want(key));
    }

    /// Whether a listed key is neither one that was asked for nor below one, although some were asked for.
    pub(crate) fn is_strange(&self, key: &str) -> bool {
        !self.is_empty() && !self.has(key)
    }

    /// Counts a key of the listing.
    pub(in crate::report) fn see(&mut self, key: &str) {
        let own = key.to_lowercase();
        for above in above(&self.lengths, &own) {
            if let Some(count) = self.counts.get_mut(above) {
                *count += 1;
            }
        }
    }

    /// Whether a key is one that was asked for, or lies below one.
    pub(crate) fn has(&self, key: &str) -> bool {
        let own = key.to_lowercase();
        above(&self.lengths, &own).any(|above| self.counts.contains_key(above))
    }

    /// Whether no key was asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many listed keys a command asked for; `None` where it asks for no key.
    pub(super) fn listed(&self, name: &str, line: &str) -> Option<u64> {
        self.counts.get(&asked(name, line)?).copied()
    }
}

/// A key and the keys above it, as far as they are as long as one that was asked for.
fn above<'a>(lengths: &'a BTreeSet<usize>, own: &'a str) -> impl Iterator<Item = &'a str> {
    let lengths = lengths.iter().take_while(|length| **length <= own.len());
    lengths.filter_map(|length| {
        let (above, rest) = own.split_at_checked(*length)?;
        (rest.is_empty() || rest.starts_with('\\')).then_some(above)
    })
}

/// The key in `reg.exe QUERY "KEY" /s`, as listings write it but in lower case.
fn asked(name: &str, line: &str) -> Option<String> {
    if !(name.starts_with("hklm_") || name.starts_with("hkcu_")) {
        return None;
    }
    let (_, rest) = line.split_once("QUERY ")?;
    let key = rest.trim_start_matches('"').split('"').next()?.trim();
    let key = key.strip_suffix(" /s").unwrap_or(key).trim_end_matches('\\').to_lowercase();
    let long = [("hklm\\", "hkey_local_machine\\"), ("hkcu\\", "hkey_current_user\\")];
    let found = long.iter().find_map(|(short, long)| Some((long, key.strip_prefix(short)?)));
    Some(found.map_or_else(|| key.clone(), |(root, rest)| format!("{root}{rest}")))
}

/// Bytes of a key that is asked for; those of the agent have some hundred.
const LONGEST: usize = 1_024;
/// Keys that are asked for; the agent asks for about 70.
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::Queried;

    #[test]
    fn a_key_counts_for_all_above_it_that_were_asked_for() {
        let mut queried = Queried::default();
        let run = r#"reg.exe QUERY "HKLM\Software\Run" /s"#;
        let all = r"reg.exe QUERY HKLM\Software /s";
        let user = r#"reg.exe QUERY "HKEY_USERS\S-1-5\Run\" /s"#;
        for (name, line) in [("hklm_a", run), ("hklm_b", all), ("hkcu_c", user), ("other", run)] {
            queried.ask(name, line);
        }
        for key in [
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\Run",
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\Run\\a",
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\RunOnce",
            "HKEY_USERS\\S-1-5\\Runé",
        ] {
            queried.see(key);
        }
        let listed = |name, line| queried.listed(name, line);
        assert_eq!(listed("hklm_a", run), Some(2));
        assert_eq!(listed("hklm_b", all), Some(3));
        assert_eq!(listed("hkcu_c", user), Some(0));
        assert_eq!(listed("other", run), None);
        assert!(queried.is_strange("HKEY_LOCAL_MACHINE\\SOFTWARE2\\Run"));
        assert!(!queried.is_strange("HKEY_LOCAL_MACHINE\\SOFTWARE\\Run"));
        assert!(!Queried::default().is_strange("HKEY_LOCAL_MACHINE\\SOFTWARE"));
    }
}
