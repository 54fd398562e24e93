//! Drop-offs: a life table by hand, shares that add up, and what came last.

use crate::books::{books, by, days, map, so_far};
use insight::report::{CurveRow, DropOffs, Group, Mistake, Query, dropoffs};
use model::Family;

/// A hundred entries of consideration, of which twenty are open and have waited 23 hours and 44
/// minutes, give or take half an hour; and four of decision, too few for a curve.
pub const BOOKS: &str = "
    duration consideration · chat · converted · 12h-1d = 4
    duration consideration · chat · cold · 12h-1d = 6
    duration consideration · ads · lost · 2d-3d = 7
    duration consideration · ads · cold · 7d-10d = 63
    duration 1d 2026-03-20 consideration · ads · lost · 2d-3d = 5
    duration 1d 2026-03-20 consideration · ads · converted · 3d-5d = 5
    duration decision · chat · converted · 1d-2d = 4
    flow 1h 2026-03-24T09:00 consideration · chat · first · open = 20
    flow 1h 2026-03-24T09:00 consideration · chat · first · expired = 3
    flow consideration · chat · first · open = 20
    edge consideration message_received expired expired 7d-10d = 60
    edge consideration lost expired expired 0s-1s = 7
    edge consideration message_received expired expired 10d-14d = 9
    edge converted converted expired expired 90d-120d = 2
    edge awareness page_viewed consideration enquiry_received 1h-2h = 50
";

fn ask(query: &Query) -> DropOffs {
    let books = books(BOOKS);
    dropoffs(&map(), books.iter(), query).expect("drop-offs")
}

fn counts(row: &CurveRow) -> (&str, i64, [i64; 3]) {
    (row.bucket.word(), row.at_risk, [row.converted, row.left, row.open])
}

/// Shares to the sixth digit.
fn near(found: [f64; 5], expected: [f64; 5]) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
    }
}

fn shares(row: &CurveRow) -> [f64; 5] {
    let ([open, low, high], [converted, left]) = (row.still_open, row.decided);
    [open, low, high, converted, left]
}

/// Of 100 the 20 that are followed no longer count for a half in their bucket: 10 of 90 are
/// decided,
/// then 7 of 70. The bands are worked out from Greenwood's formula by hand.
#[test]
fn a_curve_is_the_life_table_that_a_hand_works_out() {
    let found = ask(&so_far());
    let rows: Vec<&CurveRow> = found.curve.iter().collect();
    assert_eq!(rows.len(), 3, "four are too few for a curve: {rows:?}");
    assert_eq!(counts(rows[0]), ("12h-1d", 100, [4, 6, 20]));
    near(shares(rows[0]), [80.0 / 90.0, 0.803_335, 0.938_614, 4.0 / 90.0, 6.0 / 90.0]);
    assert_eq!(counts(rows[1]), ("2d-3d", 70, [0, 7, 0]));
    let [open, low, high, converted, left] = shares(rows[1]);
    assert!(low < open && open < high && low > 0.0 && high < 1.0, "{:?}", shares(rows[1]));
    near([open, converted, left, 0.0, 0.0], [0.8, 4.0 / 90.0, 14.0 / 90.0, 0.0, 0.0]);
    assert_eq!(counts(rows[2]), ("7d-10d", 63, [0, 63, 0]));
    near(shares(rows[2]), [0.0, 0.0, 0.0, 4.0 / 90.0, 86.0 / 90.0]);
}

#[test]
fn in_every_bucket_the_shares_of_open_gone_on_and_left_are_one() {
    for query in [so_far(), by(so_far(), "channel"), days("2026-03-20", "2026-03-25")] {
        for row in ask(&query).curve {
            let sum = row.still_open[0] + row.decided[0] + row.decided[1];
            assert!((sum - 1.0).abs() < 1e-9, "{row:?}");
        }
    }
}

/// Without anybody who is open, shares are plain parts of those who came in.
#[test]
fn where_all_is_decided_the_estimate_is_a_count() {
    let found = ask(&days("2026-03-20", "2026-03-20"));
    let parts = found.curve.iter().map(shares).map(|[open, .., converted, left]| {
        [open, converted, left].map(|share| (share * 10.0).round() as i64)
    });
    assert_eq!(parts.collect::<Vec<_>>(), [[5, 0, 5], [0, 5, 5]]);
}

#[test]
fn a_curve_is_divided_by_entry_channel() {
    let found = ask(&by(so_far(), "channel"));
    let groups: Vec<&Group> = found.curve.iter().map(|row| &row.group).collect();
    let word = |word: &str| Group::Word(word.to_owned());
    assert_eq!(groups, [&word("ads"), &word("ads"), &word("chat")]);
    let books = books(BOOKS);
    let mistake = dropoffs(&map(), books.iter(), &by(so_far(), "1d"));
    assert!(matches!(mistake, Err(Mistake::By(..))), "{mistake:?}");
}

#[test]
fn the_last_thing_before_an_end_is_told_the_most_frequent_first() {
    let found = ask(&days("2026-03-20", "2026-03-25"));
    let last = found.last.iter().map(|row| {
        let whole = row.share.map(|share| share.whole);
        (row.stage.as_str(), row.kind.as_str(), row.count, whole)
    });
    let expected = [
        ("consideration", "message_received", 69, Some(76)),
        ("consideration", "lost", 7, Some(76)),
        ("retention", "conversion", 2, Some(2)),
    ];
    assert_eq!(last.collect::<Vec<_>>(), expected);
}

#[test]
fn a_family_that_is_not_counted_is_named() {
    let mut map = map();
    map.families.retain(|family| *family != Family::Duration);
    let books = books(BOOKS);
    let mistake = dropoffs(&map, books.iter(), &so_far()).expect_err("no durations");
    assert_eq!(mistake, Mistake::NotCounted(Family::Duration));
}
