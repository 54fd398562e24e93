//! Intervals of event time, cut on the wall clock of the business's zone.

use crate::{Timestamp, Zone};
use std::fmt;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// The size of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// No window: the running total.
    Total,
    /// Blocks of 1, 2, 3, 4, 6, 8 or 12 hours of the wall clock from local midnight.
    Hours(u8),
    /// Local dates counted from Monday 1970-01-05, so that seven are an ISO week.
    Days(u16),
}

impl Size {
    /// Reads `total`, `1h`, `2h`, …, `1d`, `7d`.
    pub fn parse(text: &str) -> Option<Size> {
        if text == "total" {
            return Some(Size::Total);
        }
        let (number, unit) = text.split_at(text.len().checked_sub(1)?);
        if number.starts_with('0') || number.starts_with('+') {
            return None;
        }
        match unit {
            "h" => {
                number.parse().ok().filter(|h| [1, 2, 3, 4, 6, 8, 12].contains(h)).map(Size::Hours)
            }
            "d" => number.parse().ok().filter(|d| (1..=366).contains(d)).map(Size::Days),
            _ => None,
        }
    }

    /// The window of this size that an instant lies in; `None` for the running total.
    pub fn window(self, zone: &Zone, at: Timestamp) -> Option<Window> {
        match self {
            Size::Total => None,
            Size::Hours(1) => Some(hour(zone, at)),
            Size::Hours(hours) => {
                let block = i64::from(hours) * HOUR;
                let local = zone.local_millis(at);
                let midnight = local.div_euclid(DAY) * DAY;
                let first = midnight + (local - midnight) / block * block;
                Some(between(self, zone, first, first + block))
            }
            Size::Days(days) => {
                let days = i64::from(days);
                // 1970-01-05 is day 4.
                let first = (zone.local_days(at) - 4).div_euclid(days) * days + 4;
                Some(between(self, zone, first * DAY, (first + days) * DAY))
            }
        }
    }
}

/// A run of instants with equal local date, hour and offset: the next one begins where one of them
/// changes.
fn hour(zone: &Zone, at: Timestamp) -> Window {
    let start = zone.hour_start(at);
    let full = Timestamp::from_millis(start.millis() + HOUR);
    let mut low = at.millis();
    let mut high = full.millis();
    // Where the hour is cut short by a change of offset, its end is found by halving.
    if zone.hour_start(Timestamp::from_millis(high - 1)) != start {
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if zone.hour_start(Timestamp::from_millis(middle)) == start {
                low = middle
            } else {
                high = middle
            }
        }
    }
    Window { size: Size::Hours(1), start, end: Timestamp::from_millis(high) }
}

fn between(size: Size, zone: &Zone, first: i64, next: i64) -> Window {
    Window { size, start: zone.first_instant(first), end: zone.first_instant(next) }
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Size::Total => out.write_str("total"),
            Size::Hours(hours) => write!(out, "{hours}h"),
            Size::Days(days) => write!(out, "{days}d"),
        }
    }
}

/// A window: its size, its first instant and the first instant after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The size; never `Total`.
    pub size: Size,
    /// The first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}
