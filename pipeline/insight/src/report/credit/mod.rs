//! Credit for conversions by channel: what models say of those that happened. Credit, not effect.

mod models;
mod share;
mod sums;
mod table;
mod verdict;

pub use models::CreditModel;
pub use verdict::CreditVerdict;

use super::facts::{Fact, facts};
use super::money::{Money, add};
use super::query::By;
use super::text::rate_text;
use super::{Estimate, EstimatedMoney, Mistake, Query, Rate, Scope};
use crate::{Counter, CounterId};

use model::{Cost, CreditRule, Family, JourneyMap, MoneyRole, Size, Span, Timestamp};
use share::{Share, shares};
use std::collections::BTreeMap;
use sums::Sums;

/// The conversions of a period, shared out among channels by one model and held against others.
#[derive(Clone, Debug, PartialEq)]
pub struct Credits {
    /// The period in words.
    pub period: String,
    /// The event time that they were judged at.
    pub as_of: Timestamp,
    /// The stage whose reaching is a conversion.
    pub conversion: String,
    /// The model that shares out.
    pub model: CreditModel,
    /// How many conversions are shared out.
    pub conversions: i64,
    /// How many of the paths that ended converted, of customers who had not converted before.
    pub rate: Option<Rate>,
    /// A row for each channel that has touched a path, the most credit first.
    pub rows: Vec<CreditRow>,
    /// What every model gives to each channel, in conversions; in the order of the rows.
    pub models: Vec<(CreditModel, Vec<f64>)>,
    /// What has to be said about the numbers.
    pub notes: Vec<String>,
}

/// What a channel is credited with.
#[derive(Clone, Debug, PartialEq)]
pub struct CreditRow {
    /// The channel.
    pub channel: String,
    /// Touchpoints on it in the period; `None` where the map does not count them.
    pub touchpoints: Option<i64>,
    /// Conversions credited by the model.
    pub credited: Estimate,
    /// The same, with an interval that holds at every look.
    pub watched: Estimate,
    /// Money credited by the model.
    pub money: EstimatedMoney,
    /// Conversions whose first touch was on it; `None` where the map does not count credit.
    pub first: Option<i64>,
    /// Conversions whose last touch was on it.
    pub last: Option<i64>,
    /// Conversions that it took part in.
    pub took_part: Option<i64>,
    /// The share of conversions that the paths would lack if each ended where it touches the
    /// channel; `None` where the map does not count paths.
    pub removal_effect: Option<Estimate>,
    /// What it has cost; `None` where nobody has said.
    pub cost: Option<Money>,
    /// Cost by credited conversion.
    pub cost_per_conversion: Option<EstimatedMoney>,
    /// Least and greatest of what the models give that can be held against each other; `None` where
    /// there is nothing to give.
    pub models: Option<(f64, f64)>,
    /// What can be made of it.
    pub verdict: CreditVerdict,
}

/// The credits of the counters of one map, all judged at the query's as_of. `None` where the map
/// counts neither credit nor paths.
pub fn credits<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
    costs: &[Cost],
) -> Result<Option<Credits>, Mistake> {
    let model = chosen(map, query)?;
    let Some(model) = model else { return Ok(None) };
    let scope = Scope::of(map, query, By::Nothing)?;
    if scope.size != Size::Total && !model.family().is_windowed() {
        return Err(Mistake::OnlyTotals(model.name()));
    }
    let is_wanted = |family: Family| family.is_grouped() || family == Family::Activity;
    let mut facts = facts(counters, |family, id| is_wanted(family) && scope.has(id));
    let touched = touched(&facts);
    let is_of_scope = |cost: &&Cost| scope.holds_date(&map.zone, cost.date, query.as_of);
    let spent = spent(map, &facts, costs.iter().filter(is_of_scope));
    facts.retain(|fact| fact.family != Family::Activity);
    let sums = Sums::of(&facts, spent.keys());
    let conversions = sums.conversions();
    let zero = || vec![Share { value: 0.0, once: None, always: None }; sums.channels.len()];
    let drawn = sums.drawn(model);
    let shared = shares(&sums, drawn.as_deref(), |without| sums.shares(model, without));
    let is_solved = shared.is_some();
    let shared = shared.unwrap_or_else(zero);
    let order = model.order().unwrap_or(1);
    let effects = shares(&sums, None, |without| sums.effects(order, without));
    let models = by_every_model(map, &sums);
    let money = money(&sums, model, &shared);
    let row = |at: usize| {
        let channel = sums.channels[at].clone();
        let counts_credit = map.counts(Family::Credit);
        let rule =
            |rule: CreditRule| counts_credit.then(|| sums.credit(rule, at) / sums::WHOLE as i64);
        let said = models.iter().filter(|(model, _)| model.is_comparable());
        let said = said.filter_map(|(_, given)| given.get(at).copied());
        let range = said.clone().reduce(f64::min).zip(said.reduce(f64::max));
        let credited = shared[at].of(conversions as f64);
        let cost = spent.get(&channel).filter(|cost| !cost.is_empty()).cloned();
        CreditRow {
            touchpoints: map
                .counts(Family::Activity)
                .then(|| touched.get(&channel).copied().unwrap_or(0)),
            watched: shared[at].always_of(conversions as f64),
            money: money[at].clone(),
            first: rule(CreditRule::First),
            last: rule(CreditRule::Last),
            took_part: rule(CreditRule::Participation),
            removal_effect: effects.as_ref().map(|effects| effects[at].of(1.0)),
            cost_per_conversion: cost.as_ref().and_then(|cost| verdict::per(cost, &credited)),
            cost,
            verdict: CreditVerdict::of(&credited, range, conversions),
            models: range,
            credited,
            channel,
        }
    };
    let mut order: Vec<usize> = (0..sums.channels.len()).collect();
    // The most credit first, of equal ones in the order of their names.
    order.sort_by(|a, b| shared[*b].value.total_cmp(&shared[*a].value));
    let rows = order.iter().map(|at| row(*at)).collect();
    let ordered = |given: &Vec<f64>| order.iter().map(|at| given[*at]).collect();
    let mut notes = scope.notes(map, query.as_of);
    notes.extend(notes_of(map, model, &sums, is_solved));
    Ok(Some(Credits {
        period: scope.words(&map.zone),
        as_of: query.as_of,
        conversion: map.stages[usize::from(map.conversion)].name.clone(),
        model,
        conversions,
        rate: sums.rate(),
        rows,
        models: models.iter().map(|(model, given)| (*model, ordered(given))).collect(),
        notes,
    }))
}

/// What each model gives to each channel, in conversions.
fn by_every_model(map: &JourneyMap, sums: &Sums) -> Vec<(CreditModel, Vec<f64>)> {
    let conversions = sums.conversions() as f64;
    let given = |model: CreditModel| {
        let shares = sums.shares(model, None)?;
        Some((model, shares.into_iter().map(|share| share * conversions).collect()))
    };
    CreditModel::all().filter(|model| model.is_there(map)).filter_map(given).collect()
}

/// Touchpoints by channel.
fn touched(facts: &[Fact<'_>]) -> BTreeMap<String, i64> {
    let mut touched = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.family == Family::Activity) {
        *touched.entry(fact.dim("channel").to_owned()).or_default() += fact.count();
    }
    touched
}

/// What channels have cost, by these costs and by touchpoints of kinds that cost.
fn spent<'a>(
    map: &JourneyMap,
    facts: &[Fact<'_>],
    costs: impl Iterator<Item = &'a Cost>,
) -> BTreeMap<String, Money> {
    let mut spent: BTreeMap<String, Money> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.family == Family::Activity) {
        let kind = map.kind(fact.dim("kind")).and_then(|at| map.kinds.get(usize::from(at)));
        if kind.is_some_and(|kind| kind.money == MoneyRole::Cost) {
            add(spent.entry(fact.dim("channel").to_owned()).or_default(), &fact.counter.amounts);
        }
    }
    for cost in costs {
        let sums = Money::from([(cost.currency.clone(), cost.amount_minor)]);
        let known = map.channel(&cost.channel).map_or(OTHER, |_| &*cost.channel);
        add(spent.entry(known.to_owned()).or_default(), &sums);
    }
    spent
}

/// What the map does not know counts as this.
const OTHER: &str = "other";

/// The model that is asked for, or the first that the map counts what is needed for; `None` where
/// it counts nothing of the sort.
fn chosen(map: &JourneyMap, query: &Query) -> Result<Option<CreditModel>, Mistake> {
    let is_counted = |model: &CreditModel| map.counts(model.family()) && model.is_there(map);
    let counted = || CreditModel::all().filter(is_counted);
    let Some(name) = &query.model else { return Ok(counted().next()) };
    match CreditModel::parse(name) {
        Some(model) if is_counted(&model) => Ok(Some(model)),
        Some(model) if model.is_there(map) => Err(Mistake::NotCounted(model.family())),
        Some(_) | None => {
            Err(Mistake::Model(name.clone(), counted().map(CreditModel::name).collect()))
        }
    }
}

/// The money of all conversions as a model shares it.
fn money(sums: &Sums, model: CreditModel, shared: &[Share]) -> Vec<EstimatedMoney> {
    let mut given = vec![EstimatedMoney::new(); shared.len()];
    for (currency, whole) in sums.all_money() {
        let of_money = match model {
            CreditModel::Rule(rule) => {
                shares(sums, None, |without| sums.money_shares(rule, &currency, without))
            }
            CreditModel::Markov(_) | CreditModel::Shapley => None,
        };
        let shares = of_money.unwrap_or_else(|| shared.to_vec());
        for (given, share) in given.iter_mut().zip(shares).filter(|(_, share)| share.value != 0.0) {
            given.insert(currency.clone(), share.of(whole as f64));
        }
    }
    given
}

fn notes_of(map: &JourneyMap, model: CreditModel, sums: &Sums, is_solved: bool) -> Vec<String> {
    let mut notes = vec![
        "Credit, not effect: it shares out conversions that happened, and does not say how many \
         would be missing without a channel."
            .to_owned(),
        format!("Model {}.", model.sentence()),
    ];
    if matches!(model, CreditModel::Rule(_)) && map.credit_lookback != Span::NEVER {
        let lookback = map.credit_lookback;
        notes.push(format!("A touch older than {lookback} at the conversion gets nothing."));
    }
    if sums.conversions() == 0 {
        notes.push("Nothing has converted, so there is nothing to share out.".to_owned());
    } else if !is_solved {
        let name = model.name();
        notes.push(format!("Too many channels, or orders of them, for {name}: it says nothing."));
    } else if sums.groups() == 0 {
        notes.push(
            "No intervals: windows of less than a day are not kept by groups of customers."
                .to_owned(),
        );
    } else {
        notes.push(
            "Intervals (95 %) say how much depends on who happened to come: the number is reckoned \
             again without each of 32 groups of customers. They hold for one look; for whoever \
             looks every day there is the wider one."
                .to_owned(),
        );
    }
    if let Some(rate) = sums.rate() {
        notes.push(format!(
            "Paths that ended without a conversion count too: of customers who had not converted \
             before, {} converted.",
            rate_text(&rate)
        ));
    }
    notes
}
