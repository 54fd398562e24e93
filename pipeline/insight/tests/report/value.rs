//! Lifetime value as a report: sums that add up, refusals with a reason, sentences in two
//! languages.

use crate::books::{Books, books, by, days, map, so_far};
use insight::inference::Language;
use insight::lifetime::Unfit;
use insight::report::{Mistake, Value, value};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn of(books: &Books) -> Value {
    value(&map(), books.iter(), &so_far()).expect("a report")
}

/// Customers of a channel who come back in the steps of a sequence that looks like chance.
fn shop(channel: &str, customers: usize, spend: usize) -> String {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for at in 0..customers {
        let first = 5 + at % 28;
        let repeats = [0, 0, 0, 1, 0, 2, 0, 1, 0, 5][at * 7 % 10];
        let last = if repeats == 0 { first } else { first + repeats + at * 5 % 20 };
        let date = |day: usize| match day {
            0..=31 => format!("2026-01-{day:02}"),
            _ => format!("2026-02-{:02}", day - 31),
        };
        let total =
            (0..repeats).map(|n| spend + (at * 13 + n * 31) % 60 * spend / 50).sum::<usize>();
        let currency = if at % 50 == 49 { "none" } else { "EUR" };
        let total = if currency == "none" { 0 } else { total };
        let (first, last) = (date(first), date(last));
        let line = format!("value {channel} · {repeats} · {first} · {last} · {currency} · {total}");
        *lines.entry(line).or_default() += 1;
    }
    lines.iter().map(|(line, count)| format!("{line} = {count}\n")).collect()
}

#[test]
fn every_customer_is_in_the_row_of_a_channel_and_in_that_of_all() {
    let report = of(&books(&(shop("ads", 400, 2_000) + &shop("chat", 600, 5_000))));
    let sum = |of_all: bool| {
        let rows = report.rows.iter().filter(|row| row.channel.is_none() == of_all);
        rows.fold((0, 0, 0), |sums, row| {
            (sums.0 + row.customers, sums.1 + row.repeaters, sums.2 + row.spent)
        })
    };
    assert_eq!(sum(true).0, 1_000);
    assert_eq!(sum(true), sum(false));
    assert_eq!(report.rows.len(), 6, "two channels and all, each with and without a currency");
}

#[test]
fn channels_that_differ_are_told_apart_and_intervals_hold_their_number() {
    let report = of(&books(&(shop("ads", 2_000, 2_000) + &shop("chat", 2_000, 6_000))));
    let known: Vec<_> = report.rows.iter().filter(|row| row.newcomer().is_some()).collect();
    assert_eq!(known.len(), 3, "{:?}", report.rows);
    for row in &known {
        let outlook = row.outlook.as_ref().expect("an outlook");
        let worth = outlook.money.expect("a value");
        for figure in [outlook.alive, outlook.purchases, worth.customer, worth.newcomer] {
            assert!(figure.interval.has(figure.value), "{figure:?}");
            assert!(figure.interval.low > 0.0, "{figure:?}");
        }
        assert!(outlook.alive.value <= 1.0);
    }
    let english = report.verdict(Language::English).expect("a verdict");
    assert!(english.starts_with("New customers from chat bring most: "), "{english}");
    assert!(english.ends_with("The difference is more than chance at one look."), "{english}");
    let german = report.verdict(Language::German).expect("a verdict");
    assert!(german.starts_with("Am meisten bringen neue Kunden über chat: "), "{german}");
    let alike = of(&books(&(shop("ads", 2_000, 2_000) + &shop("chat", 2_000, 2_000))));
    let chance = alike.verdict(Language::English).expect("a verdict");
    assert!(chance.ends_with("The difference may be chance."), "{chance}");
}

#[test]
fn too_few_customers_are_said_to_be_too_few() {
    let report = of(&books(&shop("ads", 40, 2_000)));
    let row = &report.rows[0];
    assert!(matches!(row.outlook, Err(Unfit::TooFew { customers: (40, 100), .. })), "{row:?}");
    assert_eq!(
        row.plain(Language::English),
        "Not enough data: 60 more customers and 14 more who come back."
    );
    assert_eq!(
        row.plain(Language::German),
        "Zu wenig Daten: Es fehlen 60 Kunden und 14, die wiederkommen."
    );
    assert_eq!(report.verdict(Language::English), None);
    assert_eq!(of(&Books::new()).rows, []);
    let text = of(&Books::new()).table(&map().zone).render(&map().zone);
    assert!(text.contains("Nobody has bought anything."), "{text}");
}

#[test]
fn it_has_no_period_and_is_divided_by_channel_alone() {
    let ask = |query| value(&map(), Books::new().iter(), &query).err();
    assert_eq!(ask(days("2026-01-05", "2026-01-07")), Some(Mistake::NoPeriod));
    assert!(matches!(ask(by(so_far(), "stage")), Some(Mistake::By(..))));
    assert_eq!(ask(by(so_far(), "channel")), None);
}

proptest! {
    #[test]
    fn whatever_the_counters_hold_nobody_is_lost_and_nothing_fails(
        lines in prop::collection::btree_map(
            (0_u32..4, 1_u32..28, 0_u32..20, -5_000_i64..90_000),
            1_i64..60,
            0..40,
        ),
    ) {
        let line = |((repeats, first, more, spend), count): (&(u32, u32, u32, i64), &i64)| {
            let last = if *repeats == 0 { *first } else { first + repeats + more };
            let date = |day: u32| if day > 31 {
                format!("2026-02-{:02}", day - 31)
            } else {
                format!("2026-01-{day:02}")
            };
            let (first, last) = (date(*first), date(last));
            format!("value ads · {repeats} · {first} · {last} · EUR · {spend} = {count}\n")
        };
        let mut distinct: BTreeMap<String, i64> = BTreeMap::new();
        for (text, count) in lines.iter().map(|pair| (line(pair), pair.1)) {
            distinct.insert(text, *count);
        }
        let books = books(&distinct.keys().cloned().collect::<String>());
        let report = of(&books);
        let all: i64 = books.values().map(|counter| counter.count).sum();
        let of_channels = report.rows.iter().filter(|row| row.channel.is_some());
        prop_assert_eq!(of_channels.map(|row| row.customers).sum::<i64>(), all);
        report.table(&map().zone).render(&map().zone);
    }
}
