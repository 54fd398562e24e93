//! Worked examples of other engines, said as funnels: what they count is counted here as well.

use crate::notation::{at, check, funnel, history, reading};
use journey::{Lens, Period, passages};
use model::PassageEnd;

/// ClickHouse's `sequenceMatch('(?1)(?2)')` sees only what one of its conditions names: a third
/// condition is what may not come between. `sequenceCount` goes on where a match has ended.
#[test]
fn a_sequence_matches_unless_another_named_event_comes_between() {
    for (funnel, history, expected) in [
        ("a, b", "a1 c2 b3", &["1 3 converted"] as &[&str]),
        ("a, b; not c", "a1 c2 b3", &["1 excluded"]),
        ("a, b; not d", "a1 c2 b3", &["1 3 converted"]),
        ("a, b; totals; no reentry", "a1 c2 b3 a4 c5 b6", &["1 3 converted", "4 6 converted"]),
    ] {
        check(funnel, history, expected);
    }
}

/// ClickHouse's `retention(first, second, third)`: who was there on the first day, and of these who
/// was there on each other day. Days are kinds; five people come on all three, five on two, five on
/// the last alone.
#[test]
fn whoever_came_on_the_first_day_is_retained_on_each_day_on_which_they_come() {
    let reading = reading();
    let days = |person: usize| match person {
        0..5 => "a0 b1440 c2880",
        5..10 => "b1440 c2880",
        _ => "c2880",
    };
    for (steps, retained) in [("a", 5), ("a, b", 5), ("a, c", 5), ("b, c", 10), ("c", 15)] {
        let funnel = funnel(&format!("{steps}; any; never"));
        let lens = Lens::new(&funnel, &reading);
        let is_retained = |person: &usize| {
            let history = history(&reading, days(*person));
            let ways = passages(&lens, &history, Period::default(), at(1_000_000));
            ways.iter().any(|way| way.end == PassageEnd::Converted)
        };
        assert_eq!((0..15).filter(is_retained).count(), retained, "{steps}");
    }
}

/// Flink's `a b` over a, c, b1, b2: strict contiguity has no match, relaxed contiguity one. Of
/// `C A B` it has one for each A; here a way takes one of them.
#[test]
fn contiguity_is_strict_or_relaxed() {
    for (funnel, history, expected) in [
        ("a, b; strict", "a0 c1 b2 b3", &["0 broken"] as &[&str]),
        ("a, b", "a0 c1 b2 b3", &["0 2 converted"]),
        ("a, b; totals", "a0 c1 b2 b3", &["0 2 converted"]),
        ("c, a, b", "c0 d1 a2 a3 a4 d5 a6 b7", &["0 2 7 converted"]),
        ("c, a, b; totals", "c0 d1 a2 a3 a4 d5 a6 b7", &["0 2 7 converted"]),
        ("c, a, b; strict", "c0 d1 a2 a3 a4 d5 a6 b7", &["0 broken"]),
    ] {
        check(funnel, history, expected);
    }
}

/// The history over which ClickHouse's strict_deduplication surprised people: they wanted the last
/// way, which is the one that a funnel finds.
#[test]
fn whoever_begins_again_comes_through() {
    let installs = "a0 b5 c10 a15 b20 a25 b30 c35 d40";
    check("a, b, c, d; 60m", installs, &["25 30 35 40 converted"]);
    check("a, b, c, d; 20m", installs, &["25 30 35 40 converted"]);
}
