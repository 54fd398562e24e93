//! Touchpoints by when they happened, and channels by what happens on them.

use crate::books::{at, books, by, days, map, so_far};
use insight::report::{Group, Query, TouchRow, Wanted, activity, touches};

const BOOKS: &str = "
    activity awareness · website · page_viewed = 40
    activity consideration · chat · enquiry_received = 9
    activity retention · payment · purchase_made = 3 14700 EUR
    activity none · website · page_viewed = 2
    activity 1d 2026-03-24 awareness · website · page_viewed = 4
    activity 1d 2026-03-25 awareness · website · page_viewed = 6
    activity 1d 2026-03-25 retention · payment · purchase_made = 1 4900 EUR
    activity 1h 2026-03-25T08:00 awareness · website · page_viewed = 6
    move none awareness · website = 30
    move none consideration · chat = 5
    move awareness cold · website = 12
    move awareness consideration · chat = 4
    move 1d 2026-03-25 none awareness · website = 3
";

fn groups(query: &Query) -> Vec<(Group, i64)> {
    let books = books(BOOKS);
    let found = activity(&map(), books.iter(), query).expect("touchpoints");
    found.rows.into_iter().map(|(group, (count, _))| (group, count)).collect()
}

#[test]
fn touchpoints_are_counted_whole_or_by_channel_kind_stage_and_window() {
    let word = |word: &str| Group::Word(word.to_owned());
    assert_eq!(groups(&so_far()), [(Group::All, 54)]);
    let channels = [(word("chat"), 9), (word("payment"), 3), (word("website"), 42)];
    assert_eq!(groups(&by(so_far(), "channel")), channels);
    let kinds =
        [(word("enquiry_received"), 9), (word("page_viewed"), 42), (word("purchase_made"), 3)];
    assert_eq!(groups(&by(so_far(), "kind")), kinds);
    assert_eq!(groups(&by(so_far(), "stage")).len(), 4);
    let window = |start: &str| Group::Window(at(start));
    let by_day = [(window("2026-03-24"), 4), (window("2026-03-25"), 7)];
    assert_eq!(groups(&by(days("2026-03-24", "2026-03-25"), "1d")), by_day);
    assert_eq!(groups(&days("2026-03-25", "2026-03-25")), [(Group::All, 7)]);
    let books = books(BOOKS);
    let found = activity(&map(), books.iter(), &days("2026-03-25", "2026-03-25")).expect("some");
    assert_eq!(found.rows[&Group::All].1.get("EUR"), Some(&4900));
}

#[test]
fn a_channel_has_what_happened_on_it_what_began_and_what_went_cold_after_it() {
    let books = books(BOOKS);
    let row = |channel: &str, [touchpoints, began, cold]: [i64; 3]| TouchRow {
        channel: channel.to_owned(),
        touchpoints: Some(touchpoints),
        began: Some(began),
        cold: Some(cold),
    };
    let found = touches(&map(), books.iter(), &so_far()).expect("touches");
    let expected =
        [row("website", [42, 30, 12]), row("chat", [9, 5, 0]), row("payment", [3, 0, 0])];
    assert_eq!(found.rows, expected);
    let day = touches(&map(), books.iter(), &days("2026-03-25", "2026-03-25")).expect("touches");
    assert_eq!(day.rows, [row("website", [6, 3, 0]), row("payment", [1, 0, 0])]);
}

/// What is not brought to a report cannot be missed by it.
#[test]
fn no_report_wants_for_a_counter_that_was_left_out() {
    let all = [BOOKS, crate::dropoffs::BOOKS, crate::credit::BOOKS].join("\n");
    let all = books(&all);
    let words = ["", "channel", "entry", "kind", "stage", "1d", "1h"];
    for name in insight::report::NAMES {
        for word in words {
            for mut query in [so_far(), days("2026-03-20", "2026-03-25")] {
                query.by = Some(word.to_owned()).filter(|word| !word.is_empty());
                let wanted = Wanted::of(name, &map(), &query);
                let part: crate::books::Books = all
                    .iter()
                    .filter(|(id, _)| wanted.has(id))
                    .map(|(i, c)| (i.clone(), c.clone()))
                    .collect();
                let report = |books: &crate::books::Books| {
                    insight::report::report(name, &map(), books.iter(), &query, &[])
                };
                assert_eq!(report(&part), report(&all), "{name} by {word:?}");
            }
        }
    }
}
