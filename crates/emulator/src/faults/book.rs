//! The rules, and how often each one matched and fired.

use serde::Serialize;

use crate::config::{Endpoint, Fault, Group, Rule, Target};
use crate::random::Random;

/// The rules in order.
#[derive(Debug)]
pub(crate) struct Book {
    standings: Vec<Standing>,
    random: Random,
}

/// A rule, and how often it matched and fired.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Standing {
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
    /// How many calls it matched.
    pub matched: u64,
    /// How often it was applied.
    pub fired: u64,
}

impl Book {
    pub(crate) fn new(seed: u64, rules: &[Rule]) -> Self {
        let mut book = Self { standings: Vec::new(), random: Random::named(seed, "faults") };
        for rule in rules {
            book.add(rule.clone());
        }
        book
    }

    pub(crate) fn add(&mut self, rule: Rule) {
        self.standings.push(Standing { rule, matched: 0, fired: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.standings.clear();
    }

    pub(crate) fn standings(&self) -> &[Standing] {
        &self.standings
    }

    /// The fault for a call of `endpoint` about a device with these names. Every matching rule
    /// counts the call; the first one that is due wins.
    pub(crate) fn pick(&mut self, endpoint: Endpoint, names: &[String]) -> Option<Fault> {
        let mut fault = None;
        for standing in &mut self.standings {
            if !standing.concerns(endpoint, names) {
                continue;
            }
            standing.matched += 1;
            if fault.is_none() && standing.is_due(&mut self.random) {
                standing.fired += 1;
                fault = Some(standing.rule.fault.clone());
            }
        }
        fault
    }
}

impl Standing {
    fn concerns(&self, endpoint: Endpoint, names: &[String]) -> bool {
        let on = &self.rule.on;
        on.endpoint.holds(endpoint)
            && on
                .device
                .as_ref()
                .is_none_or(|device| names.iter().any(|name| name.eq_ignore_ascii_case(device)))
    }

    fn is_due(&self, random: &mut Random) -> bool {
        let on = &self.rule.on;
        let most = on.times.or(if on.probability.is_some() { None } else { Some(1) });
        self.matched >= on.nth.unwrap_or(1)
            && most.is_none_or(|most| self.fired < most)
            && on.probability.is_none_or(|probability| random.unit() < probability)
    }
}

impl Target {
    fn holds(self, endpoint: Endpoint) -> bool {
        match self {
            Self::One(one) => one == endpoint,
            Self::Group(Group::Any) => true,
            Self::Group(Group::Api) => !matches!(
                endpoint,
                Endpoint::DeviceCode
                    | Endpoint::Discovery
                    | Endpoint::Download
                    | Endpoint::Identity
                    | Endpoint::Token
            ),
            Self::Group(Group::Find) => matches!(
                endpoint,
                Endpoint::FindByIp
                    | Endpoint::FindByTag
                    | Endpoint::GetMachine
                    | Endpoint::ListMachines
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Book;
    use crate::config::{Endpoint, Fault, Group, On, Rule};

    fn fired(rule: Rule, calls: &[(Endpoint, &str)]) -> Vec<bool> {
        let mut book = Book::new(1, &[rule]);
        calls
            .iter()
            .map(|&(endpoint, name)| book.pick(endpoint, &[name.to_owned()]).is_some())
            .collect()
    }

    #[test]
    fn a_rule_has_its_way_from_the_nth_call_on_so_many_times() {
        let rule = Rule::new(On::next(Endpoint::Collect).nth(2).times(2), Fault::LostAnswer);
        let calls = [(Endpoint::Collect, "a"); 5];
        assert_eq!(fired(rule, &calls), [false, true, true, false, false]);
    }

    #[test]
    fn a_rule_about_a_device_leaves_the_others_alone() {
        let rule = Rule::new(On::every(Group::Api).device("WS-042"), Fault::LostAnswer);
        let calls = [
            (Endpoint::Collect, "ws-042"),
            (Endpoint::Collect, "ws-04"),
            (Endpoint::Download, "ws-042"),
            (Endpoint::Link, "ws-042"),
        ];
        assert_eq!(fired(rule, &calls), [true, false, false, true]);
    }

    #[test]
    fn a_probability_is_kept_over_many_calls() {
        let rule = Rule::new(On::next(Group::Any).probability(0.25), Fault::LostAnswer);
        let calls = vec![(Endpoint::Token, "a"); 4_000];
        let count = fired(rule, &calls).into_iter().filter(|&fired| fired).count();
        assert!((900..1_100).contains(&count), "{count}");
    }
}
