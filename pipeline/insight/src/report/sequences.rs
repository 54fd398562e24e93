//! Orders of steps and what comes of them: by conversion, revenue and lifetime value.

use super::facts::{Fact, facts};
use super::{Mistake, Query, value};
use crate::inference::{
    Beginning, Contrast, Figure, Interval, Order, Orders, Outcomes, Spread, Verdict, adjusted,
    chance, difference, share_of_growing, shrunk,
};
use crate::{Counter, CounterId};
use model::{Family, JourneyMap, Size, Span, Timestamp, parted_steps};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Which orders of steps go with more conversions, by stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequences {
    /// The event time that the counters were judged at.
    pub as_of: Timestamp,
    /// How long after an entry its steps are told, and the entry is asked whether it is open.
    pub landmark: Span,
    /// The orders that tell most, the clearest of each stage first.
    pub rows: Vec<SequenceRow>,
    /// Each stage that anybody entered, by channel if that was asked.
    pub stages: Vec<StageOrders>,
    /// The currency of revenue and lifetime value; `None` where nobody has paid.
    pub currency: Option<String>,
    /// Whether anything was paid in another one.
    pub has_other_currencies: bool,
    /// What a new customer brings after the first purchase; `None` where that is not known.
    pub newcomer: Option<Figure>,
}

/// How many orders of a stage are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageOrders {
    /// The stage that was entered.
    pub stage: String,
    /// The channel of the attempt's first touchpoint; `None` of all.
    pub channel: Option<String>,
    /// Entries that were open at the landmark, whatever became of them.
    pub entries: i64,
    /// How many orders are compared.
    pub tried: usize,
    /// About how many more leads until one is; 0 where one is.
    pub more: i64,
}

/// One order of steps in one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceRow {
    /// Its place in the stage, from 1.
    pub rank: i64,
    /// The stage that was entered.
    pub stage: String,
    /// The channel of the attempt's first touchpoint; `None` of all.
    pub channel: Option<String>,
    /// Kinds, each with its channel where the map tells them apart.
    pub steps: Vec<(String, Option<String>)>,
    /// Who took it and who did not.
    pub order: Order,
    /// How much more often who took it converts, like with like, at every look and over all orders
    /// together.
    pub watched: Option<Interval>,
    /// The difference that is to be expected next time.
    pub shrunk: f64,
    /// The probability of such a difference by chance, adjusted for the batch.
    pub chance: f64,
    /// What the difference allows.
    pub verdict: Option<Verdict>,
    /// The same beside those alone who took the steps in another order; `None` where nobody did.
    pub reordered: Option<(Option<Interval>, Option<Verdict>)>,
    /// How much more who took it paid in the purchase that converted, in minor units.
    pub revenue: Option<Figure>,
    /// The same with what a new customer brings in the twelve months after it.
    pub lifetime: Option<Figure>,
}

/// So many entries must have an order, and so many must not, that anything is said of it.
pub const FLOOR: i64 = 50;
/// Orders of a stage that are shown.
const ROWS_MAX: usize = 12;
/// A difference of rates that somebody would act on.
const WORTH: f64 = 0.05;
/// The error of all verdicts of a report together.
const ALPHA: f64 = 0.05;

/// Orders of steps from the counters of one map, all judged at the query's as_of.
pub fn sequences<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)> + Clone,
    query: &Query,
) -> Result<Sequences, Mistake> {
    check(map, query)?;
    let facts = facts(counters.clone(), |family, id| match family {
        Family::Sequence => true,
        Family::Flow => id.size == Size::Total,
        _ => false,
    });
    let currencies = currencies(&facts);
    let currency = currencies.first().cloned();
    let newcomer = currency.as_ref().and_then(|currency| newcomer(map, counters, query, currency));
    let mut words = Words::default();
    let groups =
        groups(map, &facts, query.by.is_some(), |fact| words.beginning(fact, currency.as_deref()));
    let last = usize::from(map.last_stage());
    let orders = |of: &(usize, Option<String>), group: &Group| {
        // Whoever buys again is no new customer.
        let beyond = newcomer.filter(|_| of.0 != last).map(|it| it.value);
        Order::family(&group.beginnings, FLOOR, beyond)
    };
    let found: Vec<(&(usize, Option<String>), &Group, Orders)> =
        groups.iter().map(|(of, group)| (of, group, orders(of, group))).collect();
    // What stands beside each other is one list, however it is divided.
    let made = found.iter().flat_map(|(.., orders)| &orders.tried).map(comparisons).sum();
    let judge = Judge { words: &words, alpha: share_of_growing(ALPHA, made), newcomer };
    let stages = found.iter().map(|((stage, channel), group, orders)| StageOrders {
        stage: map.stages[*stage].name.clone(),
        channel: channel.clone(),
        entries: group.entries(),
        tried: orders.tried.len(),
        more: group.more(orders.most),
    });
    let stages: Vec<StageOrders> = stages.collect();
    let rows = found.iter().zip(&stages).flat_map(|((_, group, orders), stage)| {
        judge.rows(stage, group.leads.max(stage.entries), orders)
    });
    Ok(Sequences {
        as_of: query.as_of,
        landmark: map.cadence_landmark,
        rows: rows.collect(),
        stages,
        has_other_currencies: currencies.len() > 1,
        currency,
        newcomer,
    })
}

fn check(map: &JourneyMap, query: &Query) -> Result<(), Mistake> {
    if !map.counts(Family::Sequence) {
        return Err(Mistake::NotCounted(Family::Sequence));
    }
    if let Some(by) = query.by.as_ref().filter(|by| *by != "channel") {
        return Err(Mistake::By(by.clone(), vec!["channel".to_owned()]));
    }
    let has_period = query.from.is_some() || query.to.is_some();
    if has_period { Err(Mistake::NoPeriod) } else { Ok(()) }
}

/// Entries by their stage, and by their channel if that is asked.
fn groups<'a>(
    map: &JourneyMap,
    facts: &[Fact<'a>],
    by_channel: bool,
    mut beginning: impl FnMut(&Fact<'a>) -> Beginning,
) -> BTreeMap<(usize, Option<String>), Group> {
    let mut groups: BTreeMap<(usize, Option<String>), Group> = BTreeMap::new();
    for fact in facts {
        let stage = map.stages.iter().position(|stage| stage.name == fact.dim("stage"));
        let Some(stage) = stage else { continue };
        let channel = by_channel.then(|| fact.dim("channel").to_owned());
        let group = groups.entry((stage, channel)).or_default();
        match fact.family {
            Family::Flow => group.leads += fact.count(),
            _ => group.beginnings.push(beginning(fact)),
        }
    }
    groups.retain(|_, group| !group.beginnings.is_empty());
    groups
}

/// Currencies of purchases that converted an entry, the one of most counters first: their number
/// grows with the customers, and amounts of two currencies cannot be compared.
fn currencies(facts: &[Fact<'_>]) -> Vec<String> {
    let mut counts: BTreeMap<&String, i64> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.family == Family::Sequence) {
        for currency in fact.counter.amounts.keys() {
            *counts.entry(currency).or_default() += fact.count();
        }
    }
    let mut currencies: Vec<(&String, i64)> = counts.into_iter().collect();
    currencies.sort_by_key(|(currency, count)| (Reverse(*count), *currency));
    currencies.into_iter().map(|(currency, _)| currency.clone()).collect()
}

/// What a new customer of the business brings in the twelve months after the first purchase.
fn newcomer<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
    currency: &str,
) -> Option<Figure> {
    let everybody = Query { by: None, ..query.clone() };
    let value = value(map, counters, &everybody).ok()?;
    let mut rows = value.rows.iter().filter(|row| row.channel.is_none());
    rows.find(|row| row.currency == currency)?.newcomer()
}

/// How many comparisons an order takes part in.
fn comparisons(order: &Order) -> usize {
    let all = [
        order.contrast.is_some(),
        order.reordered.is_some(),
        order.money.is_some(),
        order.lifetime.is_some(),
    ];
    all.into_iter().filter(|is_made| *is_made).count()
}

/// Entries of a stage.
#[derive(Default)]
struct Group {
    /// All of them, where they are counted.
    leads: i64,
    /// Those that were open at the landmark.
    beginnings: Vec<Beginning>,
}

impl Group {
    fn entries(&self) -> i64 {
        self.beginnings.iter().map(|it| it.outcomes.decided() + it.outcomes.open).sum()
    }

    /// About how many more leads until an order is compared, if they come as they have come.
    fn more(&self, most: i64) -> i64 {
        if most >= FLOOR {
            return 0;
        }
        let leads = self.leads.max(self.entries()) as f64;
        let needed = leads * (FLOOR as f64 / most.max(1) as f64 - 1.0);
        (needed.ceil() as i64).max(1)
    }
}

/// Words of counters, by small numbers.
#[derive(Default)]
struct Words {
    steps: Vec<(String, Option<String>)>,
    channels: Vec<String>,
}

impl Words {
    fn beginning(&mut self, fact: &Fact<'_>, currency: Option<&str>) -> Beginning {
        let count = fact.count();
        let mut outcomes = Outcomes::default();
        match fact.dim("outcome") {
            "converted" => outcomes.converted = count,
            "expired" => outcomes.expired = count,
            _ => outcomes.open = count,
        }
        let steps = parted_steps(fact.dim("steps")).into_iter();
        let steps = steps.map(|step| place(&mut self.steps, step)).collect();
        let channel = place(&mut self.channels, fact.dim("channel").to_owned());
        Beginning { steps, channel, outcomes, money: spread(fact, currency) }
    }
}

/// The place of a word in a list, put there if it is new: steps are at most a thousand or so.
fn place<T: PartialEq>(list: &mut Vec<T>, word: T) -> u16 {
    let known = list.iter().position(|known| *known == word);
    known.unwrap_or_else(|| {
        list.push(word);
        list.len() - 1
    }) as u16
}

/// What was paid, where a purchase converted the entries.
fn spread(fact: &Fact<'_>, currency: Option<&str>) -> Spread {
    let Ok(least) = fact.dim("paid").parse::<f64>() else { return Spread::default() };
    let total = currency.and_then(|currency| fact.counter.amounts.get(currency));
    Spread::below(fact.count(), total.map_or(0.0, |total| *total as f64), 2.0 * least)
}

/// Judges orders at an error of each.
struct Judge<'a> {
    words: &'a Words,
    alpha: f64,
    newcomer: Option<Figure>,
}

impl Judge<'_> {
    /// The orders of a stage that tell most.
    fn rows(&self, stage: &StageOrders, leads: i64, orders: &Orders) -> Vec<SequenceRow> {
        let compared: Vec<(&Order, Contrast)> =
            orders.tried.iter().filter_map(|order| Some((order, order.contrast?))).collect();
        let differences: Vec<Figure> = compared.iter().map(|(_, it)| it.difference).collect();
        let chances: Vec<f64> = differences.iter().map(chance).collect();
        let drawn = shrunk(&differences).into_iter().zip(adjusted(&chances));
        let mut judged: Vec<(&Order, Contrast, (f64, f64))> = compared
            .into_iter()
            .zip(drawn)
            .map(|((order, it), drawn)| (order, it, drawn))
            .collect();
        let clear = |contrast: &Contrast| {
            let difference = contrast.difference;
            difference.value.abs() / difference.error().max(f64::MIN_POSITIVE)
        };
        judged.sort_by(|(one, of_one, _), (other, of_other, _)| {
            let order = clear(of_other).total_cmp(&clear(of_one));
            order.then_with(|| self.named(&one.steps).cmp(&self.named(&other.steps)))
        });
        let shown = (1..).zip(judged.into_iter().take(ROWS_MAX));
        shown.map(|(rank, judged)| self.row((stage, leads), rank, judged)).collect()
    }

    fn row(
        &self,
        (stage, leads): (&StageOrders, i64),
        rank: i64,
        (order, contrast, (shrunk, chance)): (&Order, Contrast, (f64, f64)),
    ) -> SequenceRow {
        let (watched, verdict) = self.verdict(&contrast, leads);
        let of_each = self.newcomer.map_or(0.0, |it| it.error());
        SequenceRow {
            rank,
            stage: stage.stage.clone(),
            channel: stage.channel.clone(),
            steps: self.named(&order.steps),
            order: order.clone(),
            watched,
            shrunk,
            chance,
            verdict,
            reordered: order.reordered.as_ref().map(|it| self.verdict(it, leads)),
            revenue: order.money.and_then(|it| it.watched(0.0, self.alpha)),
            lifetime: order.lifetime.and_then(|it| it.watched(of_each, self.alpha)),
        }
    }

    fn named(&self, steps: &[u16]) -> Vec<(String, Option<String>)> {
        steps.iter().map(|step| self.words.steps[usize::from(*step)].clone()).collect()
    }

    fn verdict(&self, contrast: &Contrast, leads: i64) -> (Option<Interval>, Option<Verdict>) {
        let [one, other] = contrast.alike;
        let watched = difference(one, other, self.alpha).map(|figure| figure.interval);
        // Not every lead comes to be compared: most are decided before.
        let leads = leads as f64 / (one.1 + other.1).max(1) as f64;
        let verdict = Verdict::of(one, other, WORTH, self.alpha);
        (watched, verdict.map(|verdict| verdict.of_leads(leads.max(1.0))))
    }
}
