//! Time in words: where clocks are put forward and back, where they stand at odd minutes, where it
//! is summer in January and where a day never was, a touchpoint is counted in the window that the
//! wall clock says, from the record through the counters to the report.

use crate::plant::Plant;
use engine::sim::Random;
use insight::report::{Group, Query, funnel};
use insight::{Counter, CounterId, laws};
use model::{Civil, Draft, Family, JourneyMap, Size, Timestamp, Zone};
use std::collections::BTreeMap;

/// Zones, and an instant at which each changes its clocks, by UTC.
const CHANGES: [(&str, &str); 12] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    // By half an hour, and at half past ten hours.
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    // Three quarters of an hour off, with summer time in January.
    ("Pacific/Chatham", "2026-04-04T14:00:00Z"),
    ("Pacific/Chatham", "2026-09-26T14:00:00Z"),
    ("Australia/Sydney", "2026-04-04T16:00:00Z"),
    ("Australia/Sydney", "2026-10-03T16:00:00Z"),
    // At midnight: a day that begins at one, and a day that ends twice.
    ("America/Havana", "2026-03-08T05:00:00Z"),
    ("America/Havana", "2026-11-01T05:00:00Z"),
    // The 30th of December 2011 never was.
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    // Nothing changes, three quarters of an hour off.
    ("Asia/Kathmandu", "2026-03-29T01:00:00Z"),
];

const SIZES: [&str; 6] = ["1h", "2h", "12h", "1d", "3d", "7d"];

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn map(zone: &str) -> JourneyMap {
    let mut map = rules::default_map();
    map.zone = rules::zone(zone).expect(zone);
    map.sizes = SIZES.map(|size| Size::parse(size).expect("a size")).to_vec();
    map
}

/// Enquiries of one person each, and everything that is counted of them.
fn counted(zone: &str, times: &[Timestamp]) -> (JourneyMap, BTreeMap<CounterId, Counter>) {
    let mut plant = Plant::new(map(zone), 2);
    for (number, time) in times.iter().enumerate() {
        let draft = Draft {
            event_id: number.to_string(),
            time: *time,
            customer_id: format!("c{number}"),
            channel: "chat".to_owned(),
            kind: "enquiry_received".to_owned(),
            ..Draft::default()
        };
        plant.append(&draft, Timestamp::LAST);
    }
    plant.run();
    let all = plant.insights.iter().flat_map(|task| task.counters());
    let counters = all.map(|(id, counter)| (id.clone(), counter.clone())).collect();
    (plant.settings.map.clone(), counters)
}

/// Counts of a family by size and start of the window, as the zone prints it.
fn windows(
    map: &JourneyMap,
    counters: &BTreeMap<CounterId, Counter>,
    family: Family,
) -> BTreeMap<(String, String), i64> {
    let mut sums = BTreeMap::new();
    let counters = counters.iter().filter(|(id, _)| id.series.family() == Some(family));
    for (id, counter) in counters {
        let Some(start) = id.start else { continue };
        let start = map.zone.format(start);
        *sums.entry((id.size.to_string(), start)).or_default() += counter.count;
    }
    sums
}

#[track_caller]
fn check(zone: &str, size: &str, rows: &[(&str, &[&str])]) {
    let times: Vec<Timestamp> = rows.iter().flat_map(|row| row.1).map(|text| at(text)).collect();
    let (map, counters) = counted(zone, &times);
    let expected: BTreeMap<String, i64> =
        rows.iter().map(|(start, times)| ((*start).to_owned(), times.len() as i64)).collect();
    for family in [Family::Activity, Family::Flow] {
        let told = windows(&map, &counters, family).into_iter();
        let told = told.filter(|((known, _), _)| known == size);
        let told: BTreeMap<String, i64> = told.map(|((_, start), n)| (start, n)).collect();
        assert_eq!(told, expected, "{zone} {size}");
    }
}

#[test]
fn the_night_that_lacks_an_hour_and_the_night_that_has_one_twice() {
    check(
        "Europe/Berlin",
        "1h",
        &[
            ("2026-03-29T01:00:00+01:00", &["2026-03-29T00:59:59.999Z"]),
            ("2026-03-29T03:00:00+02:00", &["2026-03-29T01:00:00Z"]),
            ("2026-10-25T02:00:00+02:00", &["2026-10-25T00:30:00Z"]),
            ("2026-10-25T02:00:00+01:00", &["2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z"]),
        ],
    );
    check(
        "Europe/Berlin",
        "1d",
        &[
            ("2026-03-29T00:00:00+01:00", &["2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z"]),
            ("2026-03-30T00:00:00+02:00", &["2026-03-29T22:00:00Z"]),
            ("2026-10-25T00:00:00+02:00", &["2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z"]),
            ("2026-10-26T00:00:00+01:00", &["2026-10-25T23:00:00Z"]),
        ],
    );
    check(
        "Europe/Berlin",
        "7d",
        &[
            ("2026-03-23T00:00:00+01:00", &["2026-03-22T23:00:00Z", "2026-03-29T21:59:59.999Z"]),
            ("2026-03-30T00:00:00+02:00", &["2026-03-29T22:00:00Z"]),
            ("2026-10-19T00:00:00+02:00", &["2026-10-25T22:59:59.999Z"]),
        ],
    );
    check(
        "Europe/Berlin",
        "2h",
        &[
            // What would have been two to four lasts one hour, and three on the other night.
            ("2026-03-29T03:00:00+02:00", &["2026-03-29T01:00:00Z", "2026-03-29T01:59:59.999Z"]),
            ("2026-03-29T04:00:00+02:00", &["2026-03-29T02:00:00Z"]),
            ("2026-10-25T02:00:00+02:00", &["2026-10-25T00:00:00Z", "2026-10-25T02:59:59.999Z"]),
        ],
    );
}

#[test]
fn clocks_that_change_by_half_an_hour_cut_an_hour_short() {
    check(
        "Australia/Lord_Howe",
        "1h",
        &[
            ("2026-04-05T01:00:00+11:00", &["2026-04-04T14:00:00Z", "2026-04-04T14:59:59.999Z"]),
            ("2026-04-05T01:30:00+10:30", &["2026-04-04T15:00:00Z", "2026-04-04T15:29:59.999Z"]),
            ("2026-04-05T02:00:00+10:30", &["2026-04-04T15:30:00Z"]),
            ("2026-10-04T02:30:00+11:00", &["2026-10-03T15:30:00Z", "2026-10-03T15:59:59.999Z"]),
            ("2026-10-04T03:00:00+11:00", &["2026-10-03T16:00:00Z"]),
        ],
    );
}

#[test]
fn days_begin_at_odd_minutes_of_utc_and_at_one_where_midnight_never_was() {
    check(
        "Asia/Kathmandu",
        "1d",
        &[
            ("2026-01-05T00:00:00+05:45", &["2026-01-04T18:15:00Z", "2026-01-05T18:14:59.999Z"]),
            ("2026-01-06T00:00:00+05:45", &["2026-01-05T18:15:00Z"]),
        ],
    );
    check(
        "Pacific/Chatham",
        "1d",
        &[
            ("2026-01-05T00:00:00+13:45", &["2026-01-04T10:15:00Z", "2026-01-05T10:14:59.999Z"]),
            ("2026-07-06T00:00:00+12:45", &["2026-07-05T11:15:00Z", "2026-07-06T11:14:59.999Z"]),
        ],
    );
    check(
        "America/Havana",
        "1d",
        &[
            ("2026-03-07T00:00:00-05:00", &["2026-03-08T04:59:59.999Z"]),
            ("2026-03-08T01:00:00-04:00", &["2026-03-08T05:00:00Z", "2026-03-09T03:59:59.999Z"]),
            ("2026-03-09T00:00:00-04:00", &["2026-03-09T04:00:00Z"]),
        ],
    );
}

#[test]
fn the_day_that_never_was_has_no_window() {
    check(
        "Pacific/Apia",
        "1d",
        &[
            ("2011-12-29T00:00:00-10:00", &["2011-12-29T10:00:00Z", "2011-12-30T09:59:59.999Z"]),
            ("2011-12-31T00:00:00+14:00", &["2011-12-30T10:00:00Z", "2011-12-31T09:59:59.999Z"]),
            ("2012-01-01T00:00:00+14:00", &["2011-12-31T10:00:00Z"]),
        ],
    );
    check(
        "Pacific/Apia",
        "7d",
        &[
            ("2011-12-26T00:00:00-10:00", &["2011-12-30T09:59:59.999Z", "2012-01-01T09:59:59Z"]),
            ("2012-01-02T00:00:00+14:00", &["2012-01-01T10:00:00Z"]),
        ],
    );
}

/// A name of the window of a size that an instant lies in, read off the wall clock as it is
/// printed: what a person with a calendar would say.
fn said(zone: &Zone, size: &str, at: Timestamp) -> String {
    let text = zone.format(at);
    let (date, hour, offset) = (&text[..10], &text[11..13], &text[19..]);
    let block = |hours: u32| hour.parse::<u32>().expect("an hour") / hours;
    let date_number = Civil::parse(date).expect("a date").days();
    match size {
        "1h" => format!("{date} {hour} {offset}"),
        "2h" => format!("{date} {}", block(2)),
        "12h" => format!("{date} {}", block(12)),
        "1d" => date.to_owned(),
        // Counted from Monday 5 January 1970.
        "3d" => ((date_number - 4).div_euclid(3)).to_string(),
        "7d" => ((date_number - 4).div_euclid(7)).to_string(),
        other => panic!("{other}"),
    }
}

/// Everything around one change of the clocks, minute by minute at random.
fn check_around(name: &str, change: &str, random: &mut Random) {
    let around = at(change).millis();
    let times = (0..40).map(|_| {
        let hours = if random.once_in(2) { 2 } else { 24 * 8 };
        let minutes = random.below(2 * 60 * hours) as i64 - 60 * hours as i64;
        let edge = if random.once_in(3) { -1 } else { 0 };
        Timestamp::from_millis(around + minutes * 60_000 + edge)
    });
    let times: Vec<Timestamp> = times.collect();
    let (map, counters) = counted(name, &times);
    assert_eq!(laws(&map, counters.iter()), [], "{name}");
    let told = windows(&map, &counters, Family::Activity);
    for size in SIZES {
        let mut expected: BTreeMap<String, i64> = BTreeMap::new();
        for time in &times {
            *expected.entry(said(&map.zone, size, *time)).or_default() += 1;
        }
        let mut told: Vec<i64> =
            told.iter().filter(|(key, _)| key.0 == size).map(|(_, n)| *n).collect();
        let mut expected: Vec<i64> = expected.into_values().collect();
        // Two windows of one hour may print in another order than they come in.
        expected.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, expected, "{name} around {change}, windows of {size}");
    }
    check_report(&map, &counters, &times);
}

/// The funnel by day has each date that had an entry, and the funnel of some dates those on them.
fn check_report(map: &JourneyMap, counters: &BTreeMap<CounterId, Counter>, times: &[Timestamp]) {
    let date = |at: Timestamp| map.zone.format(at)[..10].to_owned();
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    times.iter().for_each(|time| *expected.entry(date(*time)).or_default() += 1);
    let query = |from, to, by: Option<&str>| Query {
        from,
        to,
        by: by.map(str::to_owned),
        model: None,
        as_of: Timestamp::LAST,
    };
    let report = funnel(map, counters.iter(), &query(None, None, Some("1d"))).expect("a funnel");
    let rows = report.stages.iter().filter(|row| row.entered != 0);
    let told = rows.map(|row| match &row.group {
        Group::Window(start) => (date(*start), row.entered),
        other => panic!("{other:?}"),
    });
    assert_eq!(told.collect::<BTreeMap<_, _>>(), expected);
    let dates: Vec<&String> = expected.keys().collect();
    for (from, to) in dates.iter().zip(dates.iter().skip(2)) {
        let day = |text: &str| Civil::parse(text).expect("a date");
        let from_at = Some(map.zone.day_start(day(from)));
        let to_at = Some(map.zone.day_end(day(to)));
        let report = funnel(map, counters.iter(), &query(from_at, to_at, None)).expect("a funnel");
        let entered: i64 = report.stages.iter().map(|row| row.entered).sum();
        let sum: i64 = expected.range((*from).clone()..=(*to).clone()).map(|(_, n)| n).sum();
        assert_eq!(entered, sum, "{} from {from} to {to}", map.zone.name());
    }
}

#[test]
fn whatever_the_clocks_do_a_touchpoint_is_where_a_calendar_says() {
    let mut random = Random::new(1);
    for (name, change) in CHANGES {
        for _ in 0..12 {
            check_around(name, change, &mut random);
        }
    }
}
