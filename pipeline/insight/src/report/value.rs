//! Lifetime value: who comes back, and what customers of each channel will still bring.

use super::facts::{Fact, facts};
use super::{Mistake, Query};
use crate::inference::Figure;
use crate::lifetime::{
    Customers, Days, Discount, Fit, Fitted, History, Horizon, Purchasing, Spending, SpendingFit,
    Unfit, worth,
};
use crate::{Counter, CounterId};
use model::{Civil, Family, JourneyMap, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What customers will bring in the twelve months to come, by the channel that brought them.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The event time that the counters were judged at.
    pub as_of: Timestamp,
    /// A row for each currency, then one for each channel and currency, the most customers first.
    pub rows: Vec<ValueRow>,
}

/// Customers of one channel whose purchases are of one currency.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueRow {
    /// Channel of the first touchpoint of the attempt of the first purchase; `None` of all.
    pub channel: Option<String>,
    /// Currency of the first purchase that has a value; `none` where none has.
    pub currency: String,
    /// How many customers have bought.
    pub customers: i64,
    /// Of them those that bought again on another day.
    pub repeaters: i64,
    /// What they spent on the days after the first, in minor units.
    pub spent: i64,
    /// What is to come, or why nothing can be said.
    pub outlook: Result<Outlook, Unfit>,
}

/// What is to come of some customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// How they come back.
    pub purchasing: Purchasing,
    /// The share of them that will still buy.
    pub alive: Figure,
    /// Days with a purchase in the twelve months to come, for each of them.
    pub purchases: Figure,
    /// What these are worth, or why nothing can be said.
    pub money: Result<Worth, Unfit>,
}

/// What customers are worth, each, in minor units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// How often they came back and what they spent each time: the correlation.
    pub correlation: f64,
    /// What each of them brings in the twelve months to come.
    pub customer: Figure,
    /// What a new one brings in the twelve months after the first purchase, on later days.
    pub newcomer: Figure,
}

/// Twelve months, a later one worth less by ten per cent a year.
pub fn horizon() -> Horizon {
    let discount = Discount::per_year(0.1).unwrap_or(Discount::NONE);
    Horizon { discount, ..Horizon::YEAR }
}

/// Lifetime value from the counters of one map, all judged at the query's as_of.
pub fn value<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)>,
    query: &Query,
) -> Result<Value, Mistake> {
    if !map.counts(Family::Value) {
        return Err(Mistake::NotCounted(Family::Value));
    }
    if let Some(by) = query.by.as_ref().filter(|by| *by != "channel") {
        return Err(Mistake::By(by.clone(), vec!["channel".to_owned()]));
    }
    if query.from.is_some() || query.to.is_some() {
        return Err(Mistake::NoPeriod);
    }
    let today = map.zone.local_days(query.as_of);
    let mut groups: BTreeMap<(Option<String>, String), Vec<Customers>> = BTreeMap::new();
    for fact in facts(counters, |family, _| family == Family::Value) {
        let Some(customers) = customers(&fact, today) else { continue };
        let currency = fact.dim("currency").to_owned();
        for channel in [None, Some(fact.dim("channel").to_owned())] {
            groups.entry((channel, currency.clone())).or_default().push(customers);
        }
    }
    let row = |((channel, currency), customers): ((Option<String>, String), Vec<Customers>)| {
        ValueRow::of(channel, currency, &customers)
    };
    let mut rows: Vec<ValueRow> = groups.into_iter().map(row).collect();
    rows.sort_by_key(|row| (row.channel.is_some(), Reverse(row.customers), row.channel.clone()));
    Ok(Value { as_of: query.as_of, rows })
}

/// The customers of a counter, as they are on a day; `None` where its names are no numbers.
fn customers(fact: &Fact<'_>, today: i64) -> Option<Customers> {
    let date = |dim| Some(Civil::parse(fact.dim(dim))?.days());
    let (first, last) = (date("first")?, date("last")?);
    let history = History {
        repeats: fact.dim("repeats").parse().ok()?,
        recency: Days((last - first) as f64),
        age: Days((today - first) as f64),
        customers: fact.count(),
    };
    let total = fact.dim("spend").parse::<i64>().ok()? as f64;
    history.is_possible().then_some(Customers { history, total })
}

impl ValueRow {
    fn of(channel: Option<String>, currency: String, customers: &[Customers]) -> ValueRow {
        let sum = |of: &dyn Fn(&Customers) -> i64| customers.iter().map(of).sum();
        let count = |it: &Customers| it.history.customers;
        ValueRow {
            channel,
            customers: sum(&count),
            repeaters: sum(&|it| if it.history.repeats > 0 { count(it) } else { 0 }),
            spent: sum(&|it| it.total as i64 * count(it)),
            outlook: Outlook::of(customers, currency != "none"),
            currency,
        }
    }

    /// What a new customer brings, where it can be said.
    pub fn newcomer(&self) -> Option<Figure> {
        let outlook = self.outlook.as_ref().ok()?;
        Some(outlook.money.as_ref().ok()?.newcomer)
    }
}

impl Outlook {
    fn of(customers: &[Customers], has_money: bool) -> Result<Outlook, Unfit> {
        let histories: Vec<History> = customers.iter().map(|it| it.history).collect();
        let fit = Fit::best(&histories)?;
        let fitted = Fitted { fit: &fit, spending: None };
        let alive = fitted.mean(customers, |it, _, of| Some(it.alive(&of.history)));
        let year = Days(horizon().month.0 * f64::from(horizon().months));
        let purchases = fitted.mean(customers, |it, _, of| it.expected(&of.history, year));
        Ok(Outlook {
            purchasing: fit.purchasing,
            alive: alive.ok_or(Unfit::NotConverged)?,
            purchases: purchases.ok_or(Unfit::NotConverged)?,
            money: if has_money { Worth::of(customers, &fit) } else { Err(Unfit::NoMean) },
        })
    }
}

impl Worth {
    fn of(customers: &[Customers], fit: &Fit) -> Result<Worth, Unfit> {
        let spends: Vec<_> = customers.iter().map(Customers::spend).collect();
        let spending = SpendingFit::of(&spends)?;
        let fitted = Fitted { fit, spending: Some(&spending) };
        let horizon = horizon();
        let each = |purchasing: &Purchasing, spending: Option<&Spending>, of: &Customers| {
            worth(purchasing, spending?, of, &horizon)
        };
        let new = History { repeats: 0, recency: Days(0.0), age: Days(0.0), customers: 1 };
        let newcomer = |purchasing: &Purchasing, spending: Option<&Spending>| {
            worth(purchasing, spending?, &Customers { history: new, total: 0.0 }, &horizon)
        };
        Ok(Worth {
            correlation: spending.correlation,
            customer: fitted.mean(customers, each).ok_or(Unfit::NotConverged)?,
            newcomer: fitted.number(customers, newcomer).ok_or(Unfit::NotConverged)?,
        })
    }
}
