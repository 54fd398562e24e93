//! What reports say of counters, by counting rows: over random customers, a report, the list behind
//! it and the laws between counters agree.

use crate::law::{reading, record};
use insight::report::{Group, Money, Query, Rate, Times, channels, funnel, moves};
use insight::{Difference, Ledger, laws};
use journey::{
    Change, End, EntryRow, MoveRow, Reading, admission, contributions, entries, moves_of, timeline,
};
use model::{
    Bucket, ChannelId, Civil, Entry, Measure, Outcome, Series, Size, SourceId, Timestamp,
    Touchpoint,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const BEGIN: i64 = 1_767_571_200_000;

/// Some customers, each judged at as_of or at the last touchpoint.
struct Business {
    reading: Reading,
    customers: Vec<(Vec<Touchpoint>, Timestamp)>,
    as_of: Timestamp,
}

impl Business {
    fn new(variant: u8, customers: &[Vec<Touchpoint>], hours: i64) -> Business {
        let reading = reading(variant);
        let as_of = Timestamp::from_millis(BEGIN + hours * 3_600_000);
        let judged = |records: &Vec<Touchpoint>| {
            let records: Vec<_> = records.iter().map(|record| (*record, SourceId(0))).collect();
            let history = admission(&reading, &records).1;
            let now = history.last().map_or(as_of, |last| last.time.max(as_of));
            (history, now)
        };
        let customers = customers.iter().map(judged).collect();
        Business { reading, customers, as_of }
    }

    /// Every counter, rolled up as the insight task does it.
    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::new(self.reading.map());
        let (map, words) = (self.reading.map(), self.reading.dictionary());
        for (position, (history, now)) in (1..).zip(&self.customers) {
            let counters = contributions(&self.reading, model::Group(0), history, *now).counters;
            let frame: Vec<Difference<'_>> = counters
                .into_iter()
                .map(|((key, measure), amount)| Difference {
                    series: ledger.series(&Series::of(&key, map, words).0),
                    pane: key.start(),
                    currency: match measure {
                        Measure::Count => None,
                        Measure::Money(id) => Some(words.currencies.word(id.0)),
                    },
                    amount,
                })
                .collect();
            ledger.apply(position, &frame);
        }
        ledger
    }

    fn entries(&self) -> Vec<EntryRow> {
        let rows = self.customers.iter();
        rows.flat_map(|(history, now)| entries(&self.reading, history, *now)).collect()
    }

    fn moves(&self) -> Vec<MoveRow> {
        let rows = self.customers.iter();
        rows.flat_map(|(history, now)| moves_of(&self.reading, history, *now)).collect()
    }

    fn channel(&self, id: ChannelId) -> &str {
        let map = self.reading.map();
        let index = usize::from(self.reading.channel(id));
        map.channels.get(index).map_or("other", String::as_str)
    }

    fn money(&self, amounts: &model::Amounts, sums: &mut Money) {
        for (currency, amount) in amounts.iter() {
            let word = self.reading.dictionary().currencies.word(currency.0);
            let sum = sums.entry(word.to_owned()).or_default();
            *sum += amount;
            if *sum == 0 {
                sums.remove(word);
            }
        }
    }

    /// A question about some local dates, or about everything.
    fn query(&self, dates: Option<(i64, i64)>, by: Option<&str>) -> Query {
        let zone = &self.reading.map().zone;
        let date = |day: i64| Civil::from_days(20_458 + day);
        Query {
            from: dates.map(|(first, _)| zone.day_start(date(first))),
            to: dates.map(|(_, last)| zone.day_end(date(last))),
            by: by.map(str::to_owned),
            model: None,
            as_of: self.as_of,
        }
    }

    fn is_inside(&self, at: Timestamp, dates: Option<(i64, i64)>) -> bool {
        let day = self.reading.map().zone.local_days(at) - 20_458;
        dates.is_none_or(|(first, last)| (first..=last).contains(&day))
    }
}

fn parts(rate: Option<Rate>) -> Option<(i64, i64)> {
    rate.map(|rate| (rate.part, rate.whole))
}

/// What rows say of one stage and group.
#[derive(Default)]
struct Tally {
    rows: Vec<EntryRow>,
}

impl Tally {
    fn count(&self, is_meant: impl Fn(&EntryRow) -> bool) -> i64 {
        self.rows.iter().filter(|row| is_meant(row)).count() as i64
    }

    fn ended(&self, end: End) -> i64 {
        self.count(|row| row.decided.is_some_and(|(how, _)| how == end))
    }

    /// The bucket of the median of the sorted times to convert, the lower one of two.
    fn median(&self) -> Option<Bucket> {
        let times = self.rows.iter().filter_map(|row| match row.decided {
            Some((End::Converted, at)) => Some(at.since(row.entered_at).millis()),
            _ => None,
        });
        let mut times: Vec<i64> = times.collect();
        times.sort_unstable();
        let middle = times.get(times.len().checked_sub(1)? / 2).filter(|_| times.len() >= 5)?;
        Some(Bucket::of(model::Span::from_millis(*middle)))
    }
}

fn check_funnel(
    business: &Business,
    dates: Option<(i64, i64)>,
    by: Option<&str>,
) -> Result<(), TestCaseError> {
    let ledger = business.ledger();
    let map = business.reading.map();
    let report = funnel(map, ledger.iter(), &business.query(dates, by)).expect("a funnel");
    let mut tallies: BTreeMap<(String, Group), Tally> = BTreeMap::new();
    let entries = business.entries();
    for row in entries.iter().filter(|row| business.is_inside(row.entered_at, dates)) {
        let group = match by {
            Some("channel") => Group::Word(business.channel(row.channel).to_owned()),
            Some("entry") => Group::Word(row.entry.word().to_owned()),
            Some(_) => {
                let date = Civil::from_days(map.zone.local_days(row.entered_at));
                Group::Window(map.zone.day_start(date))
            }
            None => Group::All,
        };
        let stage = map.stages[usize::from(row.stage)].name.clone();
        tallies.entry((stage, group)).or_default().rows.push(row.clone());
    }
    let shown = report.stages.iter().filter(|row| row.entered != 0).count();
    prop_assert_eq!(shown, tallies.len());
    for row in report.stages.iter().filter(|row| row.entered != 0) {
        let tally = &tallies[&(row.stage.clone(), row.group.clone())];
        let outcome = |outcome| tally.count(|row| row.outcome() == outcome);
        let (converted, expired) = (outcome(Outcome::Converted), outcome(Outcome::Expired));
        prop_assert_eq!(row.entered, tally.rows.len() as i64);
        prop_assert_eq!(row.first, tally.count(|row| row.entry == Entry::First));
        prop_assert_eq!((row.converted, row.expired), (converted, expired));
        prop_assert_eq!(row.open, outcome(Outcome::Open));
        let knows_times = by != Some("entry");
        prop_assert_eq!(row.cold, knows_times.then(|| tally.ended(End::Cold)));
        prop_assert_eq!(row.lost, knows_times.then(|| tally.ended(End::Lost)));
        let decided = converted + expired;
        prop_assert_eq!(parts(row.rate_decided), (decided > 0).then_some((converted, decided)));
        prop_assert_eq!(parts(row.rate_all), Some((converted, row.entered)));
        let median = match row.times {
            Times::Known(quartiles) => Some(quartiles.median),
            Times::TooFew(_) | Times::Unknown => None,
        };
        prop_assert_eq!(median, tally.median().filter(|_| knows_times));
        let mut money = Money::new();
        tally.rows.iter().for_each(|row| business.money(&row.money, &mut money));
        prop_assert_eq!(&row.money, &money);
        check_maturity(business, row, tally, dates.is_some() || by == Some("1d"))?;
    }
    Ok(())
}

fn check_maturity(
    business: &Business,
    row: &insight::report::StageRow,
    tally: &Tally,
    is_by_day: bool,
) -> Result<(), TestCaseError> {
    let zone = &business.reading.map().zone;
    let pane = |at: Timestamp| match is_by_day {
        true => zone.day_start(Civil::from_days(zone.local_days(at))),
        false => zone.hour_start(at),
    };
    let open = tally.rows.iter().filter(|row| row.decided.is_none());
    let waiting = open.map(|row| pane(row.entered_at)).min();
    prop_assert_eq!(row.maturity.is_mature, waiting.is_none());
    if waiting.is_some() {
        prop_assert_eq!(row.maturity.until, waiting);
    }
    let until = waiting.unwrap_or(Timestamp::END);
    let before = |row: &EntryRow| pane(row.entered_at) < until;
    let converted = tally.count(|row| before(row) && row.outcome() == Outcome::Converted);
    let whole = tally.count(before);
    prop_assert_eq!(parts(row.maturity.rate), (whole > 0).then_some((converted, whole)));
    Ok(())
}

fn check_moves(business: &Business, dates: Option<(i64, i64)>) -> Result<(), TestCaseError> {
    let ledger = business.ledger();
    let map = business.reading.map();
    let report = moves(map, ledger.iter(), &business.query(dates, Some("channel")));
    let report = report.expect("moves");
    let word = |value: u16| match map.stages.get(usize::from(value)) {
        Some(stage) => stage.name.clone(),
        None => model::ends::word(value).to_owned(),
    };
    let mut expected: BTreeMap<(String, String, Group), (i64, Money)> = BTreeMap::new();
    for row in business.moves().iter().filter(|row| business.is_inside(row.at, dates)) {
        let group = Group::Word(business.channel(row.channel).to_owned());
        let sum = expected.entry((word(row.from), word(row.to), group)).or_default();
        sum.0 += 1;
        business.money(&row.money, &mut sum.1);
    }
    let rows = report.rows.into_iter();
    let told = rows.map(|row| ((row.from, row.to, row.group), (row.count, row.money)));
    prop_assert_eq!(told.collect::<BTreeMap<_, _>>(), expected);
    Ok(())
}

/// Attempts, reached, ended, open, conversions.
type Numbers = [i64; 5];

fn check_channels(business: &Business) -> Result<(), TestCaseError> {
    let ledger = business.ledger();
    let map = business.reading.map();
    let report = channels(map, ledger.iter(), &business.query(None, None)).expect("channels");
    let mut expected: BTreeMap<String, Numbers> = BTreeMap::new();
    for (history, now) in &business.customers {
        let rows = entries(&business.reading, history, *now);
        let told = timeline(&business.reading, history, *now);
        let attempts: BTreeSet<u64> = rows.iter().map(|row| row.attempt).collect();
        for attempt in attempts {
            let rows: Vec<_> = rows.iter().filter(|row| row.attempt == attempt).collect();
            let numbers = expected.entry(business.channel(rows[0].channel).to_owned());
            let numbers = numbers.or_default();
            let is_open = rows.iter().any(|row| row.decided.is_none());
            let fate = match rows.iter().any(|row| row.stage >= map.conversion) {
                true => 1,
                false if is_open => 3,
                false => 2,
            };
            numbers[0] += 1;
            numbers[fate] += 1;
            let told = told.iter().filter(|row| row.attempt == Some(attempt));
            let changes = told.flat_map(|row| &row.changes);
            numbers[4] += changes.filter(|change| **change == Change::Conversion).count() as i64;
        }
    }
    let numbers = |row: &insight::report::ChannelRow| {
        [row.attempts, row.reached, row.ended, row.open, row.conversions]
            .map(|number| number.expect("a running total says it"))
    };
    let told = report.rows.iter().map(|row| (row.channel.clone(), numbers(row)));
    prop_assert_eq!(told.collect::<BTreeMap<_, _>>(), expected);
    Ok(())
}

/// In a period: attempts by when they began, conversions by when they happened.
fn check_channels_of(business: &Business, dates: (i64, i64)) -> Result<(), TestCaseError> {
    let ledger = business.ledger();
    let map = business.reading.map();
    let report = channels(map, ledger.iter(), &business.query(Some(dates), None));
    let report = report.expect("channels");
    let mut expected: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for (history, now) in &business.customers {
        let mut channels = BTreeMap::new();
        for row in timeline(&business.reading, history, *now) {
            let (Some(attempt), Some(touchpoint)) = (row.attempt, row.touchpoint) else { continue };
            let channel = *channels.entry(attempt).or_insert(touchpoint.channel);
            for change in row.changes.iter().filter(|_| business.is_inside(row.at, Some(dates))) {
                let numbers = expected.entry(business.channel(channel).to_owned()).or_default();
                numbers[0] += i64::from(*change == Change::Began);
                numbers[1] += i64::from(*change == Change::Conversion);
            }
        }
    }
    let is_last = map.conversion == map.last_stage();
    for row in report.rows {
        let [attempts, conversions] = expected.remove(&row.channel).unwrap_or_default();
        prop_assert_eq!(row.attempts, Some(attempts));
        prop_assert_eq!(row.conversions, is_last.then_some(conversions));
        prop_assert_eq!(row.rate_all.or(row.rate_decided), None);
    }
    prop_assert!(expected.values().all(|numbers| *numbers == [0, 0]), "{expected:?}");
    Ok(())
}

fn customers() -> impl Strategy<Value = Vec<Vec<Touchpoint>>> {
    prop::collection::vec(prop::collection::vec(record(120), 0..20), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn the_counters_of_random_customers_keep_every_law(
        variant in 0_u8..8,
        customers in customers(),
        hours in 0_i64..3_000,
    ) {
        let business = Business::new(variant, &customers, hours);
        let mut map = business.reading.map().clone();
        prop_assert_eq!(laws(&map, business.ledger().iter()), []);
        map.sizes = ["1h", "2h", "3h", "6h", "1d", "3d", "6d", "7d"]
            .map(|size| Size::parse(size).expect("a size"))
            .to_vec();
        let reading = Reading::new(map.clone(), business.reading.dictionary().clone());
        let business = Business { reading, ..business };
        prop_assert_eq!(laws(&map, business.ledger().iter()), []);
    }

    #[test]
    fn a_funnel_says_what_the_rows_behind_it_say(
        variant in 0_u8..8,
        customers in customers(),
        hours in 0_i64..3_000,
        dates in prop::option::of((0_i64..30).prop_flat_map(|first| (Just(first), first..32))),
        by in prop::sample::select(vec![None, Some("channel"), Some("entry"), Some("1d")]),
    ) {
        check_funnel(&Business::new(variant, &customers, hours), dates, by)?;
    }

    #[test]
    fn moves_are_as_many_as_the_rows_behind_them(
        variant in 0_u8..8,
        customers in customers(),
        hours in 0_i64..3_000,
        dates in prop::option::of((0_i64..30).prop_flat_map(|first| (Just(first), first..32))),
    ) {
        check_moves(&Business::new(variant, &customers, hours), dates)?;
    }

    #[test]
    fn channels_count_each_attempt_once_and_each_conversion_of_the_timelines(
        variant in 0_u8..8,
        customers in customers(),
        hours in 0_i64..3_000,
    ) {
        check_channels(&Business::new(variant, &customers, hours))?;
    }

    #[test]
    fn channels_of_a_period_count_what_began_and_what_converted_in_it(
        variant in 0_u8..8,
        customers in customers(),
        hours in 0_i64..3_000,
        dates in (0_i64..30).prop_flat_map(|first| (Just(first), first..32)),
    ) {
        check_channels_of(&Business::new(variant, &customers, hours), dates)?;
    }
}
