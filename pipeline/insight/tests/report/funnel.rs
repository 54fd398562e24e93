//! The funnel, of tables of counters.

use crate::books::{Books, at, books, by, days, map, so_far};
use insight::Counter;
use insight::inference::{Interval, drifting_rate};
use insight::report::{Funnel, Group, Matured, Mistake, Money, Query, StageRow, Times, funnel};
use model::{Family, Keep, Size, Span};

pub const SO_FAR: &str = "
    flow awareness · website · first · converted = 30
    flow awareness · website · first · expired = 60
    flow awareness · ads · first · expired = 4
    flow awareness · ads · again · open = 6
    flow consideration · website · first · converted = 8
    flow consideration · website · first · expired = 20
    flow consideration · website · first · open = 2
    flow decision · website · first · converted = 4
    flow decision · website · first · expired = 4
    flow retention · website · first · converted = 1 4900 EUR
    flow retention · website · first · open = 3 14700 EUR 500 USD
    flow retention · website · again · open = 1 4900 EUR
    duration awareness · website · converted · 1d-2d = 20
    duration awareness · website · converted · 3d-5d = 10
    duration awareness · website · cold · 14d-21d = 60
    duration awareness · ads · cold · 14d-21d = 4
    duration consideration · website · converted · 1h-2h = 2
    duration consideration · website · converted · 1d-2d = 2
    duration consideration · website · converted · 7d-10d = 4
    duration consideration · website · cold · 7d-10d = 15
    duration consideration · website · lost · 2d-3d = 5
    duration decision · website · converted · 1d-2d = 4
    duration decision · website · cold · 10d-14d = 4
    duration retention · website · converted · 30d-45d = 1
    move none → awareness · website = 90
    move awareness → consideration · chat = 28
    move awareness → decision · booking = 2
    move consideration → decision · booking = 8
    move decision → retention · store = 4 19600 EUR
    move retention → retention · store = 1 4900 EUR
    move consideration → lost · phone = 5
    flow 1d 2026-03-01 consideration · website · first · converted = 8
    flow 1d 2026-03-01 consideration · website · first · expired = 12
    flow 1d 2026-03-20 consideration · website · first · expired = 8
    flow 1d 2026-03-20 consideration · website · first · open = 1
    flow 1d 2026-03-24 consideration · website · first · open = 1
    flow 1h 2026-03-24T10:00 consideration · website · first · open = 1
";

fn ask(text: &str, query: &Query) -> Funnel {
    let books = books(&text.replace(" → ", " "));
    funnel(&map(), books.iter(), query).expect("a funnel")
}

fn stage<'a>(funnel: &'a Funnel, name: &str) -> &'a StageRow {
    funnel.stages.iter().find(|row| row.stage == name).expect("a stage")
}

#[test]
fn every_entry_is_converted_expired_or_open_and_people_are_counted_apart() {
    let funnel = ask(SO_FAR, &so_far());
    let table = [
        // stage, entered, first, converted, expired, cold, lost, open
        ("awareness", 100, 94, 30, 64, 64, 0, 6),
        ("consideration", 30, 30, 8, 20, 15, 5, 2),
        ("decision", 8, 8, 4, 4, 4, 0, 0),
        ("retention", 5, 4, 1, 0, 0, 0, 4),
    ];
    assert_eq!(funnel.stages.len(), 4);
    for (row, (name, entered, first, converted, expired, cold, lost, open)) in
        funnel.stages.iter().zip(table)
    {
        assert_eq!((row.stage.as_str(), &row.group), (name, &Group::All));
        assert_eq!((row.entered, row.first), (entered, first), "{name}");
        assert_eq!((row.converted, row.expired, row.open), (converted, expired, open), "{name}");
        assert_eq!((row.cold, row.lost), (Some(cold), Some(lost)), "{name}");
        assert_eq!(row.rate_decided.map(|rate| (rate.part, rate.whole)), {
            Some((converted, converted + expired))
        });
        assert_eq!(row.rate_all.map(|rate| (rate.part, rate.whole)), Some((converted, entered)));
    }
}

#[test]
fn money_is_added_by_currency() {
    let funnel = ask(SO_FAR, &so_far());
    let expected = [("EUR".to_owned(), 24_500), ("USD".to_owned(), 500)];
    assert_eq!(stage(&funnel, "retention").money, Money::from(expected));
    assert!(stage(&funnel, "decision").money.is_empty());
}

#[test]
fn the_time_to_convert_is_a_bucket_and_with_fewer_than_five_conversions_nothing() {
    let funnel = ask(SO_FAR, &so_far());
    let times = |name| match stage(&funnel, name).times {
        Times::Known(q) => [q.lower, q.median, q.upper].map(|bucket| bucket.word()).join(" "),
        Times::TooFew(count) => format!("too few: {count}"),
        Times::Unknown => "unknown".to_owned(),
    };
    assert_eq!(times("awareness"), "1d-2d 1d-2d 3d-5d");
    assert_eq!(times("consideration"), "1h-2h 1d-2d 7d-10d");
    assert_eq!(times("decision"), "too few: 4");
    assert_eq!(times("retention"), "too few: 1");
}

#[test]
fn a_cohort_is_mature_up_to_the_first_window_in_which_somebody_is_open() {
    let funnel = ask(SO_FAR, &so_far());
    let maturity = stage(&funnel, "consideration").maturity;
    assert!(!maturity.is_mature);
    // Hours are kept as long as days and are smaller, so the hour says it.
    assert_eq!(maturity.until, Some(at("2026-03-24T10:00")));
    let mut map = map();
    map.keep = vec![Keep { size: Size::Hours(1), span: Span::from_days(10) }];
    let books = books(&SO_FAR.replace(" → ", " "));
    let funnel = super::funnel::funnel(&map, books.iter(), &so_far()).expect("a funnel");
    let maturity = stage(&funnel, "consideration").maturity;
    assert_eq!(maturity.until, Some(at("2026-03-20")));
    assert_eq!(maturity.rate.map(|rate| (rate.part, rate.whole)), Some((8, 20)));
    let maturity = stage(&funnel, "decision").maturity;
    assert!(maturity.is_mature);
    assert_eq!(maturity.until, Some(so_far().as_of));
    assert_eq!(maturity.rate.map(|rate| (rate.part, rate.whole)), Some((4, 8)));
}

#[test]
fn the_rate_of_final_windows_holds_at_every_look_and_corrections_make_it_wider() {
    let text = "
        flow 1d 2026-01-05 consideration · chat · first · converted = 12
        flow 1d 2026-01-05 consideration · chat · first · expired = 88
        flow 1d 2026-01-06 consideration · chat · first · expired = 3
        flow 1d 2026-01-06 consideration · chat · first · open = 1
        flow 1d 2026-01-07 consideration · chat · first · converted = 5
    ";
    let mut books = books(text);
    let asked = |books: &Books, as_of: &str| {
        let query = Query { as_of: at(as_of), ..days("2026-01-05", "2026-01-07") };
        let funnel = funnel(&map(), books.iter(), &query).expect("a funnel");
        stage(&funnel, "consideration").matured
    };
    // 48 hours after the day's end; the second day holds the third back.
    assert_eq!(asked(&books, "2026-01-07T23:59"), Matured::default());
    for as_of in ["2026-01-08T00:00", "2026-03-25T09:14"] {
        let matured = asked(&books, as_of);
        let rate = matured.rate.expect("a rate");
        assert_eq!((rate.part, rate.whole), (12, 100));
        // The first edition: 0.05 / (1 · 2).
        let first = drifting_rate(12, 100, 0.025);
        assert_eq!(Some(Interval { low: rate.low, high: rate.high }), first);
        assert_eq!((matured.last, matured.corrections), (Some(at("2026-01-05")), 0));
    }
    // Somebody who was late came to the third day, and was another customer after all.
    let third = books.keys().find(|id| id.start == Some(at("2026-01-07")));
    let mut id = third.expect("a counter").clone();
    id.series = model::Series(id.series.0.replace("converted", "expired").into());
    books.insert(id, Counter { corrections: 2, ..Counter::default() });
    let matured = asked(&books, "2026-03-25T09:14");
    let rate = matured.rate.expect("a rate");
    assert_eq!(matured.corrections, 2);
    // The third edition: 0.05 / (3 · 4).
    let third = drifting_rate(12, 100, 0.05 / 12.0);
    assert_eq!(Some(Interval { low: rate.low, high: rate.high }), third);
}

#[test]
fn steps_go_from_stage_to_stage_and_their_parts_are_of_all_steps_onwards() {
    let funnel = ask(SO_FAR, &so_far());
    let steps: Vec<_> = funnel
        .steps
        .iter()
        .map(|step| {
            let share = step.share.expect("a share");
            (step.from.as_str(), step.to.as_str(), step.count, share.whole)
        })
        .collect();
    let expected = [
        ("awareness", "consideration", 28, 30),
        ("awareness", "decision", 2, 30),
        ("consideration", "decision", 8, 8),
        ("decision", "retention", 4, 4),
        ("retention", "retention", 1, 1),
    ];
    assert_eq!(steps, expected);
}

#[test]
fn by_channel_each_stage_has_a_row_for_each_entry_channel() {
    let funnel = ask(SO_FAR, &by(so_far(), "channel"));
    let rows: Vec<_> = funnel
        .stages
        .iter()
        .map(|row| (row.stage.as_str(), row.group.clone(), row.entered, row.cold))
        .collect();
    let word = |word: &str| Group::Word(word.to_owned());
    let expected = [
        ("awareness", word("ads"), 10, Some(4)),
        ("awareness", word("website"), 90, Some(60)),
        ("consideration", word("website"), 30, Some(15)),
        ("decision", word("website"), 8, Some(4)),
        ("retention", word("website"), 5, Some(0)),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn by_entry_cold_and_times_are_not_known_and_not_made_up() {
    let funnel = ask(SO_FAR, &by(so_far(), "entry"));
    for row in &funnel.stages {
        assert_eq!((row.cold, row.lost, row.times), (None, None, Times::Unknown));
    }
    let again = funnel.stages.iter().find(|row| row.group == Group::Word("again".to_owned()));
    assert_eq!(again.map(|row| (row.entered, row.first)), Some((6, 0)));
}

const JANUARY: &str = "
    flow consideration · chat · first · converted = 99
    flow 1h 2026-01-06T09:00 consideration · chat · first · converted = 2
    flow 1h 2026-01-06T23:00 consideration · chat · first · open = 1
    flow 1d 2026-01-05 consideration · chat · first · expired = 5
    flow 1d 2026-01-06 consideration · chat · first · converted = 2
    flow 1d 2026-01-06 consideration · chat · first · open = 1
    flow 1d 2026-01-07 consideration · chat · first · expired = 1
    flow 1d 2026-01-08 consideration · chat · first · expired = 7
    flow 7d 2026-01-05 consideration · chat · first · converted = 2
    flow 7d 2026-01-05 consideration · chat · first · expired = 13
    flow 7d 2026-01-05 consideration · chat · first · open = 1
    duration 1d 2026-01-06 consideration · chat · converted · 1d-2d = 2
    duration 1d 2026-01-07 consideration · chat · lost · 1d-2d = 1
    duration 1d 2026-01-08 consideration · chat · cold · 7d-10d = 7
    move 1d 2026-01-06 consideration decision · chat = 3
    move 1d 2026-01-09 consideration decision · chat = 4
";

#[test]
fn a_period_takes_the_windows_of_the_days_from_first_to_last() {
    let funnel = ask(JANUARY, &days("2026-01-06", "2026-01-07"));
    assert_eq!((funnel.scope.size, funnel.scope.is_wider), (Size::Days(1), false));
    assert_eq!(funnel.period, "from 2026-01-06 to 2026-01-07");
    let row = stage(&funnel, "consideration");
    assert_eq!((row.converted, row.expired, row.open), (2, 1, 1));
    assert_eq!((row.cold, row.lost), (Some(0), Some(1)));
    assert_eq!(row.maturity.until, Some(at("2026-01-06")));
    assert_eq!(row.maturity.rate, None);
    assert_eq!(funnel.steps.iter().map(|step| step.count).collect::<Vec<_>>(), [3]);
    // A cohort that is decided is so up to its own end, not to the end of time.
    let decided = ask(JANUARY, &days("2026-01-08", "2026-01-08"));
    assert_eq!(stage(&decided, "consideration").maturity.until, Some(at("2026-01-09")));
    let query = Query { as_of: at("2026-01-08T12:00"), ..days("2026-01-08", "2026-01-20") };
    let running = ask(JANUARY, &query);
    assert_eq!(stage(&running, "consideration").maturity.until, Some(query.as_of));
}

#[test]
fn a_period_is_answered_by_the_size_that_fits_and_widened_only_where_none_does() {
    let exact = |from: &str, to: &str| {
        let to = model::Timestamp::from_millis(at(to).millis() - 1);
        Query { from: Some(at(from)), to: Some(to), ..so_far() }
    };
    let hours = ask(JANUARY, &exact("2026-01-06T09:00", "2026-01-06T10:00"));
    assert_eq!((hours.scope.size, hours.scope.is_wider), (Size::Hours(1), false));
    assert_eq!(stage(&hours, "consideration").entered, 2);
    assert_eq!(hours.period, "from 2026-01-06 09:00 to 2026-01-06 10:00");
    // 09:00 as a last instant lies in the hour that begins then.
    let query = Query { from: None, to: Some(at("2026-01-06T09:00")), ..so_far() };
    let wider = ask(JANUARY, &query);
    assert_eq!((wider.scope.size, wider.scope.is_wider), (Size::Hours(1), true));
    assert_eq!(wider.period, "up to 2026-01-06 10:00");
    assert!(wider.notes.iter().any(|note| note.contains("widened to whole windows of 1h")));
    let mut weeks = map();
    weeks.sizes = vec![Size::Days(7)];
    let books = books(JANUARY);
    let funnel = funnel(&weeks, books.iter(), &days("2026-01-06", "2026-01-07")).expect("funnel");
    assert_eq!((funnel.scope.size, funnel.scope.is_wider), (Size::Days(7), true));
    assert_eq!(funnel.period, "from 2026-01-05 to 2026-01-11");
    assert_eq!(stage(&funnel, "consideration").entered, 16);
    weeks.sizes = Vec::new();
    let refused = super::funnel::funnel(&weeks, books.iter(), &days("2026-01-06", "2026-01-07"));
    assert_eq!(refused, Err(Mistake::NoWindows));
}

#[test]
fn divided_by_a_size_each_window_is_a_cohort() {
    let query = by(days("2026-01-05", "2026-01-07"), "1d");
    let funnel = ask(JANUARY, &query);
    let rows: Vec<_> = funnel
        .stages
        .iter()
        .map(|row| (row.group.clone(), row.entered, row.open, row.maturity.is_mature))
        .collect();
    let window = |date| Group::Window(at(date));
    let expected = [
        (window("2026-01-05"), 5, 0, true),
        (window("2026-01-06"), 3, 1, false),
        (window("2026-01-07"), 1, 0, true),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn what_cannot_be_answered_is_refused_with_the_reason() {
    let books = books(JANUARY);
    let refuse = |map: &model::JourneyMap, query: &Query| {
        funnel(map, books.iter(), query).expect_err("a mistake").to_string()
    };
    assert_eq!(
        refuse(&map(), &by(so_far(), "kind")),
        "cannot divide by \"kind\"; there are channel, entry, 1h, 1d, 7d"
    );
    assert_eq!(
        refuse(&map(), &days("2026-01-07", "2026-01-05")),
        "the period ends before it begins"
    );
    let mut without = map();
    without.families = vec![Family::Move];
    assert_eq!(refuse(&without, &so_far()), "the map does not count flow: add it under [counters]");
}

#[test]
fn what_is_no_longer_kept_is_said() {
    let mut map = map();
    map.keep = vec![Keep { size: Size::Days(1), span: Span::from_days(30) }];
    let books = books(JANUARY);
    let funnel = funnel(&map, books.iter(), &days("2026-01-06", "2026-01-07")).expect("a funnel");
    let expected = "Windows of 1d are kept for 30d: what was before 2026-02-23 is not in these \
                    numbers.";
    assert_eq!(funnel.notes, [expected]);
}

#[test]
fn the_funnel_as_its_owner_reads_it() {
    let text = ask(SO_FAR, &so_far()).render(&map().zone);
    let expected = include_str!("funnel.txt");
    assert!(text == expected, "this is:\n{text}\nthis should be:\n{expected}");
}

#[test]
fn an_empty_business_has_an_empty_funnel() {
    let funnel = ask("", &so_far());
    assert!(funnel.stages.iter().all(|row| row.entered == 0 && row.rate_all.is_none()));
    let text = funnel.render(&map().zone);
    assert!(text.contains("Nobody entered a stage."), "{text}");
}
