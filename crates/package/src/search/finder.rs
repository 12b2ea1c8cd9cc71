use std::{borrow::Cow, collections::BTreeMap, net::IpAddr};

use aho_corasick::{AhoCorasick, MatchKind};

use super::{
    Indicator, IndicatorKind, address,
    escape::{of_binary, of_json},
};
use crate::Error;

/// Finds indicators in texts: addresses by what they say, all else by its letters.
pub(super) struct Finder<'a> {
    indicators: &'a [Indicator],
    words: AhoCorasick,
    /// Which indicator each pattern of `words` is.
    patterns: Vec<usize>,
    addresses: BTreeMap<IpAddr, usize>,
}

impl<'a> Finder<'a> {
    /// Fails with [`Error::Unreadable`] where there are more than can be looked for at once.
    pub(super) fn new(indicators: &'a [Indicator]) -> Result<Self, Error> {
        let (mut patterns, mut addresses) = (Vec::new(), BTreeMap::new());
        for (index, indicator) in indicators.iter().enumerate() {
            match address::parse(&indicator.value) {
                Some(own) if indicator.kind == IndicatorKind::Address => {
                    addresses.entry(own).or_insert(index);
                }
                _ => patterns.push(index),
            }
        }
        let words = patterns.iter().filter_map(|index| indicators.get(*index));
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(words.map(|own| own.value.to_lowercase()))
            .map_err(|error| Error::Unreadable {
                name: "the list of indicators".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self { indicators, words, patterns, addresses })
    }

    pub(super) fn indicator(&self, index: usize) -> Option<&'a Indicator> {
        self.indicators.get(index)
    }

    /// Each indicator that a text has, once, by its place in the list.
    pub(super) fn each(&self, text: &str, found: &mut dyn FnMut(usize)) {
        let mut known = Vec::new();
        let mut once = |index: usize| {
            if !known.contains(&index) {
                known.push(index);
                found(index);
            }
        };
        self.in_text(text, &mut once);
        for hidden in [of_binary(text), of_json(text)].into_iter().flatten() {
            self.in_text(&hidden, &mut once);
        }
    }

    fn in_text(&self, text: &str, found: &mut dyn FnMut(usize)) {
        let hay: Cow<'_, str> =
            if text.is_ascii() { text.into() } else { text.to_lowercase().into() };
        for place in self.words.find_overlapping_iter(&*hay) {
            let Some(index) = self.patterns.get(place.pattern().as_usize()).copied() else {
                continue;
            };
            let is_alone = |own: &Indicator| own.stands_alone(&hay, place.range());
            if self.indicator(index).is_some_and(is_alone) {
                found(index);
            }
        }
        if !self.addresses.is_empty() {
            address::each(text, &mut |own, _| {
                if let Some(index) = self.addresses.get(&own) {
                    found(*index);
                }
            });
        }
    }
}
