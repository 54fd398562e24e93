//! Journeys by entry channel.

use crate::books::{books, by, days, map, so_far};
use insight::report::{ChannelRow, Channels, Query, channels};

/// Ten journeys begun on the website, of which three came to retention and one of them twice; two
/// in the chat.
const BOOKS: &str = "
    flow awareness · website · first · converted = 5
    flow awareness · website · first · expired = 4
    flow awareness · website · first · open = 1
    flow decision · website · first · converted = 3
    flow decision · website · first · expired = 2
    flow retention · website · first · converted = 1 100 EUR
    flow retention · website · first · open = 2 200 EUR
    flow retention · website · again · expired = 1 50 EUR
    flow consideration · chat · first · open = 2
    flow 1d 2026-01-06 retention · website · first · open = 2 200 EUR
    flow 1d 2026-01-06 consideration · chat · first · open = 1
    move none awareness · website = 10
    move none consideration · chat = 2
    move 1d 2026-01-06 none consideration · chat = 1
    move 1d 2026-01-06 decision retention · store = 2 200 EUR
";

fn ask(map: &model::JourneyMap, query: &Query) -> Channels {
    let books = books(BOOKS);
    channels(map, books.iter(), query).expect("channels")
}

fn numbers(row: &ChannelRow) -> [Option<i64>; 5] {
    [row.attempts, row.reached, row.ended, row.open, row.conversions]
}

#[test]
fn each_journey_counts_once_and_a_repeat_is_one_conversion_more() {
    let channels = ask(&map(), &so_far());
    let rows = &channels.rows;
    assert_eq!(
        rows.iter().map(|row| row.channel.as_str()).collect::<Vec<_>>(),
        ["website", "chat"]
    );
    assert_eq!(numbers(&rows[0]), [Some(10), Some(3), Some(6), Some(1), Some(4)]);
    assert_eq!(rows[0].rate_decided.map(|rate| (rate.part, rate.whole)), Some((3, 9)));
    assert_eq!(rows[0].rate_all.map(|rate| (rate.part, rate.whole)), Some((3, 10)));
    assert_eq!(rows[0].money.as_ref().and_then(|money| money.get("EUR")), Some(&350));
    assert_eq!(numbers(&rows[1]), [Some(2), Some(0), Some(0), Some(2), Some(0)]);
    assert_eq!(rows[1].rate_decided, None);
}

#[test]
fn a_conversion_before_the_last_stage_counts_journeys_alone() {
    let mut map = map();
    map.conversion = 2;
    let channels = ask(&map, &so_far());
    assert_eq!(channels.conversion, "decision");
    let website = &channels.rows[0];
    assert_eq!(numbers(website), [Some(10), Some(5), Some(4), Some(1), Some(5)]);
    assert_eq!(website.money, None);
}

#[test]
fn a_period_has_beginnings_and_conversions_but_no_rate() {
    let channels = ask(&map(), &days("2026-01-06", "2026-01-06"));
    let rows: Vec<_> =
        channels.rows.iter().map(|row| (row.channel.as_str(), numbers(row))).collect();
    let expected = [
        ("chat", [Some(1), None, None, None, Some(0)]),
        ("website", [Some(0), None, None, None, Some(2)]),
    ];
    assert_eq!(rows, expected);
    assert!(channels.rows.iter().all(|row| row.rate_all.is_none() && row.rate_decided.is_none()));
}

#[test]
fn channels_are_divided_by_nothing_else() {
    let books = books(BOOKS);
    let mistake = channels(&map(), books.iter(), &by(so_far(), "stage")).expect_err("a mistake");
    assert_eq!(
        mistake.to_string(),
        "this report cannot be divided by anything; \"stage\" was asked"
    );
}

#[test]
fn the_channels_as_their_owner_reads_them() {
    let text = ask(&map(), &so_far()).render(&map().zone);
    let expected = include_str!("channels.txt");
    assert!(text == expected, "this is:\n{text}\nthis should be:\n{expected}");
}
