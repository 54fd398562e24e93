//! When to commit: as often as is wanted, and less often where commits take too much of the time.

use std::time::{Duration, Instant};

/// The longest time between two commits, however much there is to do.
const INTERVAL_MAX: Duration = Duration::from_millis(100);

/// Records after which a commit is due at once, so that what a transaction holds stays small.
const RECORDS_MAX: u64 = 50_000;

/// The rhythm of commits. A commit costs about the same however much is in it, so that at
/// saturation fewer of them leave more time for records; at rest the wanted interval holds.
#[derive(Debug)]
pub struct Cadence {
    wanted: Duration,
    interval: Duration,
    /// When the last commit ended.
    last: Option<Instant>,
    records: u64,
}

impl Cadence {
    /// A rhythm that begins with the interval that is wanted; zero commits at every turn.
    pub fn new(wanted: Duration) -> Cadence {
        Cadence { wanted, interval: wanted, last: None, records: 0 }
    }

    /// Notes records that were applied and not committed yet.
    pub fn applied(&mut self, records: u64) {
        self.records += records;
    }

    /// How long to wait for the next commit; zero when it is due.
    pub fn left(&self, now: Instant) -> Duration {
        if self.records >= RECORDS_MAX {
            return Duration::ZERO;
        }
        let due = self.last.map(|last| last + self.interval);
        due.map_or(Duration::ZERO, |due| due.saturating_duration_since(now))
    }

    /// Notes a commit: the interval grows while more than a quarter of it goes into commits, and
    /// shrinks back when less than a tenth does.
    pub fn committed(&mut self, begun: Instant, ended: Instant) {
        let took = ended.saturating_duration_since(begun);
        if took > self.interval / 4 {
            self.interval = (self.interval * 2).min(INTERVAL_MAX).max(self.wanted);
        } else if took < self.interval / 10 {
            self.interval = (self.interval / 2).max(self.wanted);
        }
        self.last = Some(ended);
        self.records = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{Cadence, RECORDS_MAX};
    use std::time::{Duration, Instant};

    /// The interval in milliseconds after commits that each took so many.
    fn interval(wanted: u64, took: &[u64]) -> u64 {
        let millis = Duration::from_millis;
        let mut cadence = Cadence::new(millis(wanted));
        let mut now = Instant::now();
        for took in took {
            let begun = now;
            now += millis(*took);
            cadence.committed(begun, now);
        }
        cadence.left(now).as_millis() as u64
    }

    #[test]
    fn commits_become_rarer_while_they_take_much_of_the_time_and_frequent_again_at_rest() {
        for (wanted, took, expected) in [
            (10, &[1][..], 10),
            (10, &[3], 20),
            (10, &[10, 10], 40),
            (10, &[10, 10, 10, 10], 40),
            (10, &[90, 90, 90, 90, 90], 100),
            (10, &[90, 90, 90, 90, 1], 50),
            (10, &[90, 90, 90, 90, 1, 1, 0, 0, 0], 10),
            (100, &[500, 500], 100),
            (0, &[5, 5], 0),
        ] {
            assert_eq!(interval(wanted, took), expected, "{wanted} ms, commits of {took:?} ms");
        }
    }

    #[test]
    fn a_commit_is_due_at_once_when_much_waits_or_nothing_was_committed_yet() {
        let now = Instant::now();
        let mut cadence = Cadence::new(Duration::from_millis(100));
        assert_eq!(cadence.left(now), Duration::ZERO);
        cadence.committed(now, now);
        assert_eq!(cadence.left(now), Duration::from_millis(100));
        cadence.applied(RECORDS_MAX);
        assert_eq!(cadence.left(now), Duration::ZERO);
        cadence.committed(now, now);
        assert_eq!(cadence.left(now), Duration::from_millis(100));
    }
}
