//! Panes roll up, frames count once.

use insight::{Difference, Ledger};
use model::{JourneyMap, Timestamp};
use std::collections::BTreeMap;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn map() -> JourneyMap {
    rules::default_map()
}

/// Applies rows of pane, currency and amount as one frame.
fn apply(ledger: &mut Ledger, position: u64, rows: &[(&str, Option<&str>, i64)]) {
    let series = ledger.series("activity|stage=awareness");
    let difference = |(pane, currency, amount): &(&str, _, _)| Difference {
        series,
        pane: Some(at(pane)),
        currency: *currency,
        amount: *amount,
    };
    let frame: Vec<Difference<'_>> = rows.iter().map(difference).collect();
    ledger.apply(position, &frame);
}

/// Of the counters that changed, which are zero.
fn changed(ledger: &mut Ledger) -> Vec<bool> {
    let places = ledger.take_changed();
    places.into_iter().map(|place| ledger.at(place).1.is_zero()).collect()
}

/// `size start` → count, of everything that is not zero.
fn print(ledger: &Ledger) -> BTreeMap<String, i64> {
    let zone = map().zone;
    let start = |start: &Option<Timestamp>| start.map_or(String::new(), |start| zone.format(start));
    let rows = ledger.iter();
    rows.map(|(id, counter)| (format!("{} {}", id.size, start(&id.start)), counter.count)).collect()
}

#[test]
fn the_repeated_hour_is_a_window_of_its_own_and_one_day() {
    let mut ledger = Ledger::new(&map());
    let frame = [("2026-10-25T00:00:00Z", None, 1), ("2026-10-25T01:00:00Z", None, 1)];
    apply(&mut ledger, 1, &frame);
    let expected = [
        ("1h 2026-10-25T02:00:00+01:00", 1),
        ("1h 2026-10-25T02:00:00+02:00", 1),
        ("1d 2026-10-25T00:00:00+02:00", 2),
        ("7d 2026-10-19T00:00:00+02:00", 2),
        ("total ", 2),
    ];
    let expected = expected.into_iter().map(|(row, count)| (row.to_owned(), count)).collect();
    assert_eq!(print(&ledger), expected);
}

#[test]
fn a_frame_that_is_replayed_counts_once() {
    let mut ledger = Ledger::new(&map());
    let frame = [
        ("2026-06-01T10:00:00Z", None, 2),
        ("2026-06-01T10:00:00Z", Some("EUR"), 4_900),
        ("2026-06-01T11:00:00Z", None, 3),
    ];
    apply(&mut ledger, 1, &frame);
    let once = ledger.clone();
    apply(&mut ledger, 1, &frame);
    assert_eq!(print(&ledger), print(&once));
    assert_eq!(print(&ledger)["total "], 5);
}

#[test]
fn what_is_taken_back_is_printed_no_more_but_told_once() {
    let mut ledger = Ledger::new(&map());
    apply(&mut ledger, 1, &[("2026-06-01T10:00:00Z", Some("EUR"), 5)]);
    assert_eq!(changed(&mut ledger), [false; 4]);
    apply(&mut ledger, 2, &[("2026-06-01T10:00:00Z", Some("EUR"), -5)]);
    assert_eq!(changed(&mut ledger), [true; 4]);
    assert!(print(&ledger).is_empty());
    assert!(changed(&mut ledger).is_empty());
}
