//! Periods by their names, as dates of the business.

use model::{Civil, Timestamp, Zone};
use std::fmt;

/// Days at most: a hundred years.
const DAYS_MAX: u32 = 36_525;

/// A period that is named by its length or by the calendar; which dates it has depends on the time
/// that it is asked at and on the zone of the business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// So many dates, of which the last is the one on which it is asked: `30d`.
    Days(u32),
    /// A week of ISO 8601: `2026-W13`.
    Week(i32, u8),
    /// A month: `2026-03`.
    Month(i32, u8),
}

impl Period {
    /// Reads `30d`, `2026-W13` or `2026-03`; `None` where it is something else.
    pub fn parse(text: &str) -> Option<Period> {
        if let Some(days) = text.strip_suffix('d') {
            let days = number(days)?;
            return (1..=DAYS_MAX).contains(&days).then_some(Period::Days(days));
        }
        let (year, rest) = text.split_once('-')?;
        let year = if year.len() == 4 { number(year)? as i32 } else { return None };
        let two = |digits: &str| if digits.len() == 2 { number(digits) } else { None };
        match rest.strip_prefix('W') {
            Some(week) => {
                let week = two(week)? as u8;
                let is_there = (1..=weeks(year)).contains(&week);
                is_there.then_some(Period::Week(year, week))
            }
            None => {
                let month = two(rest)? as u8;
                (1..=12).contains(&month).then_some(Period::Month(year, month))
            }
        }
    }

    /// Its first and its last date, where it is asked at a time.
    pub fn dates(self, zone: &Zone, as_of: Timestamp) -> (Civil, Civil) {
        let (first, last) = match self {
            Period::Days(days) => {
                let last = zone.local_days(as_of);
                (last - i64::from(days) + 1, last)
            }
            Period::Week(year, week) => {
                let first = first_monday(year) + 7 * (i64::from(week) - 1);
                (first, first + 6)
            }
            Period::Month(year, month) => {
                let first = |year, month| Civil { year, month, day: 1 }.days();
                let next = if month == 12 { first(year + 1, 1) } else { first(year, month + 1) };
                (first(year, month), next - 1)
            }
        };
        (Civil::from_days(first), Civil::from_days(last))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Days(days) => write!(out, "{days}d"),
            Period::Week(year, week) => write!(out, "{year:04}-W{week:02}"),
            Period::Month(year, month) => write!(out, "{year:04}-{month:02}"),
        }
    }
}

/// Digits alone: no sign, no space.
fn number(digits: &str) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// The Monday of the first week of a year, which is the one that has 4 January in it, as days since
/// 1970-01-01, a Thursday.
fn first_monday(year: i32) -> i64 {
    let fourth = Civil { year, month: 1, day: 4 }.days();
    fourth - (fourth + 3).rem_euclid(7)
}

/// How many weeks a year has.
fn weeks(year: i32) -> u8 {
    ((first_monday(year + 1) - first_monday(year)) / 7) as u8
}

/// An end of a period as it is asked for: a date where it is one, else an instant with its offset.
pub fn from_text(zone: &Zone, from: Timestamp) -> String {
    let date = Civil::from_days(zone.local_days(from));
    if zone.day_start(date) == from { date.to_string() } else { zone.format_exact(from) }
}

/// The same of the last instant.
pub fn to_text(zone: &Zone, to: Timestamp) -> String {
    let date = Civil::from_days(zone.local_days(to));
    if zone.day_end(date) == to { date.to_string() } else { zone.format_exact(to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(text: &str, dates: Option<(&str, &str)>) {
        // Half an hour before midnight in UTC, already the day after in the zone.
        let zone = Zone::new("Test/East", &[(Timestamp::FIRST, 3_600)]);
        let at = Timestamp::parse_rfc3339("2026-03-24T23:30:00Z").expect("a time");
        let period = Period::parse(text);
        let found = period.map(|period| period.dates(&zone, at));
        let found = found.map(|(first, last)| (first.to_string(), last.to_string()));
        let dates = dates.map(|(first, last)| (first.to_owned(), last.to_owned()));
        assert_eq!(found, dates, "{text}");
        if let Some(period) = period {
            assert_eq!(Period::parse(&period.to_string()), Some(period), "{text}");
        }
    }

    #[test]
    fn a_period_is_cut_on_the_calendar_of_the_business() {
        names("1d", Some(("2026-03-25", "2026-03-25")));
        names("7d", Some(("2026-03-19", "2026-03-25")));
        names("30d", Some(("2026-02-24", "2026-03-25")));
        names("2026-W13", Some(("2026-03-23", "2026-03-29")));
        names("2026-W01", Some(("2025-12-29", "2026-01-04")));
        names("2020-W53", Some(("2020-12-28", "2021-01-03")));
        names("2026-02", Some(("2026-02-01", "2026-02-28")));
        names("2024-12", Some(("2024-12-01", "2024-12-31")));
    }

    #[test]
    fn what_is_no_period_is_none() {
        for text in [
            "",
            "d",
            "0d",
            "-1d",
            "+7d",
            "7",
            "7D",
            "99999999999d",
            "2026-W00",
            "2026-W54",
            "2025-W53",
            "2026-13",
            "2026-00",
            "2026-3",
            "26-03",
            "2026-W1",
            "2026-03-25",
            "all",
        ] {
            names(text, None);
        }
    }
}
