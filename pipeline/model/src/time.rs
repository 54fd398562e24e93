//! Instants and lengths of time in whole milliseconds, and the calendar behind them.

use std::fmt;

const DAY: i64 = 86_400_000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest event time that is admitted: 1990-01-01T00:00:00Z.
    pub const FIRST: Timestamp = Timestamp(631_152_000_000);
    /// The latest event time that is admitted: 2199-12-31T23:59:59.999Z.
    pub const LAST: Timestamp = Timestamp(7_258_118_399_999);
    /// Before every instant that is admitted: a task that has heard nothing.
    pub const NEVER: Timestamp = Timestamp(i64::MIN);
    /// After every instant: a deadline that never comes.
    pub const END: Timestamp = Timestamp(i64::MAX);

    /// The instant so many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whether an event may have this time: from 1990 to 2199.
    pub fn is_admissible(self) -> bool {
        (Self::FIRST..=Self::LAST).contains(&self)
    }

    /// This instant and a length of time, `END` where that is out of range.
    pub fn plus(self, span: Span) -> Timestamp {
        if span == Span::NEVER {
            Self::END
        } else {
            Timestamp(self.0.saturating_add(span.millis()))
        }
    }

    /// What lies between an earlier instant and this one.
    pub fn since(self, earlier: Timestamp) -> Span {
        Span::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Reads RFC 3339 with its offset; digits beyond the millisecond are cut.
    pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        let digits = |from: usize, count: usize| -> Option<i64> {
            let part = bytes.get(from..from + count)?;
            part.iter().try_fold(0_i64, |sum, digit| {
                digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
            })
        };
        let literal = |at: usize, allowed: &[u8]| bytes.get(at).filter(|b| allowed.contains(b));
        literal(4, b"-").and(literal(7, b"-")).and(literal(10, b"Tt "))?;
        literal(13, b":").and(literal(16, b":"))?;
        let civil = Civil {
            year: digits(0, 4)? as i32,
            month: digits(5, 2)? as u8,
            day: digits(8, 2)? as u8,
        };
        let (hour, minute, second) = (digits(11, 2)?, digits(14, 2)?, digits(17, 2)?);
        if !civil.exists() || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (millis, at) = fraction(bytes, 19)?;
        let offset = offset_millis(bytes.get(at..)?)?;
        let of_day = ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
        Some(Timestamp(civil.days() * DAY + of_day - offset))
    }
}

/// The milliseconds of a fraction that may begin at `at`, and where it ends.
fn fraction(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    if bytes.get(at) != Some(&b'.') {
        return Some((0, at));
    }
    let digits = bytes.get(at + 1..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let millis = (0..3).fold(0, |sum, i| {
        sum * 10 + if i < digits { i64::from(bytes[at + 1 + i] - b'0') } else { 0 }
    });
    Some((millis, at + 1 + digits))
}

/// An offset from UTC: `Z`, `+01:00`, `-0530`.
fn offset_millis(text: &[u8]) -> Option<i64> {
    let digit =
        |at: usize| text.get(at).filter(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0'));
    let sign = match text.first()? {
        b'Z' | b'z' => return (text.len() == 1).then_some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let minutes_at = if text.get(3) == Some(&b':') { 4 } else { 3 };
    let hours = digit(1)? * 10 + digit(2)?;
    let minutes = digit(minutes_at)? * 10 + digit(minutes_at + 1)?;
    (text.len() == minutes_at + 2 && hours < 24 && minutes < 60)
        .then_some(sign * (hours * 60 + minutes) * 60_000)
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds, as topics and answers carry it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = Civil::from_days(self.0.div_euclid(DAY));
        let millis = self.0.rem_euclid(DAY);
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(out, "{civil}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// A length of time in milliseconds. A day is 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// Longer than every other: what is never over.
    pub const NEVER: Span = Span(i64::MAX);

    /// So many milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Span(millis)
    }

    /// So many hours.
    pub const fn from_hours(hours: i64) -> Self {
        Span(hours * 3_600_000)
    }

    /// So many days of 24 hours.
    pub const fn from_days(days: i64) -> Self {
        Span(days * DAY)
    }

    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads `never`, `forever` or a whole number with its unit: ms, s, m, h, d, w.
    pub fn parse(text: &str) -> Option<Span> {
        if matches!(text, "never" | "forever") {
            return Some(Span::NEVER);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim_start() {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return None,
        };
        // A thousand years is more than any journey lasts, and keeps sums of spans in range.
        const LONGEST: i64 = 365_000 * DAY;
        number.parse::<i64>().ok()?.checked_mul(unit).filter(|millis| *millis <= LONGEST).map(Span)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Span::NEVER {
            return out.write_str("never");
        }
        let units = [("d", DAY), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
        let (name, size) =
            units.into_iter().find(|(_, size)| self.0 % size == 0).unwrap_or(("ms", 1));
        write!(out, "{}{name}", self.0 / size)
    }
}

/// A date of the proleptic Gregorian calendar.
///
/// Arithmetic after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Civil {
    /// The year, 2026.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
}

impl Civil {
    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let month = i64::from(self.month);
        let of_year =
            (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// The date so many days after 1970-01-01.
    pub fn from_days(days: i64) -> Civil {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = (of_year - (153 * month + 2) / 5 + 1) as u8;
        let month = if month < 10 { month + 3 } else { month - 9 } as u8;
        Civil { year: (year + era * 400) as i32 + i32::from(month <= 2), month, day }
    }

    /// Whether the calendar has this date.
    pub fn exists(self) -> bool {
        (1..=12).contains(&self.month) && self.day >= 1 && Civil::from_days(self.days()) == self
    }

    /// Reads `2026-01-05`.
    pub fn parse(text: &str) -> Option<Civil> {
        let mut parts = text.split('-');
        let civil = Civil {
            year: parts.next().filter(|year| year.len() == 4)?.parse().ok()?,
            month: parts.next().filter(|month| month.len() == 2)?.parse().ok()?,
            day: parts.next().filter(|day| day.len() == 2)?.parse().ok()?,
        };
        (parts.next().is_none() && civil.exists()).then_some(civil)
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
