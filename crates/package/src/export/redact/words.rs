use aho_corasick::AhoCorasick;

use super::found::too_many;
use crate::Error;

/// Names in lower case, and what stands for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    names: Vec<(String, String)>,
    search: Option<AhoCorasick>,
}

impl Words {
    /// Fails with [`Error::TooManyNames`] if they are more than can be searched for.
    pub(super) fn new(names: Vec<(String, String)>) -> Result<Self, Error> {
        let names: Vec<_> = names.into_iter().map(|(word, name)| (lower(&word), name)).collect();
        let search = AhoCorasick::new(names.iter().map(|(word, _)| word));
        Ok(Self { names, search: Some(search.map_err(|_| too_many())?) })
    }

    /// Replaces names wherever they stand by themselves, the longest where there are several.
    pub(super) fn replace(&self, text: &str) -> String {
        let Some(search) = &self.search else { return text.to_owned() };
        let hay = lower(text);
        let mut matches: Vec<_> = search
            .find_overlapping_iter(&hay)
            .filter(|found| stands_alone(&hay, found.start(), found.end()))
            .collect();
        matches.sort_by_key(|found| (found.start(), std::cmp::Reverse(found.end())));
        let mut replaced = String::with_capacity(text.len());
        let mut at = 0;
        for found in matches {
            let name = self.names.get(found.pattern().as_usize());
            let Some((_, name)) = name.filter(|_| found.start() >= at) else { continue };
            replaced.push_str(text.get(at..found.start()).unwrap_or_default());
            replaced.push_str(name);
            at = found.end();
        }
        replaced.push_str(text.get(at..).unwrap_or_default());
        replaced
    }
}

fn stands_alone(hay: &str, start: usize, end: usize) -> bool {
    let before = hay.get(..start).and_then(|before| before.chars().next_back());
    let after = hay.get(end..).and_then(|after| after.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// Lower case in which every character has the place that it has in the text.
pub(super) fn lower(text: &str) -> String {
    let one = |c: char| {
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(lower), None) if lower.len_utf8() == c.len_utf8() => lower,
            _ => c,
        }
    };
    text.chars().map(one).collect()
}
