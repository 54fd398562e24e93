//! A day in short: what happened on it beside the same weekday a week before, where most leave, and
//! who is about to go cold.

mod cold_soon;
mod leak;
mod tables;

pub use cold_soon::{ColdLead, ColdSoon};
pub use leak::{Leak, leaks};

use super::money::{Money, add};
use super::{Group, Mistake, MoveRow, Query, Scope, activity, funnel, moves};
use crate::{Counter, CounterId, is_kept};
use model::{Civil, Family, JourneyMap, MoneyRole, Series, Size, Timestamp};
use std::collections::BTreeMap;

/// A week in days.
const WEEK: i64 = 7;

/// The day before the one on which it is asked, in short.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// The event time that everything was judged at.
    pub as_of: Timestamp,
    /// The stage whose entry is a conversion.
    pub conversion: String,
    /// The day.
    pub day: Day,
    /// The same weekday a week before.
    pub before: Day,
    /// Where most leave, the worst first; `None` where the map does not count it.
    pub leaks: Option<Vec<Leak>>,
    /// Who is about to go cold.
    pub cold: ColdSoon,
}

/// What happened on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// Its date in the zone of the business.
    pub date: Civil,
    /// Moves by where they lead, and the money of the entries that they made; `None` where no
    /// counter says what happened on a single day, or not any more.
    pub moves: Option<BTreeMap<String, (i64, Money)>>,
    /// Conversions; `None` likewise.
    pub conversions: Option<i64>,
    /// Values of its touchpoints that bring revenue, less those that give it back; `None` likewise.
    pub revenue: Option<Money>,
}

/// The digest of the counters of one map, all judged at a time.
pub fn digest<'a>(
    map: &JourneyMap,
    counters: impl Iterator<Item = (&'a CounterId, &'a Counter)> + Clone,
    as_of: Timestamp,
    cold: ColdSoon,
) -> Result<Digest, Mistake> {
    let [day, before, so_far] = queries(map, as_of);
    let leaks = match map.counts(Family::Flow) {
        true => Some(leaks(&funnel(map, counters.clone(), &so_far)?)),
        false => None,
    };
    Ok(Digest {
        as_of,
        conversion: map.stages[usize::from(map.conversion)].name.clone(),
        day: Day::of(map, counters.clone(), &day)?,
        before: Day::of(map, counters, &before)?,
        leaks,
        cold,
    })
}

/// What a digest asks for: the day, the same weekday a week before, and everything so far.
pub fn queries(map: &JourneyMap, as_of: Timestamp) -> [Query; 3] {
    let zone = &map.zone;
    let yesterday = zone.local_days(as_of) - 1;
    let day = |days: i64| {
        let date = Civil::from_days(days);
        let (from, to) = (Some(zone.day_start(date)), Some(zone.day_end(date)));
        Query { from, to, by: None, model: None, as_of }
    };
    let so_far = Query { from: None, to: None, by: None, model: None, as_of };
    [day(yesterday), day(yesterday - WEEK), so_far]
}

impl Day {
    fn of<'a>(
        map: &JourneyMap,
        counters: impl Iterator<Item = (&'a CounterId, &'a Counter)> + Clone,
        query: &Query,
    ) -> Result<Day, Mistake> {
        let from = query.from.unwrap_or(query.as_of);
        let date = Civil::from_days(map.zone.local_days(from));
        let mut day = Day { date, moves: None, conversions: None, revenue: None };
        if !is_counted(map, query) {
            return Ok(day);
        }
        if map.counts(Family::Move) {
            let moved = moves(map, counters.clone(), query)?;
            day.conversions = Some(conversions(map, &moved.rows));
            let mut sums = BTreeMap::<String, (i64, Money)>::new();
            for row in &moved.rows {
                let sum = sums.entry(row.to.clone()).or_default();
                sum.0 += row.count;
                add(&mut sum.1, &row.money);
            }
            day.moves = Some(sums);
        }
        if map.counts(Family::Activity) {
            let by_kind = Query { by: Some("kind".to_owned()), ..query.clone() };
            let happened = activity(map, counters, &by_kind)?;
            let mut revenue = Money::new();
            for (group, (_, money)) in &happened.rows {
                let kind = map.kinds.iter().find(|kind| *group == Group::Word(kind.name.clone()));
                match kind.map(|kind| kind.money) {
                    Some(MoneyRole::Revenue) => add(&mut revenue, money),
                    // Written as a positive amount.
                    Some(MoneyRole::Refund) => {
                        let back = money.iter().map(|(code, sum)| (code.clone(), -sum)).collect();
                        add(&mut revenue, &back);
                    }
                    Some(MoneyRole::Cost | MoneyRole::None) | None => {}
                }
            }
            day.revenue = Some(revenue);
        }
        Ok(day)
    }
}

/// How many of some moves are conversions: the first beyond the conversion stage in an attempt, and
/// where that is the last stage, each repeat.
fn conversions(map: &JourneyMap, moves: &[MoveRow]) -> i64 {
    let stage = |name: &str| map.stages.iter().position(|stage| stage.name == name);
    let (conversion, last) = (usize::from(map.conversion), map.stages.len() - 1);
    let converts = |row: &&MoveRow| match (stage(&row.from), stage(&row.to)) {
        (Some(from), Some(to)) if from == to => to == conversion && to == last,
        (from, Some(to)) => to >= conversion && from.is_none_or(|at| at < conversion),
        (_, None) => false,
    };
    moves.iter().filter(converts).map(|row| row.count).sum()
}

/// Whether windows say what happened on this day alone, and are still kept.
fn is_counted(map: &JourneyMap, query: &Query) -> bool {
    let Ok(scope) = Scope::of_period(map, query.from, query.to) else { return false };
    let first = CounterId { series: Series("".into()), size: scope.size, start: scope.from };
    scope.size != Size::Total && !scope.is_wider && is_kept(map, &first, query.as_of)
}
