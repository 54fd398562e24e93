//! Panes roll up, frames count once.

use insight::{Difference, Ledger};
use model::{JourneyMap, Series, Timestamp};
use std::collections::BTreeMap;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn map() -> JourneyMap {
    rules::default_map()
}

fn difference(pane: &str, currency: Option<&str>, amount: i64) -> Difference {
    Difference {
        series: Series("activity|stage=awareness".into()),
        pane: Some(at(pane)),
        currency: currency.map(str::to_owned),
        amount,
    }
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
    let mut ledger = Ledger::default();
    let panes = [("2026-10-25T00:00:00Z", 1), ("2026-10-25T01:00:00Z", 1)];
    let frame: Vec<_> = panes.iter().map(|(pane, n)| difference(pane, None, *n)).collect();
    ledger.apply(&map(), 1, &frame);
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
    let mut ledger = Ledger::default();
    let frame = [
        difference("2026-06-01T10:00:00Z", None, 2),
        difference("2026-06-01T10:00:00Z", Some("EUR"), 4_900),
        difference("2026-06-01T11:00:00Z", None, 3),
    ];
    ledger.apply(&map(), 1, &frame);
    let once = ledger.clone();
    ledger.apply(&map(), 1, &frame);
    assert_eq!(print(&ledger), print(&once));
    assert_eq!(print(&ledger)["total "], 5);
}

#[test]
fn what_is_taken_back_is_printed_no_more_but_told_once() {
    let mut ledger = Ledger::default();
    ledger.apply(&map(), 1, &[difference("2026-06-01T10:00:00Z", Some("EUR"), 5)]);
    assert_eq!(ledger.take_changed().len(), 4);
    ledger.apply(&map(), 2, &[difference("2026-06-01T10:00:00Z", Some("EUR"), -5)]);
    assert!(ledger.take_changed().iter().all(|(_, counter)| counter.is_zero()));
    assert!(print(&ledger).is_empty());
    assert!(ledger.take_changed().is_empty());
}
