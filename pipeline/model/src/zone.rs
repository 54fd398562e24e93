//! A time zone as a table: from when on which offset holds.

use crate::{Civil, Timestamp};

const DAY: i64 = 86_400_000;

/// A time zone of the IANA database, as a table of its offsets from 1990 to 2200.
///
/// Built by `rules` from the database's release that the fold's version names (`design.md` 6.16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    /// (first millisecond, offset from UTC in milliseconds), ascending; the first holds before it
    /// too.
    offsets: Vec<(i64, i64)>,
}

impl Zone {
    /// A zone from its name and its table of (first instant, offset in seconds), ascending.
    pub fn new(name: &str, table: &[(Timestamp, i32)]) -> Zone {
        let offsets =
            table.iter().map(|(at, offset)| (at.millis(), i64::from(*offset) * 1_000)).collect();
        Zone { name: name.to_owned(), offsets }
    }

    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_owned(), offsets: Vec::new() }
    }

    /// The name in the IANA database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The offset from UTC in milliseconds, and the instant since which it has held.
    fn offset(&self, at: i64) -> (i64, i64) {
        let after = self.offsets.partition_point(|(first, _)| *first <= at);
        match after.checked_sub(1) {
            Some(index) => (self.offsets[index].1, self.offsets[index].0),
            None => (self.offsets.first().map_or(0, |entry| entry.1), i64::MIN),
        }
    }

    /// The wall clock at an instant, as milliseconds since 1970-01-01T00:00 on that clock.
    pub fn local_millis(&self, at: Timestamp) -> i64 {
        at.millis() + self.offset(at.millis()).0
    }

    /// The local date at an instant, in days since 1970-01-01.
    pub fn local_days(&self, at: Timestamp) -> i64 {
        self.local_millis(at).div_euclid(DAY)
    }

    /// The first instant of the run of instants with equal local date, hour and offset.
    pub fn hour_start(&self, at: Timestamp) -> Timestamp {
        let (offset, since) = self.offset(at.millis());
        let hour = (at.millis() + offset).div_euclid(3_600_000) * 3_600_000 - offset;
        Timestamp::from_millis(hour.max(since))
    }

    /// The first instant at which the wall clock shows this time or, where it never does, a later
    /// one.
    pub fn first_instant(&self, local_millis: i64) -> Timestamp {
        let mut best = i64::MAX;
        let mut offsets = self.offsets.as_slice();
        let around = offsets.partition_point(|(first, _)| *first < local_millis - 2 * DAY);
        offsets = &offsets[around.saturating_sub(1)..];
        if offsets.is_empty() {
            return Timestamp::from_millis(local_millis);
        }
        for (index, (first, offset)) in offsets.iter().enumerate().take(6) {
            let from = if index == 0 { i64::MIN } else { *first };
            let until = offsets.get(index + 1).map_or(i64::MAX, |next| next.0);
            let instant = (local_millis - offset).max(from);
            if instant < until {
                best = best.min(instant);
            }
        }
        Timestamp::from_millis(best)
    }

    /// RFC 3339 with the zone's offset, whole seconds, `+00:00` and not `Z`.
    pub fn format(&self, at: Timestamp) -> String {
        let (offset, _) = self.offset(at.millis());
        let local = at.millis() + offset;
        let civil = Civil::from_days(local.div_euclid(DAY));
        let seconds = local.rem_euclid(DAY) / 1_000;
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.abs() / 60_000;
        format!(
            "{civil}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60,
            minutes / 60,
            minutes % 60
        )
    }

    /// The same with its milliseconds, where it has any: what can be given back as it is.
    pub fn format_exact(&self, at: Timestamp) -> String {
        let mut text = self.format(at);
        let millis = at.millis().rem_euclid(1_000);
        if millis > 0 {
            // The offset begins behind the seconds.
            text.insert_str(19, &format!(".{millis:03}"));
        }
        text
    }

    /// The last millisecond of a local date: what a date means when it is given as an as_of.
    pub fn day_end(&self, date: Civil) -> Timestamp {
        let next = self.first_instant((date.days() + 1) * DAY);
        Timestamp::from_millis(next.millis() - 1)
    }

    /// The first instant of a local date.
    pub fn day_start(&self, date: Civil) -> Timestamp {
        self.first_instant(date.days() * DAY)
    }
}
