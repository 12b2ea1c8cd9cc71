use aho_corasick::AhoCorasick;

use super::{
    edge::{begins, ends, escape_at},
    found::Word,
    names::too_many,
};
use crate::Error;

/// Names in lower case, and what stands for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    words: Vec<Word>,
    search: Option<AhoCorasick>,
}

/// A place of a word.
struct Place {
    start: usize,
    end: usize,
    word: usize,
    /// Whether hosts of the domain that the word is stand before it.
    is_host: bool,
}

impl Words {
    /// Fails with [`Error::TooManyNames`] if they are more than can be searched for.
    pub(super) fn new(words: Vec<Word>) -> Result<Self, Error> {
        let search = AhoCorasick::new(words.iter().map(|word| &word.text));
        Ok(Self { words, search: Some(search.map_err(|_| too_many())?) })
    }

    /// Replaces names wherever they stand by themselves, the longest where there are several. `host` gives what stands
    /// for a host of a domain that is known, and `doubtful` is told what replaced a word that may be no name.
    pub(super) fn replace(
        &self,
        text: &str,
        host: &mut dyn FnMut(&str) -> String,
        doubtful: &mut dyn FnMut(&str),
    ) -> String {
        let Some(search) = &self.search else { return text.to_owned() };
        let hay = lower(text);
        let mut places: Vec<_> = search
            .find_overlapping_iter(&hay)
            .filter(|found| begins(&hay, found.start()) && ends(&hay, found.end()))
            .map(|found| self.place(&hay, found.start(), found.end(), found.pattern().as_usize()))
            .collect();
        if places.is_empty() {
            return text.to_owned();
        }
        places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
        let mut replaced = String::with_capacity(text.len());
        let mut at = 0;
        for place in places {
            let word = self.words.get(place.word).filter(|_| place.start >= at);
            let Some(word) = word else { continue };
            replaced.push_str(text.get(at..place.start).unwrap_or_default());
            if place.is_host {
                replaced.push_str(&host(hay.get(place.start..place.end).unwrap_or_default()));
            } else {
                replaced.push_str(&word.name);
                if word.is_doubtful {
                    doubtful(&word.name);
                }
            }
            at = place.end;
        }
        replaced.push_str(text.get(at..).unwrap_or_default());
        replaced
    }

    fn place(&self, hay: &str, start: usize, end: usize, word: usize) -> Place {
        let is_domain = self.words.get(word).is_some_and(|word| word.is_domain);
        let begin = if is_domain { labels(hay, start) } else { start };
        Place { start: begin, end, word, is_host: begin < start }
    }
}

/// Where the labels before a domain begin. A label such as `_tcp` is no host's.
fn labels(hay: &str, domain: usize) -> usize {
    let mut begin = domain;
    // A name has at most 253 characters.
    while domain - begin < LONGEST {
        let Some(before) = hay.get(..begin).and_then(|text| text.strip_suffix('.')) else { break };
        let is_label = |c: &char| c.is_alphanumeric() || *c == '-';
        let length: usize = before.chars().rev().take_while(is_label).map(char::len_utf8).sum();
        let label = before.len() - length;
        let is_service = hay.get(..label).is_some_and(|text| text.ends_with('_'));
        if length == 0 || is_service {
            break;
        }
        // What an escape ends with belongs to no label.
        let escape = escape_at(hay, label);
        begin = if escape < length { label + escape } else { label };
        if escape > 0 {
            break;
        }
    }
    begin
}

const LONGEST: usize = 253;

/// Lower case in which every character has the place that it has in the text.
pub(super) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let one = |c: char| {
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(lower), None) if lower.len_utf8() == c.len_utf8() => lower,
            _ => c,
        }
    };
    text.chars().map(one).collect()
}
