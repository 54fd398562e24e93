//! Moves by when they happened.

use crate::books::{at, books, by, days, map, so_far};
use insight::report::{Group, Moves, Query, moves};

const BOOKS: &str = "
    move none awareness · website = 10
    move 1d 2026-01-05 none awareness · website = 3 final
    move 1d 2026-01-05 awareness cold · website = 1 final
    move 1d 2026-01-06 none awareness · ads = 4
    move 1d 2026-01-06 none consideration · chat = 1
    move 1d 2026-01-06 awareness consideration · chat = 2 100 EUR
    move 1d 2026-01-06 awareness consideration · email = 1 50 EUR
    move 1d 2026-01-06 awareness lost · phone = 1
    move 1d 2026-01-06 awareness cold · website = 4
    move 1d 2026-01-07 awareness cold · website = 9
";

fn ask(query: &Query) -> Moves {
    let books = books(BOOKS);
    moves(&map(), books.iter(), query).expect("moves")
}

fn rows(moves: &Moves) -> Vec<(&str, &str, i64, i64)> {
    let whole = |row: &insight::report::MoveRow| row.share.expect("a share").whole;
    let rows = moves.rows.iter();
    rows.map(|row| (row.from.as_str(), row.to.as_str(), row.count, whole(row))).collect()
}

#[test]
fn a_day_says_who_moved_and_who_went_cold_on_it() {
    let moves = ask(&days("2026-01-06", "2026-01-06"));
    let expected = [
        ("none", "awareness", 4, 5),
        ("none", "consideration", 1, 5),
        ("awareness", "consideration", 3, 8),
        ("awareness", "cold", 4, 8),
        ("awareness", "lost", 1, 8),
    ];
    assert_eq!(rows(&moves), expected);
    assert_eq!(moves.rows[2].money.get("EUR"), Some(&150));
    assert_eq!(moves.open_since, Some(at("2026-01-06")));
    assert_eq!(ask(&days("2026-01-05", "2026-01-05")).open_since, None);
}

#[test]
fn without_a_period_running_totals_count() {
    let moves = ask(&so_far());
    assert_eq!(rows(&moves), [("none", "awareness", 10, 10)]);
    assert_eq!(moves.open_since, None);
}

#[test]
fn by_channel_a_share_is_of_the_moves_of_that_channel() {
    let moves = ask(&by(days("2026-01-05", "2026-01-06"), "channel"));
    let website: Vec<_> = moves
        .rows
        .iter()
        .filter(|row| row.group == Group::Word("website".to_owned()))
        .map(|row| (row.from.as_str(), row.to.as_str(), row.count, row.share.expect("one").whole))
        .collect();
    assert_eq!(website, [("none", "awareness", 3, 3), ("awareness", "cold", 5, 5)]);
}

#[test]
fn by_day_each_day_stands_for_itself() {
    let moves = ask(&by(so_far(), "1d"));
    let cold: Vec<_> = moves
        .rows
        .iter()
        .filter(|row| row.to == "cold")
        .map(|row| (row.group.clone(), row.count))
        .collect();
    let window = |date| Group::Window(at(date));
    let expected =
        [(window("2026-01-05"), 1), (window("2026-01-06"), 4), (window("2026-01-07"), 9)];
    assert_eq!(cold, expected);
}

#[test]
fn the_moves_as_their_owner_reads_them() {
    let text = ask(&days("2026-01-06", "2026-01-06")).render(&map().zone);
    let expected = include_str!("moves.txt");
    assert!(text == expected, "this is:\n{text}\nthis should be:\n{expected}");
}
