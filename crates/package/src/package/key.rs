use crate::name::composed;

/// A member's name in the form used to look up artifacts: case, spaces, underscores, the kind of
/// slash and the composition of letters make no difference.
///
/// Microsoft's documentation and its agent spell folders differently ("Network connections" and
/// "Network Connections"), packages get wrapped in folders, and folders get zipped again. So only
/// the last part of a name decides, with the folder above it if that is not enough.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn of(name: &str) -> Self {
        let mut key = String::with_capacity(name.len());
        // What has a folder's name and bytes is a file.
        let name = composed(name.trim_end_matches(['/', '\\']));
        for character in name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_')) {
            match character {
                '\\' => key.push('/'),
                _ => key.extend(character.to_lowercase()),
            }
        }
        Self(key)
    }

    /// The last part, such as `processes.csv`, without spaces and underscores.
    pub(crate) fn file(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the last part has this extension, which is in lower case without the dot.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.file().rsplit_once('.').is_some_and(|(_, own)| own == extension)
    }

    /// Whether it is below these folders, the last of which is the innermost.
    pub(crate) fn is_below(&self, folders: &str) -> bool {
        let is_end = |before: &str| before.is_empty() || before.ends_with(['/', '!']);
        self.0.match_indices(folders).any(|(at, _)| {
            let (before, rest) = self.0.split_at_checked(at).unwrap_or_default();
            is_end(before) && rest.strip_prefix(folders).is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// The folder it is in, such as `prefetchfiles`, or an empty string.
    pub(crate) fn folder(&self) -> &str {
        self.0.rsplit('/').nth(1).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn spellings_of_a_name_are_one_key() {
        for name in [
            "Network Connections/DnsCache.txt",
            "wrapped/Network connections/DNSCACHE.TXT",
            "C:\\x\\NetworkConnections\\Dns Cache.txt",
        ] {
            let key = Key::of(name);
            assert_eq!((key.folder(), key.file()), ("networkconnections", "dnscache.txt"));
        }
        assert_eq!(Key::of("Processes.csv").folder(), "");
        for (name, is_below) in [
            ("Prefetch Files/Prefetch/A.pf", true),
            ("x\\prefetch files\\PREFETCH\\ReadyBoot\\A.pf", true),
            ("x.zip!Prefetch Files/Prefetch/A.pf", true),
            ("Prefetch Files/PrefetchFilesList.txt", false),
            ("Prefetch Files/Prefetch", false),
            ("My Prefetch Files/Prefetch/A.pf", false),
        ] {
            assert_eq!(Key::of(name).is_below("prefetchfiles/prefetch"), is_below, "{name}");
        }
    }
}
