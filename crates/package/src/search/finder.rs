use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    ops::Range,
};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{
    Indicator, IndicatorKind, address,
    escape::{of_binary, of_json, of_slashes},
    form::{Form, Front, forms},
    indicator::HASHES,
};
use crate::Error;

/// Finds indicators in texts: addresses by what they say, hashes among a text's words, since a list may have more of
/// them than an automaton can hold, all else by its letters.
pub(super) struct Finder<'a> {
    indicators: &'a [Indicator],
    words: AhoCorasick,
    /// Which indicator each pattern of `words` is a form of, and where what may stand before it is among `fronts`.
    patterns: Vec<(usize, Range<usize>)>,
    fronts: Vec<Front>,
    /// In small letters.
    hashes: BTreeMap<String, usize>,
    addresses: BTreeMap<IpAddr, usize>,
}

impl<'a> Finder<'a> {
    /// Fails with [`Error::Unreadable`] where there are more than can be looked for at once.
    pub(super) fn new(indicators: &'a [Indicator]) -> Result<Self, Error> {
        let (mut patterns, mut fronts, mut words) = (Vec::new(), Vec::new(), Vec::new());
        let (mut hashes, mut addresses) = (BTreeMap::new(), BTreeMap::new());
        for (index, indicator) in indicators.iter().enumerate() {
            match (indicator.kind, address::parse(&indicator.value)) {
                (IndicatorKind::Address, Some(own)) => {
                    addresses.entry(own).or_insert(index);
                }
                (IndicatorKind::Hash, _) => {
                    hashes.entry(indicator.value.to_ascii_lowercase()).or_insert(index);
                }
                _ => {
                    let mut rest = forms(&folded(&indicator.value));
                    while let Some(Form { text, front }) = rest.pop() {
                        let begin = fronts.len();
                        fronts.push(front);
                        // What several may stand before is built once.
                        rest.retain(|own| {
                            let is_same = own.text == text;
                            fronts.extend(is_same.then_some(own.front));
                            !is_same
                        });
                        patterns.push((index, begin..fronts.len()));
                        words.push(text);
                    }
                }
            }
        }
        // One that knows letters in either case takes three times as long to build as to write the texts in small ones.
        let words = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            // What is built for few patterns otherwise takes time that grows with the square of one that repeats itself.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(words)
            .map_err(|error| Error::Unreadable {
                name: "the list of indicators".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self { indicators, words, patterns, fronts, hashes, addresses })
    }

    pub(super) fn indicator(&self, index: usize) -> Option<&'a Indicator> {
        self.indicators.get(index)
    }

    /// The place under which an indicator is found: that of the first in the list which says the same.
    pub(super) fn found_as(&self, index: usize) -> usize {
        let first = self.indicator(index).and_then(|own| match own.kind {
            IndicatorKind::Address => self.addresses.get(&address::parse(&own.value)?),
            IndicatorKind::Hash => self.hashes.get(&own.value.to_ascii_lowercase()),
            _ => None,
        });
        first.copied().unwrap_or(index)
    }

    /// Each indicator that a text has, once, by its place in the list.
    pub(super) fn each(&self, text: &str, found: &mut dyn FnMut(usize)) {
        let mut known = BTreeSet::new();
        let mut once = |index: usize| {
            if known.insert(index) {
                found(index);
            }
        };
        self.in_text(text, &mut once);
        for hidden in [of_binary(text), of_json(text)].into_iter().flatten() {
            self.in_text(&hidden, &mut once);
        }
        if let Some(hidden) = of_slashes(text) {
            self.words_in(&small(&hidden), &mut once);
        }
    }

    fn in_text(&self, text: &str, found: &mut dyn FnMut(usize)) {
        let hay = small(text);
        self.words_in(&hay, found);
        if !self.hashes.is_empty() {
            self.hashes_in(&hay, found);
        }
        if !self.addresses.is_empty() {
            address::each(text, &mut |own, _| {
                if let Some(index) = self.addresses.get(&own) {
                    found(*index);
                }
            });
        }
    }

    fn words_in(&self, hay: &str, found: &mut dyn FnMut(usize)) {
        for place in self.words.find_overlapping_iter(hay) {
            let Some((index, fronts)) = self.patterns.get(place.pattern().as_usize()) else {
                continue;
            };
            let before = hay.get(..place.start()).unwrap_or_default();
            let mut fronts = self.fronts.get(fronts.clone()).unwrap_or_default().iter();
            let is_own = |own: &Indicator| {
                own.stands_alone(hay, place.range()) && fronts.any(|front| front.ends(before))
            };
            if self.indicator(*index).is_some_and(is_own) {
                found(*index);
            }
        }
    }

    /// A hash ends where the digits around it end, and what stands before them may be an escape.
    fn hashes_in(&self, hay: &str, found: &mut dyn FnMut(usize)) {
        let is_other = |c: char| !c.is_ascii_hexdigit();
        let mut at = 0;
        for word in hay.split_inclusive(is_other) {
            let digits = word.trim_end_matches(is_other);
            for length in HASHES {
                let Some(begin) = digits.len().checked_sub(*length) else { continue };
                let own = digits.get(begin..).unwrap_or_default();
                let Some(index) = self.hashes.get(own).copied() else { continue };
                let is_alone =
                    |own: &Indicator| own.stands_alone(hay, at + begin..at + digits.len());
                if self.indicator(index).is_some_and(is_alone) {
                    found(index);
                }
            }
            at += word.len();
        }
    }
}

/// A text in small letters, in which the automaton finds what it knows so.
fn small(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        folded(text).into()
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}

/// A text in small letters, each by itself: what a letter stands before or behind makes it no other, as it does a sigma.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Finder, Indicator, IndicatorKind};

    /// A list has thousands of them, and the automaton takes time and memory for each.
    #[test]
    fn what_several_may_stand_before_is_built_once() {
        for (value, patterns, fronts) in [
            ("a.exe", 1, 1),
            (r"%windir%\b\a.exe", 4, 5),
            (r"%APPDATA%\b\a.exe", 3, 4),
            (r"%TEMP%\b\a.exe", 4, 5),
        ] {
            let list = [Indicator { value: value.to_owned(), kind: IndicatorKind::Name }];
            let finder = Finder::new(&list).unwrap();
            let found = (finder.words.patterns_len(), finder.patterns.len(), finder.fronts.len());
            assert_eq!(found, (patterns, patterns, fronts), "{value}");
        }
    }
}
