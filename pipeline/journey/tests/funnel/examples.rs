//! Worked examples: funnel, history, the ways through it. Minutes stand for times.

use crate::notation::{at, check, funnel, history, reading, told};
use journey::{Lens, Period, passages};

#[track_caller]
fn table(rows: &[(&str, &str, &[&str])]) {
    rows.iter().for_each(|(funnel, history, expected)| check(funnel, history, expected));
}

#[test]
fn between_the_steps_of_a_sequence_anything_may_happen() {
    table(&[
        ("a, b, c, d, e", "a0 b1 c2 d3 e4", &["0 1 2 3 4 converted"]),
        ("a, b, c, d, e", "a0 b1 f2 c3 d4 e5", &["0 1 3 4 5 converted"]),
        // d before c neither counts nor hurts.
        ("a, b, c, d, e", "a0 b1 d2 c3 d4 e5", &["0 1 3 4 5 converted"]),
        ("a, b, c, d, e", "a0 b1 c2 e3", &["0 1 2 timed out"]),
        ("a, b", "b0 a1", &["1 timed out"]),
        ("a, b", "b0", &[]),
        ("a", "a3", &["3 converted"]),
        // A step twice needs two touchpoints.
        ("a, a", "a0", &["0 timed out"]),
        ("a, a", "a0 a1", &["0 1 converted"]),
        ("a|b, b|c, c", "b0 c1 c2", &["0 1 2 converted"]),
        ("a@1, a@2", "a0@2 a1@1 a2@1 a3@2", &["2 3 converted"]),
        ("@2, b", "x0@2 b1@1", &["0 1 converted"]),
    ]);
}

#[test]
fn the_window_begins_with_the_first_step_and_is_not_begun_anew() {
    table(&[
        ("a, b, c; 60m; no reentry", "a0 a30 b45 c75", &["0 45 timed out"]),
        ("a, b, c; 60m", "a0 a30 b45 c75", &["30 45 75 converted"]),
        ("a, b; 60m", "a0 b60", &["0 60 converted"]),
        ("a, b; 59m", "a0 b60", &["0 timed out"]),
        ("a, b; never", "a0 b600000", &["0 600000 converted"]),
    ]);
}

#[test]
fn of_several_ways_the_furthest_then_the_first_then_the_quickest_tells_of_a_person() {
    table(&[
        ("a, b", "a0 a10 a20 b30", &["20 30 converted"]),
        ("a, b", "a0 b5 a10 b11", &["0 5 converted"]),
        ("a, b, c", "a0 b5 a10 b12 a20 b21 c22", &["20 21 22 converted"]),
        ("a, b, c", "a0 b5 a100 b101", &["0 5 timed out"]),
        ("a, b", "a0 a100", &["0 timed out"]),
    ]);
}

#[test]
fn totals_enter_again_when_the_way_before_has_ended() {
    table(&[
        ("a, b; totals; no reentry", "a0 a1 a2 b3", &["0 3 converted"]),
        ("a, b; totals; no reentry", "a0 b1 a2 b3", &["0 1 converted", "2 3 converted"]),
        ("a, b; totals; no reentry", "a0 a61 b62", &["0 timed out", "61 62 converted"]),
        // Excluding the step itself: the second a ends the first way, and begins none.
        ("a, b; totals; no reentry; not a", "a0 a1 a2 b3", &["0 excluded", "2 3 converted"]),
        // The first expires before b comes: none of one, or one of two.
        ("a, b; totals; no reentry; 60m", "a0 a30 b80", &["0 timed out"]),
        ("a, b; totals; 60m", "a0 a30 b80", &["0 overtaken", "30 80 converted"]),
        ("a, b; totals; 60m", "a0 a61 b80", &["0 timed out", "61 80 converted"]),
        ("a, b; totals", "a0 a1 a2 b3", &["0 overtaken", "1 overtaken", "2 3 converted"]),
        ("a, b; totals", "a0 a1 b2 b3", &["0 overtaken", "1 2 converted"]),
        ("a, b, c; totals", "a0 b1 a2 c3", &["0 1 3 converted", "2 timed out"]),
        ("a, b, c; totals", "a0 b1 a2 b3 c4", &["0 1 overtaken", "2 3 4 converted"]),
        // Steps that are alike: of totals, earlier ways have taken what the best one needs.
        ("a, a, a|b, c; 19m", "a0 a6 a12 a17 c20", &["6 12 17 20 converted"]),
        (
            "a, a, a|b, c; totals; 19m",
            "a0 a6 a12 a17 c20",
            &["0 6 12 timed out", "6 overtaken", "12 17 timed out", "17 timed out"],
        ),
    ]);
}

#[test]
fn in_a_strict_funnel_nothing_may_come_between() {
    table(&[
        ("a, b; strict", "a0 b1", &["0 1 converted"]),
        ("a, b; strict", "a0 c1 b2 b3", &["0 broken"]),
        ("a, b, c; strict; no reentry", "a0 b1 x2 c3", &["0 1 broken"]),
        ("a, b; strict", "a0 a1 b2", &["1 2 converted"]),
        ("a, b; strict; no reentry", "a0 a1 b2", &["0 broken"]),
        ("a, b; strict; totals; no reentry", "a0 a1 b2", &["0 broken", "1 2 converted"]),
        ("a, b; strict; totals", "a0 b1 x2 a3 b4", &["0 1 converted", "3 4 converted"]),
    ]);
}

#[test]
fn what_is_excluded_ends_a_way_between_its_steps_only() {
    table(&[
        ("a, b; not x", "a0 x1 b2", &["0 excluded"]),
        ("a, b; not x", "x0 a1 b2 x3", &["1 2 converted"]),
        ("a, b, c; not x:2-3", "a0 x1 b2 c3", &["0 2 3 converted"]),
        ("a, b, c; not x:2-3", "a0 b1 x2 c3", &["0 1 excluded"]),
        ("a, b, c; not x:1-2", "a0 b1 x2 c3", &["0 1 3 converted"]),
        // Entering again saves it.
        ("a, b; not x", "a0 x1 a2 b3", &["2 3 converted"]),
        ("a, b; not x; no reentry", "a0 x1 a2 b3", &["0 excluded"]),
        // As far as it had come, or nowhere.
        ("a, b, c; not x", "a0 b1 x2 c3", &["0 1 excluded"]),
        ("a, b, c; not x; remove", "a0 b1 x2 c3", &[]),
        ("a, b, c; not x; remove", "a0 b1 x2 a3", &["3 timed out"]),
        // A step is no exclusion of itself.
        ("a, b; not b", "a0 b1", &["0 1 converted"]),
        ("a, b; not x@2", "a0 x1@1 b2", &["0 2 converted"]),
        ("a, b; not x; not y", "a0 y1 b2", &["0 excluded"]),
    ]);
}

#[test]
fn an_optional_step_is_taken_when_it_comes_in_its_place() {
    table(&[
        ("a, b?, c", "a0 b1 c2", &["0 1 2 converted"]),
        ("a, b?, c", "a0 c1 b2", &["0 - 1 converted"]),
        ("a, b?, c?, d", "a0 c1 b2 d3", &["0 - 1 3 converted"]),
        ("a, b?, c", "a0 b1", &["0 1 timed out"]),
        ("a, b?, b, c", "a0 b1 c2", &["0 1 timed out"]),
        ("a, b?, c; not x:1-2", "a0 b1 x2 c3", &["0 1 3 converted"]),
        ("a, b?, c; not x:1-2", "a0 x1 b2 c3", &["0 excluded"]),
        ("a, b?, c; strict", "a0 b1 c2", &["0 1 2 converted"]),
        ("a, b?, c; strict", "a0 c1", &["0 - 1 converted"]),
    ]);
}

#[test]
fn in_any_order_each_step_has_a_touchpoint_of_its_own() {
    table(&[
        ("a, b, c; any", "c0 a1 b2", &["0 1 2 converted"]),
        ("a, b, c; any", "c0 c1 c2 b3", &["2 3 timed out"]),
        ("a, a; any", "a0", &["0 timed out"]),
        ("a, a; any", "a0 x1 a2", &["0 2 converted"]),
        // b is the second step, so that a can be the first.
        ("a|b, b; any", "b0 a1", &["0 1 converted"]),
        ("a, b; any; 10m", "a0 a9 b18", &["9 18 converted"]),
        ("a, b; any; 10m; no reentry", "a0 a9 b18", &["0 timed out"]),
        ("a, b; any; not x", "a0 x1 b2", &["0 excluded"]),
        ("a, b; any; not x", "a0 x1 b2 a3", &["2 3 converted"]),
        ("a, b; any; totals; no reentry", "b0 a1 a2 b3", &["0 1 converted", "2 3 converted"]),
        ("a, b; any; totals; no reentry; 5m", "a0 a6 b7", &["0 timed out", "6 7 converted"]),
    ]);
}

#[test]
fn held_by_subject_only_touchpoints_of_one_deal_are_a_way() {
    table(&[
        ("a, b; hold", "a0/1 b1/2", &["0 timed out"]),
        ("a, b; hold", "a0/1 a1/2 b2/1", &["0 2 converted"]),
        ("a, b; hold", "a0 b1", &[]),
        // The person's first entry was of the first deal.
        ("a, b; hold; no reentry", "a0/1 a1/2 b2/2", &["0 timed out"]),
        ("a, b; hold; totals", "a0/1 a1/2 b2/2 b3/1", &["0 3 converted", "1 2 converted"]),
        // What happens to another deal neither excludes nor comes between.
        ("a, b; hold; not x", "a0/1 x1/2 b2/1", &["0 2 converted"]),
        ("a, b; hold; strict", "a0/1 x1/2 x2 b3/1", &["0 3 converted"]),
        ("a, b; hold; any", "b0/1 a1/2 a2/1", &["0 2 converted"]),
    ]);
}

#[test]
fn steps_at_one_instant_count_in_whatever_order_fits() {
    table(&[
        ("b, a", "a0 b0", &["0 0 converted"]),
        ("a, b, a", "a0 b5 a5", &["0 5 5 converted"]),
        ("a, b, a; totals; no reentry", "a5 b5 a5", &["5 5 5 converted"]),
        ("c, b, a; strict", "a0 b0 c0", &["0 0 0 converted"]),
        // What excludes comes after the steps of its instant.
        ("a, b; not x", "a0 x5 b5", &["0 5 converted"]),
        ("a, b; not x", "a5 x5 b6", &["5 excluded"]),
        ("a, b; strict", "a0 x5 b5", &["0 5 converted"]),
        // A touchpoint that is like two steps leaves the earlier one to another.
        ("a, b|c, c", "a0 b5 c5", &["0 5 5 converted"]),
        ("a, a; totals; no reentry", "a5 a5 a5", &["5 timed out", "5 5 converted"]),
    ]);
}

#[test]
fn a_way_is_open_until_its_window_is_over() {
    let reading = reading();
    for (text, history_text, now, expected) in [
        ("a, b; 60m", "a0", 59, "0 open"),
        ("a, b; 60m", "a0", 60, "0 timed out"),
        ("a, b; never", "a0", 900_000, "0 open"),
        ("a, b; 60m; no reentry", "a0", 59, "0 open"),
        ("a, b; any; 60m", "b0", 59, "0 open"),
        ("a, b; any; 60m", "b0", 60, "0 timed out"),
        // The second way may still arrive, though the first came further.
        ("a, b, c; 60m", "a0 b1 a50", 70, "0 1 open"),
        ("a, b, c; 60m", "a0 b1 a50", 110, "0 1 timed out"),
        ("a, b, c; 60m; not x", "a0 b1 x2", 3, "0 1 excluded"),
        ("a, b, c; any; 60m; not x", "a0 b1 x2", 3, "0 1 excluded"),
        ("a, b, c; any; 60m; not x", "a0 b1 x2 a4", 5, "0 1 open"),
    ] {
        let lens = Lens::new(&funnel(text), &reading);
        let ways = passages(&lens, &history(&reading, history_text), Period::default(), at(now));
        let found: Vec<String> = ways.iter().map(told).collect();
        assert_eq!(found, [expected], "{text} over {history_text} at {now}");
    }
}

#[test]
fn a_period_says_when_a_way_may_begin_and_not_when_it_may_end() {
    let reading = reading();
    let period = |from: i64, to: i64| Period { from: Some(at(from)), to: Some(at(to)) };
    for (text, history_text, period, expected) in [
        ("a, b", "a0 a10 b20", period(1, 15), "10 20 converted"),
        ("a, b", "a0 a10 a16 b20", period(1, 15), "10 20 converted"),
        ("a, b", "a0 a10 b20", period(10, 10), "10 20 converted"),
        ("a, b; no reentry", "a0 a10 b20", period(1, 15), "10 20 converted"),
        ("a, b; any", "a0 b10 a20", period(1, 15), "10 20 converted"),
        ("a, b; any", "b14 a15 b16 a20", period(1, 14), "14 15 converted"),
        ("a, b, c; any", "b10 a14 b16 a20 c21", period(1, 14), "14 16 21 converted"),
        ("a, b; windowFunnel", "a0 a10 b20", period(1, 20), "- - converted"),
    ] {
        let lens = Lens::new(&funnel(text), &reading);
        let ways = passages(&lens, &history(&reading, history_text), period, at(1_000_000));
        let found: Vec<String> = ways.iter().map(told).collect();
        assert_eq!(found, [expected], "{text} over {history_text}");
    }
}
