//! Credit and paths of channels, added up by groups of customers, and solved by a model.

use super::CreditModel;
use crate::inference::{Chain, Coalitions, Node, Removal, shapley};
use crate::report::Rate;
use crate::report::facts::Fact;
use crate::report::money::{Money, add};
use model::{CreditRule, Entry, Family, Group, parted};
use std::collections::{BTreeMap, BTreeSet};

/// A conversion in *credit*.
pub(super) const WHOLE: f64 = 1_000_000.0;

/// What channels have to do with conversions: sums of everybody, and of each group of customers.
pub(super) struct Sums {
    /// The channels that have anything to do with a path, ascending.
    pub(super) channels: Vec<String>,
    everybody: Part,
    /// One for each group; empty where what was read is not kept by groups.
    groups: Vec<Part>,
    /// Of customers who had not converted before: paths that converted, and all.
    first: [i64; 2],
}

/// The sums of some customers.
#[derive(Clone, Default)]
struct Part {
    /// By rule and channel, in millionths of a conversion.
    credit: BTreeMap<(CreditRule, usize), i64>,
    /// Steps of paths: after one channel, and after up to three.
    steps: Steps,
    chain: Steps,
    /// Paths by the set of channels that they touched: those that converted, and all.
    coalitions: BTreeMap<u64, [i64; 2]>,
    /// Money of conversions: by rule and channel.
    money: BTreeMap<(CreditRule, usize), Money>,
}

impl Part {
    fn steps_of(&self, order: usize) -> &Steps {
        if order > 1 { &self.chain } else { &self.steps }
    }
}

/// Steps by the channels before them, none at the start, and where they lead.
type Steps = BTreeMap<(Vec<u16>, To), i64>;

/// Where a step of a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum To {
    Channel(u16),
    Conversion,
    Null,
}

/// So many channels are told apart in a set.
const SET_MAX: usize = 64;

/// Orders that are drawn where there are too many channels to go through all of them, and where the
/// drawing begins: the same for every reader.
const ORDERS: u32 = 64;
const SEED: u64 = 14;

impl Sums {
    /// Adds counters of *credit* and *markov* up; these other channels have a place as well.
    pub(super) fn of<'a>(facts: &[Fact<'_>], others: impl Iterator<Item = &'a String>) -> Sums {
        let named = |fact: &Fact<'_>| -> Vec<String> {
            let to = || Some(fact.dim("to")).filter(|to| !is_end(to)).map(str::to_owned);
            match fact.family {
                Family::Credit => vec![fact.dim("channel").to_owned()],
                Family::Coalition => parted(fact.dim("channels"), '+'),
                _ => trail(fact).into_iter().chain(to()).collect(),
            }
        };
        let channels: BTreeSet<String> =
            facts.iter().flat_map(named).chain(others.cloned()).collect();
        let channels: Vec<String> = channels.into_iter().collect();
        let is_grouped = !facts.is_empty() && facts.iter().all(|fact| group(fact).is_some());
        let mut sums = Sums {
            groups: vec![Part::default(); if is_grouped { Group::COUNT.into() } else { 0 }],
            everybody: Part::default(),
            first: [0; 2],
            channels,
        };
        facts.iter().for_each(|fact| sums.read(fact));
        sums
    }

    fn read(&mut self, fact: &Fact<'_>) {
        let known = &self.channels;
        let place = |word: &str| known.binary_search_by(|known| known.as_str().cmp(word)).ok();
        let group = group(fact).filter(|_| !self.groups.is_empty());
        let parts = [Some(&mut self.everybody), group.map(|group| &mut self.groups[group])];
        let parts = parts.into_iter().flatten();
        match fact.family {
            Family::Credit => {
                let rule = CreditRule::ALL.iter().find(|rule| rule.word() == fact.dim("model"));
                let Some(key) = rule.copied().zip(place(fact.dim("channel"))) else { return };
                for part in parts {
                    *part.credit.entry(key).or_default() += fact.count();
                    add(part.money.entry(key).or_default(), &fact.counter.amounts);
                }
            }
            Family::Coalition => {
                let places = parted(fact.dim("channels"), '+');
                let places = places.iter().filter_map(|name| place(name));
                // Who touched nothing says nothing of any channel.
                let set = places.filter(|at| *at < SET_MAX).fold(0, |set, at| set | 1_u64 << at);
                let converted = if fact.dim("to") == "conversion" { fact.count() } else { 0 };
                for part in parts.filter(|_| set != 0) {
                    let sums = part.coalitions.entry(set).or_default();
                    *sums = [sums[0] + converted, sums[1] + fact.count()];
                }
            }
            family => {
                let trail: Vec<u16> =
                    trail(fact).iter().filter_map(|name| place(name)).map(|at| at as u16).collect();
                let to = match fact.dim("to") {
                    "conversion" => To::Conversion,
                    "null" => To::Null,
                    channel => match place(channel) {
                        Some(at) => To::Channel(at as u16),
                        None => return,
                    },
                };
                if family == Family::Markov && fact.dim("entry") == Entry::First.word() {
                    self.first[0] += if to == To::Conversion { fact.count() } else { 0 };
                    self.first[1] += if trail.is_empty() { fact.count() } else { 0 };
                }
                for part in parts {
                    let steps = match family {
                        Family::Chain => &mut part.chain,
                        _ => &mut part.steps,
                    };
                    *steps.entry((trail.clone(), to)).or_default() += fact.count();
                }
            }
        }
    }

    /// How many groups there are; none where nothing is kept by groups.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// How many conversions there are.
    pub(super) fn conversions(&self) -> i64 {
        let Part { credit, steps, .. } = &self.everybody;
        // All to the channel of the touchpoint that converts: each conversion once, and whole.
        let credited = credit.iter().filter(|((rule, _), _)| *rule == CreditRule::SameTouch);
        match credited.map(|(_, sum)| sum).sum::<i64>() / WHOLE as i64 {
            0 => steps.iter().filter(|((_, to), _)| *to == To::Conversion).map(|(_, n)| n).sum(),
            conversions => conversions,
        }
    }

    /// The paths that converted among all that ended, of customers who had not converted before.
    pub(super) fn rate(&self) -> Option<Rate> {
        Rate::of(self.first[0], self.first[1])
    }

    /// What a rule gives to a channel, in millionths of a conversion.
    pub(super) fn credit(&self, rule: CreditRule, channel: usize) -> i64 {
        self.everybody.credit.get(&(rule, channel)).copied().unwrap_or(0)
    }

    /// The money of all conversions.
    pub(super) fn all_money(&self) -> Money {
        let mut all = Money::new();
        for ((rule, _), money) in &self.everybody.money {
            if *rule == CreditRule::SameTouch {
                add(&mut all, money);
            }
        }
        all
    }

    /// Which share of the money of a currency a rule gives to each channel.
    pub(super) fn money_shares(
        &self,
        rule: CreditRule,
        currency: &str,
        without: Option<usize>,
    ) -> Option<Vec<f64>> {
        let of = |rule: CreditRule, channel: usize| {
            self.left(without, |part| {
                let money = part.money.get(&(rule, channel));
                money.and_then(|money| money.get(currency)).copied().unwrap_or(0)
            })
        };
        let channels = 0..self.channels.len();
        let all: i64 = channels.clone().map(|at| of(CreditRule::SameTouch, at)).sum();
        (all != 0).then(|| channels.map(|at| of(rule, at) as f64 / all as f64).collect())
    }

    /// A sum of everybody, or of everybody but one group.
    fn left(&self, without: Option<usize>, sum: impl Fn(&Part) -> i64) -> i64 {
        let of_group = without.map_or(0, |group| sum(&self.groups[group]));
        sum(&self.everybody).wrapping_sub(of_group)
    }

    /// Which share of the conversions a model gives to each channel, of everybody or of everybody
    /// but one group. `None` where there is nothing to share, or nothing to share it by.
    pub(super) fn shares(&self, model: CreditModel, without: Option<usize>) -> Option<Vec<f64>> {
        match model {
            CreditModel::Rule(rule) => {
                let of = |rule: CreditRule, channel: usize| {
                    self.left(without, |part| {
                        part.credit.get(&(rule, channel)).copied().unwrap_or(0)
                    })
                };
                let channels = 0..self.channels.len();
                let all: i64 = channels.clone().map(|at| of(CreditRule::SameTouch, at)).sum();
                (all > 0).then(|| channels.map(|at| of(rule, at) as f64 / all as f64).collect())
            }
            CreditModel::Markov(order) => {
                let removal = self.removal(order, without)?;
                let mut shares = vec![0.0; self.channels.len()];
                for removed in &removal.channels {
                    shares[usize::from(removed.channel)] =
                        removed.credit / removal.conversions as f64;
                }
                Some(shares)
            }
            CreditModel::Shapley => {
                Some(self.worths(without)?.into_iter().map(|it| it.0).collect())
            }
        }
    }

    /// The errors of the shares that come from drawing, where a model draws.
    pub(super) fn drawn(&self, model: CreditModel) -> Option<Vec<f64>> {
        match model {
            CreditModel::Shapley => Some(self.worths(None)?.into_iter().map(|it| it.1).collect()),
            CreditModel::Markov(_) | CreditModel::Rule(_) => None,
        }
    }

    /// The removal effect of each channel.
    pub(super) fn effects(&self, order: u8, without: Option<usize>) -> Option<Vec<f64>> {
        let removal = self.removal(order, without)?;
        let mut effects = vec![0.0; self.channels.len()];
        for removed in &removal.channels {
            effects[usize::from(removed.channel)] = removed.share;
        }
        Some(effects)
    }

    fn removal(&self, order: u8, without: Option<usize>) -> Option<Removal> {
        let order = usize::from(order.max(1));
        let node = |trail: &[u16]| match trail.len() {
            0 => Node::Start,
            length => Node::Touch(trail[length.saturating_sub(order)..].to_vec()),
        };
        let mut chain = Chain::default();
        for (step, all) in self.everybody.steps_of(order) {
            let left = without.and_then(|group| self.groups[group].steps_of(order).get(step));
            let left = left.unwrap_or(&0);
            let (trail, to) = step;
            let next = match to {
                To::Channel(channel) => node(&[trail, &[*channel][..]].concat()),
                To::Conversion => Node::Conversion,
                To::Null => Node::Null,
            };
            chain.add(node(trail), next, all - left);
        }
        match without {
            None => chain.removal().ok(),
            Some(_) => chain.removal_nearly().ok(),
        }
    }

    /// Each channel's share of the conversions, and its error from drawing.
    fn worths(&self, without: Option<usize>) -> Option<Vec<(f64, f64)>> {
        if self.channels.len() > SET_MAX {
            return None;
        }
        let mut coalitions = Coalitions::default();
        let mut touched = 0_u64;
        for (set, all) in &self.everybody.coalitions {
            let of = |group: usize| self.groups[group].coalitions.get(set).copied();
            let left = without.and_then(of).unwrap_or_default();
            touched |= set;
            coalitions.add(*set, all[0] - left[0], all[1] - left[1]);
        }
        let players: Vec<usize> =
            (0..self.channels.len()).filter(|at| touched >> at & 1 == 1).collect();
        // A coalition's bits are the players' own; those of a set are the channels'.
        let spread = |coalition: u64| {
            let bits = players.iter().enumerate().filter(|(bit, _)| coalition >> bit & 1 == 1);
            bits.fold(0, |set, (_, at)| set | 1_u64 << at)
        };
        let all = coalitions.expected(touched);
        if all <= 0.0 {
            return None;
        }
        let worths = shapley(players.len(), |set| coalitions.expected(spread(set)), ORDERS, SEED)?;
        let mut shares = vec![(0.0, 0.0); self.channels.len()];
        for (at, worth) in players.iter().zip(worths) {
            shares[*at] = (worth.value / all, worth.error / all);
        }
        Some(shares)
    }
}

fn is_end(word: &str) -> bool {
    matches!(word, "start" | "conversion" | "null")
}

/// The channels that a step comes after.
fn trail(fact: &Fact<'_>) -> Vec<String> {
    match fact.family {
        Family::Chain => parted(fact.dim("from"), '>'),
        _ => Some(fact.dim("from"))
            .filter(|from| !is_end(from))
            .map(str::to_owned)
            .into_iter()
            .collect(),
    }
}

/// The group of a counter; `None` of what is not kept by groups.
fn group(fact: &Fact<'_>) -> Option<usize> {
    fact.dim("group").parse().ok().filter(|group| *group < usize::from(Group::COUNT))
}
