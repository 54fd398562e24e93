//! `windowFunnel` by examples of its documentation, its tests and its users. Against the engine
//! itself it is held elsewhere, over thousands of histories.

use crate::notation::{at, funnel, history, reading};
use journey::{Lens, Period, passages};

/// Steps, window, modes, history, level.
#[track_caller]
fn check(steps: &str, window: &str, modes: &str, history_text: &str, level: usize) {
    let text = format!("{steps}; {window}; windowFunnel:{modes}");
    let reading = reading();
    let lens = Lens::new(&funnel(&text), &reading);
    let history = history(&reading, history_text);
    let ways = passages(&lens, &history, Period::default(), at(1_000_000));
    let found = ways.first().map_or(0, |way| way.step() + 1);
    assert_eq!(found, level, "{text} over {history_text}");
}

#[test]
fn the_level_is_that_of_the_longest_chain_in_a_window() {
    for (steps, window, modes, history, level) in [
        // Four steps of one user over three days.
        ("a, b, c, d", "5d", "", "a600 b1920 c3420 d4800", 4),
        // The second came first.
        ("a, b", "50m", "", "a100 b99", 1),
        ("a, b", "50m", "", "a200 a210 b230 b240", 2),
        ("a, b", "50m", "", "b250", 0),
        ("a, b, c", "50m", "strict_order", "a0 c1 b2", 1),
        ("a, b, c, d", "100m", "strict_order", "a0 b1 d2 c3", 2),
        ("a, b, c, d", "100m", "", "a0 b1 d2 c3", 3),
        ("a, b, c, d", "100m", "strict_deduplication", "a0 b1 c2 b3 d4", 3),
        ("a, b, c, d", "100m", "", "a0 b1 c2 b3 d4", 4),
        // Who installs again has had three steps, not one, and not four: the search ends there.
        ("a, b, c, d", "60m", "strict_deduplication", "a0 b5 c10 a15 b20 a25 b30 c35 d40", 3),
        ("a, b, c, d", "60m", "", "a0 b5 c10 a15 b20 a25 b30 c35 d40", 4),
        ("a, b, c, d, e", "100m", "", "a0 b1 c1 d1 e2", 5),
        ("a, b, c, d, e", "100m", "strict_increase", "a0 b1 c1 d1 e2", 2),
        // A second a hides the first, unless each way is remembered.
        ("a, b", "10m", "strict_increase", "a0 a5 b5", 1),
        ("a, b", "10m", "strict_increase strict_once", "a0 a5 b5", 2),
        // One touchpoint that is like three steps is three, or one.
        ("a, a, a", "100m", "", "a0", 3),
        ("a, a, a", "100m", "strict_once", "a0", 1),
        ("a, a, a", "100m", "strict_once", "a0 a0", 2),
        ("a, b, a, c", "100m", "strict_once", "a0 b1 a2 c3", 4),
        ("a, b", "100m", "strict_order", "a0 x1 b2", 1),
        ("a, b, c", "100m", "strict_order allow_reentry", "a0 c1 b2 c3", 3),
        ("a, b, c", "100m", "strict_order", "a0 c1 b2 c3", 1),
        ("a", "1m", "", "a0", 1),
        ("a", "1m", "", "x0", 0),
    ] {
        check(steps, window, modes, history, level);
    }
}

#[test]
fn a_crowd_at_one_instant_stays_within_bounds() {
    let crowd = "a0 ".repeat(40);
    check("a, a|b, a|c, a|d, a|e, f", "1m", "strict_once", &crowd, 5);
    check("a, a, a, a, a, f", "1m", "strict_once strict_increase", &crowd, 1);
}
