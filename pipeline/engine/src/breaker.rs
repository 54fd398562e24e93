//! When so much of a topic cannot be read that reading on would only fill the dead letters.

use std::collections::VecDeque;

/// Records that a [`Breaker`] looks back on. A topic of fewer is read whatever they are: its
/// letters are few.
pub const WINDOW: usize = 1_000;

/// What has become of the latest records of a topic.
pub struct Breaker {
    percent_max: usize,
    /// Whether each of them could not be read, the latest last.
    latest: VecDeque<bool>,
    dead: usize,
}

impl Breaker {
    /// Trips when more than this share of the latest records could not be read; at 100 never.
    pub fn new(percent_max: u8) -> Breaker {
        let latest = VecDeque::with_capacity(WINDOW);
        Breaker { percent_max: usize::from(percent_max), latest, dead: 0 }
    }

    /// Takes what became of a record; says whether that was one too many.
    pub fn take(&mut self, is_dead: bool) -> bool {
        if self.latest.len() == WINDOW {
            self.dead -= usize::from(self.latest.pop_front().unwrap_or(false));
        }
        self.latest.push_back(is_dead);
        self.dead += usize::from(is_dead);
        is_dead && self.dead * 100 > self.percent_max * WINDOW
    }

    /// How many of the latest records could not be read.
    pub fn dead(&self) -> usize {
        self.dead
    }

    /// Forgets what has become of records that are read once more.
    pub fn forget(&mut self) {
        self.latest.clear();
        self.dead = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, WINDOW};

    /// After how many records it trips, of those whose numbers are dead.
    fn trips(percent_max: u8, is_dead: impl Fn(usize) -> bool) -> Option<usize> {
        let mut breaker = Breaker::new(percent_max);
        (0..10 * WINDOW).find(|number| breaker.take(is_dead(*number)))
    }

    #[test]
    fn it_trips_at_the_first_record_that_is_more_than_the_share() {
        assert_eq!(trips(50, |_| true), Some(500), "the 501st of a flood");
        assert_eq!(trips(1, |_| true), Some(10));
        assert_eq!(trips(100, |_| true), None);
        assert_eq!(trips(50, |number| number % 2 == 0), None, "half is not more than half");
        assert_eq!(trips(49, |number| number % 2 == 0), Some(980));
        assert_eq!(trips(50, |number| number >= 5_000), Some(5_500), "after good ones as well");
        assert_eq!(trips(10, |number| number % 500 < 50), None);
    }

    #[test]
    fn what_is_read_once_more_is_not_counted_twice() {
        let mut breaker = Breaker::new(50);
        assert!(!(0..500).any(|_| breaker.take(true)));
        breaker.forget();
        assert!(!(0..500).any(|_| breaker.take(true)));
        assert_eq!(breaker.dead(), 500);
        assert!(breaker.take(true));
    }
}
