use aho_corasick::AhoCorasick;

use super::{
    found::Word,
    names::too_many,
    place::{Own, Place, Shapes},
};
use crate::{
    Error,
    edge::{begins, ends, escape_at},
};

/// Names in lower case, and what stands for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    words: Vec<Word>,
    search: Option<AhoCorasick>,
}

impl Words {
    /// Fails with [`Error::TooManyNames`] if they are more than can be searched for.
    pub(super) fn new(words: Vec<Word>) -> Result<Self, Error> {
        let search = AhoCorasick::new(words.iter().map(|word| &word.text));
        Ok(Self { words, search: Some(search.map_err(|_| too_many())?) })
    }

    pub(super) fn get(&self, index: usize) -> Option<&Word> {
        self.words.get(index)
    }

    /// Where names stand by themselves: the longest at each place where one begins, and hosts of the domains that are
    /// among them.
    pub(super) fn places(&self, text: &str, shapes: &Shapes) -> Vec<Place> {
        let Some(search) = &self.search else { return Vec::new() };
        let hay = lower(text);
        // All that overlap would take memory of their own, for as many names as lie in each other.
        let (mut words, mut domains) = (Longest::default(), Longest::default());
        let mut last = (0, false);
        for found in search.find_overlapping_iter(&hay) {
            let (start, end, word) = (found.start(), found.end(), found.pattern().as_usize());
            if last.0 != end {
                last = (end, ends(&hay, end) && !shapes.hold(end));
            }
            if !last.1 || !begins(&hay, start) || shapes.hold(start) {
                continue;
            }
            words.see(start, end, word, hay.len());
            if self.words.get(word).is_some_and(|word| word.is_domain) {
                domains.see(start, end, word, hay.len());
            }
        }
        let hosts = domains.each().filter_map(|(start, end, _)| {
            let begin = labels(&hay, start);
            let host = hay.get(begin..end).filter(|_| begin < start && !shapes.hold(begin))?;
            Some(Place { at: begin..end, own: Own::Host(host.to_owned()) })
        });
        let words =
            words.each().map(|(start, end, word)| Place { at: start..end, own: Own::Word(word) });
        words.chain(hosts).collect()
    }
}

/// The longest word from each place of a text on, by its end: those that end earlier are seen earlier.
#[derive(Default)]
struct Longest(Vec<(usize, usize)>);

impl Longest {
    fn see(&mut self, start: usize, end: usize, word: usize, length: usize) {
        // Most texts have none.
        if self.0.is_empty() {
            self.0 = vec![(0, 0); length];
        }
        if let Some(own) = self.0.get_mut(start) {
            *own = (end, word);
        }
    }

    /// Where each begins and ends, and which it is.
    fn each(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let each = self.0.iter().enumerate().map(|(start, (end, word))| (start, *end, *word));
        each.filter(|(start, end, _)| start < end)
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

/// Lower case in which every character has the place that it has in the text, and sigma is one wherever it stands.
pub(super) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let one = |c: char| {
        if c == 'ς' {
            return 'σ';
        }
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(lower), None) if lower.len_utf8() == c.len_utf8() => lower,
            _ => c,
        }
    };
    text.chars().map(one).collect()
}
