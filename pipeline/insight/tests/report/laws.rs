//! Every law is kept by right counters and broken by planted mistakes.

use crate::books::{Books, books, map};
use insight::laws;
use std::collections::BTreeSet;

/// Ann came by the website, asked in the chat two days later, and went cold a week after; Bob
/// bought in the store and is there still. All of it on one day, but for the end. Which paths they
/// took, and who is credited, stands in a file of its own.
const BOOKS: &str = concat!(
    "
    flow consideration · website · first · expired = 1
    flow awareness · website · first · converted = 1
    flow retention · store · first · open = 1 4900 EUR
    flow 1h 2026-01-05T09:00 awareness · website · first · converted = 1
    flow 1d 2026-01-05 awareness · website · first · converted = 1
    flow 7d 2026-01-05 awareness · website · first · converted = 1
    flow 1h 2026-01-07T09:00 consideration · website · first · expired = 1
    flow 1d 2026-01-07 consideration · website · first · expired = 1
    flow 7d 2026-01-05 consideration · website · first · expired = 1
    flow 1h 2026-01-07T10:00 retention · store · first · open = 1 4900 EUR
    flow 1d 2026-01-07 retention · store · first · open = 1 4900 EUR
    flow 7d 2026-01-05 retention · store · first · open = 1 4900 EUR
    move none awareness · website = 1
    move awareness consideration · chat = 1
    move consideration cold · chat = 1
    move none retention · store = 1 4900 EUR
    move 1h 2026-01-05T09:00 none awareness · website = 1
    move 1d 2026-01-05 none awareness · website = 1
    move 7d 2026-01-05 none awareness · website = 1
    move 1h 2026-01-07T09:00 awareness consideration · chat = 1
    move 1d 2026-01-07 awareness consideration · chat = 1
    move 7d 2026-01-05 awareness consideration · chat = 1
    move 1h 2026-01-14T09:00 consideration cold · chat = 1
    move 1d 2026-01-14 consideration cold · chat = 1
    move 7d 2026-01-12 consideration cold · chat = 1
    move 1h 2026-01-07T10:00 none retention · store = 1 4900 EUR
    move 1d 2026-01-07 none retention · store = 1 4900 EUR
    move 7d 2026-01-05 none retention · store = 1 4900 EUR
    duration awareness · website · converted · 2d-3d = 1
    duration consideration · website · cold · 7d-10d = 1
    duration 1h 2026-01-05T09:00 awareness · website · converted · 2d-3d = 1
    duration 1d 2026-01-05 awareness · website · converted · 2d-3d = 1
    duration 7d 2026-01-05 awareness · website · converted · 2d-3d = 1
    duration 1h 2026-01-07T09:00 consideration · website · cold · 7d-10d = 1
    duration 1d 2026-01-07 consideration · website · cold · 7d-10d = 1
    duration 7d 2026-01-05 consideration · website · cold · 7d-10d = 1
    activity awareness · website · page_viewed = 1
    activity consideration · chat · enquiry_received = 1
    activity retention · store · purchase_made = 1 4900 EUR
    activity 1h 2026-01-05T09:00 awareness · website · page_viewed = 1
    activity 1d 2026-01-05 awareness · website · page_viewed = 1
    activity 7d 2026-01-05 awareness · website · page_viewed = 1
    activity 1h 2026-01-07T09:00 consideration · chat · enquiry_received = 1
    activity 1d 2026-01-07 consideration · chat · enquiry_received = 1
    activity 7d 2026-01-05 consideration · chat · enquiry_received = 1
    activity 1h 2026-01-07T10:00 retention · store · purchase_made = 1 4900 EUR
    activity 1d 2026-01-07 retention · store · purchase_made = 1 4900 EUR
    activity 7d 2026-01-05 retention · store · purchase_made = 1 4900 EUR
    cadence landmark retention · 1 · open · store = 1
    intensity retention · 1 · 0 · open · store = 1
    sequence retention · purchase_made/store>follow_up_sent/email · open · store · none = 1
    edge start start awareness page_viewed · 0s-1s = 1
    edge awareness page_viewed consideration enquiry_received · 2d-3d = 1
    edge consideration enquiry_received expired expired · 7d-10d = 1
    edge start start retention purchase_made · 0s-1s = 1
    edge retention purchase_made converted converted · 0s-1s = 1
",
    include_str!("paths.txt")
);

fn broken(books: &Books) -> BTreeSet<String> {
    laws(&map(), books.iter()).into_iter().map(|violation| violation.law.to_owned()).collect()
}

#[test]
fn right_counters_keep_every_law() {
    assert_eq!(laws(&map(), books(BOOKS).iter()), []);
    assert_eq!(laws(&map(), Books::new().iter()), []);
}

/// The counters with one line changed.
fn changed(line: &str, into: &str) -> Books {
    assert_eq!(BOOKS.matches(line).count(), 1, "{line}");
    books(&BOOKS.replace(line, into))
}

/// A law, a line of the counters, and a mistaken one in its place.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "follow-ups by what was done before = follow-ups at the landmark",
        "intensity retention · 1 · 0 · open · store = 1",
        "intensity retention · 2 · 0 · open · store = 1",
    ),
    (
        "entries by their first steps = entries open at the landmark",
        "sequence retention · purchase_made/store>follow_up_sent/email · open · store · none = 1",
        "sequence retention · purchase_made/store · expired · store · none = 1",
    ),
    (
        "no count is below zero",
        "duration awareness · website · converted · 2d-3d = 1",
        "duration awareness · website · converted · 2d-3d = 2
         duration awareness · website · converted · 1d-2d = -1",
    ),
    (
        "windows add up to the running total",
        "move consideration cold · chat = 1",
        "move consideration cold · chat = 2",
    ),
    (
        "small windows add up to great ones",
        "activity 1d 2026-01-05 awareness · website · page_viewed = 1",
        "activity 1d 2026-01-06 awareness · website · page_viewed = 1",
    ),
    (
        "entries = moves into the stage",
        "move 1d 2026-01-07 awareness consideration · chat = 1",
        "move 1d 2026-01-06 awareness consideration · chat = 1",
    ),
    (
        "converted = moves on from the stage",
        "move awareness consideration · chat = 1",
        "move decision consideration · chat = 1",
    ),
    (
        "expired = moves from the stage to cold and lost",
        "move consideration cold · chat = 1",
        "move decision cold · chat = 1",
    ),
    (
        "attempts = entries that have not converted",
        "move none awareness · website = 1",
        "move retention awareness · website = 1",
    ),
    (
        "decided entries = durations",
        "duration 1d 2026-01-07 consideration · website · cold · 7d-10d = 1",
        "duration 1d 2026-01-07 consideration · chat · cold · 7d-10d = 1",
    ),
    (
        "moves to cold and lost = durations",
        "move consideration cold · chat = 1",
        "move consideration lost · chat = 1",
    ),
    (
        "money of the last stage = values of what enters it",
        "activity retention · store · purchase_made = 1 4900 EUR",
        "activity retention · store · purchase_made = 1 4800 EUR",
    ),
    (
        "edges into a node = activity there",
        "edge awareness page_viewed consideration enquiry_received · 2d-3d = 1",
        "edge awareness page_viewed consideration message_received · 2d-3d = 1",
    ),
    (
        "edges out of start = attempts",
        "edge start start retention purchase_made · 0s-1s = 1",
        "edge start start retention purchase_made · 0s-1s = 2",
    ),
    (
        "edges into expired = attempts that ended",
        "edge consideration enquiry_received expired expired · 7d-10d = 1",
        "edge consideration enquiry_received converted converted · 7d-10d = 1",
    ),
    (
        "no more edges out of a node than into it",
        "edge consideration enquiry_received expired expired · 7d-10d = 1",
        "edge consideration message_received expired expired · 7d-10d = 1",
    ),
    (
        "trails that stand at a node = open entries",
        "flow retention · store · first · open = 1 4900 EUR",
        "flow retention · store · first · expired = 1 4900 EUR",
    ),
    (
        "edges into converted = conversions",
        "edge retention purchase_made converted converted · 0s-1s = 1",
        "edge retention purchase_made converted converted · 0s-1s = 2",
    ),
    (
        "steps into a channel = steps out of it",
        "markov website chat · first · 30 = 1",
        "markov website store · first · 30 = 1",
    ),
    (
        "paths that start = paths that end",
        "markov start store · first · 27 = 1",
        "markov start store · first · 27 = 2",
    ),
    (
        "paths by their channels = paths",
        "coalition chat+website null · first · 30 = 1",
        "coalition chat+website conversion · first · 30 = 1",
    ),
    (
        "steps after three channels = steps after one, but for runs",
        "chain website>chat null · first · 30 = 1",
        "chain chat>website null · first · 30 = 1",
    ),
    (
        "credit of a model = conversions of paths × 1000000",
        "credit linear · store · first · 27 = 1000000 4900 EUR",
        "credit linear · store · first · 28 = 1000000 4900 EUR",
    ),
    (
        "paths to a conversion = conversions",
        "markov store conversion · first · 27 = 1",
        "markov store conversion · first · 27 = 2",
    ),
    (
        "credit of a model = conversions × 1000000, and their money",
        "credit last · store · first · 27 = 1000000 4900 EUR",
        "credit last · store · first · 27 = 1000000 4899 EUR",
    ),
    (
        "paths to null = attempts that ended",
        "markov chat null · first · 30 = 1",
        "markov chat conversion · first · 30 = 1",
    ),
];

#[test]
fn each_law_is_broken_by_a_mistake_that_it_is_there_to_find() {
    for (law, line, into) in MISTAKES {
        // Only the line of the running total is meant, not the same words in a window.
        let line = format!("\n    {line}");
        let found = broken(&changed(&line, &format!("\n    {into}")));
        assert!(found.contains(*law), "{law} is not among {found:?}");
    }
}

#[test]
fn every_law_has_a_mistake_in_the_table() {
    let source = include_str!("laws.rs");
    let laws = [include_str!("../../src/laws.rs"), include_str!("../../src/laws/paths.rs")];
    for law in laws.iter().flat_map(|text| text.lines()).map(str::trim) {
        let quoted = law.trim_start_matches("law: ").trim_start_matches("let law = ");
        let is_law = quoted.starts_with('"') && quoted.len() > 20 && !quoted.contains(['{', '>']);
        if is_law {
            let quoted = quoted.trim_end_matches([',', ';']);
            assert!(source.contains(&format!("        {quoted},")), "{quoted} is not tried");
        }
    }
}

#[test]
fn a_violation_says_what_and_where() {
    let books = changed(
        "\n    move 1d 2026-01-07 none retention · store = 1 4900 EUR",
        "\n    move 1d 2026-01-07 none retention · store = 1 4800 EUR",
    );
    let found = laws(&map(), books.iter());
    let place = "retention, 1d 2026-01-07T00:00:00+01:00";
    let expected = format!("entries = moves into the stage: 4900 EUR is not 4800 EUR ({place})");
    assert!(found.iter().any(|violation| violation.to_string() == expected), "{found:?}");
}

#[test]
fn what_the_map_does_not_count_breaks_nothing() {
    let mut map = map();
    map.families.retain(|family| *family != model::Family::Move);
    let text: String =
        BOOKS.lines().filter(|line| !line.contains("move ")).collect::<Vec<_>>().join("\n");
    assert_eq!(laws(&map, books(&text).iter()), []);
}
