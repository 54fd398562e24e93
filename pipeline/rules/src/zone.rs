//! Time zones of the IANA database, as the tables that `model` reckons with.

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use model::{Timestamp, Zone};

/// The first instant of the table: 1990-01-01, the earliest that a touchpoint may have.
const FIRST: i64 = 631_152_000_000;
/// The end of the table: 2200-01-01.
const END: i64 = 7_258_118_400_000;
/// No zone changed its offset and changed it back within a day since 1990: a test looks.
const STEP: i64 = 86_400_000;

/// The zone of a name of the IANA database, `Europe/Berlin`; `None` where it has no such name.
///
/// The table holds the offset of 1990-01-01 and every change up to 2200-01-01. It says what the
/// database compiled into this program says: rules of daylight saving are known there up to 2099,
/// and the last offset holds from then on.
pub fn zone(name: &str) -> Option<Zone> {
    let tz: Tz = name.parse().ok()?;
    let mut held = offset(tz, FIRST);
    let mut table = vec![(Timestamp::from_millis(FIRST), held)];
    let mut at = FIRST;
    while at < END {
        let next = (at + STEP).min(END);
        let offset_then = offset(tz, next);
        if offset_then != held {
            let change = first_change(tz, at, next, held);
            held = offset(tz, change);
            table.push((Timestamp::from_millis(change), held));
            // What is left of the step is looked at once more: it may hold a second change.
            at = change;
        } else {
            at = next;
        }
    }
    Some(Zone::new(name, &table))
}

/// Every name of the IANA database.
pub fn zone_names() -> impl Iterator<Item = &'static str> {
    TZ_VARIANTS.iter().map(|tz| tz.name())
}

/// The first instant after `low` whose offset is not `held`, given that `high` is one.
fn first_change(tz: Tz, mut low: i64, mut high: i64, held: i32) -> i64 {
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if offset(tz, middle) == held {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The offset from UTC in seconds.
fn offset(tz: Tz, millis: i64) -> i32 {
    let utc: NaiveDateTime =
        DateTime::from_timestamp_millis(millis).unwrap_or_default().naive_utc();
    tz.offset_from_utc_datetime(&utc).fix().local_minus_utc()
}
