//! The windows of `model`, held against chrono-tz at random instants.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use model::{Size, Timestamp, Window};
use proptest::prelude::*;
use rules::zone;

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/New_York",
    "UTC",
];

fn local(tz: Tz, millis: i64) -> DateTime<Tz> {
    tz.from_utc_datetime(&DateTime::from_timestamp_millis(millis).unwrap().naive_utc())
}

/// The first instant at which the clock shows this time or, where it never does, a later one.
fn first_instant(tz: Tz, mut wall: NaiveDateTime) -> i64 {
    loop {
        if let Some(at) = tz.from_local_datetime(&wall).earliest() {
            return at.timestamp_millis();
        }
        wall += TimeDelta::minutes(1);
    }
}

fn midnight(date: NaiveDate) -> NaiveDateTime {
    date.and_hms_opt(0, 0, 0).unwrap()
}

/// The hour around an instant, found minute by minute.
fn hour(tz: Tz, at: i64) -> (i64, i64) {
    let of = |millis| {
        let local = local(tz, millis);
        (local.date_naive(), local.hour(), local.offset().fix().local_minus_utc())
    };
    let here = of(at);
    let mut start = at.div_euclid(60_000) * 60_000;
    let mut end = start;
    while of(start - 60_000) == here {
        start -= 60_000;
    }
    while of(end) == here {
        end += 60_000;
    }
    (start, end)
}

/// The window around an instant as chrono-tz has it.
fn expected(tz: Tz, size: Size, at: i64) -> (i64, i64) {
    let here = local(tz, at).naive_local();
    let (first, next) = match size {
        Size::Total => unreachable!("the running total has no window"),
        Size::Hours(1) => return hour(tz, at),
        Size::Hours(hours) => {
            let hours = u32::from(hours);
            let block = here.date().and_hms_opt(here.hour() / hours * hours, 0, 0).unwrap();
            (block, block + TimeDelta::hours(i64::from(hours)))
        }
        Size::Days(days) => {
            let monday = NaiveDate::from_ymd_opt(1970, 1, 5).unwrap();
            let into = (here.date() - monday).num_days().rem_euclid(i64::from(days));
            let first = here.date() - Days::new(into as u64);
            (midnight(first), midnight(first + Days::new(u64::from(days))))
        }
    };
    (first_instant(tz, first), first_instant(tz, next))
}

#[track_caller]
fn check(name: &str, size: &str, at: i64) {
    let size = Size::parse(size).unwrap();
    let window = size.window(&zone(name).unwrap(), Timestamp::from_millis(at)).unwrap();
    let (start, end) = expected(name.parse().unwrap(), size, at);
    let expected =
        Window { size, start: Timestamp::from_millis(start), end: Timestamp::from_millis(end) };
    assert_eq!(window, expected, "{name}, {size} at {at}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_window_is_what_the_database_says(
        name in prop::sample::select(&ZONES[..]),
        size in prop::sample::select(&["1h", "2h", "1d", "7d"][..]),
        at in 631_152_000_000_i64 + 30 * 86_400_000..4_102_444_800_000 - 30 * 86_400_000,
    ) {
        check(name, size, at);
    }

    #[test]
    fn a_window_near_a_change_of_the_clocks_is_what_the_database_says(
        name in prop::sample::select(&ZONES[..]),
        size in prop::sample::select(&["1h", "2h", "3h", "1d", "7d"][..]),
        change in any::<prop::sample::Index>(),
        away in -7_200_000..7_200_000_i64,
    ) {
        let changes = changes(name.parse().unwrap());
        prop_assume!(!changes.is_empty());
        check(name, size, changes[change.index(changes.len())] + away);
    }
}

/// Hours before 2100 within which the offset changes.
fn changes(tz: Tz) -> Vec<i64> {
    let offset = |millis| local(tz, millis).offset().fix();
    (640_000_800_000..4_000_000_000_000_i64)
        .step_by(86_400_000)
        .filter(|at| offset(*at) != offset(at + 86_400_000))
        .map(|day| {
            let hours = (day..day + 86_400_000).step_by(3_600_000);
            hours.into_iter().find(|at| offset(*at) != offset(at + 3_600_000)).unwrap_or(day)
        })
        .collect()
}

#[test]
fn a_day_of_changing_clocks_has_23_or_25_hours() {
    for (at, hours) in [("2026-03-29T12:00:00Z", 23), ("2026-10-25T12:00:00Z", 25)] {
        let at = Timestamp::parse_rfc3339(at).unwrap();
        let window = Size::Days(1).window(&zone("Europe/Berlin").unwrap(), at).unwrap();
        assert_eq!(window.end.since(window.start).millis(), hours * 3_600_000);
    }
}
