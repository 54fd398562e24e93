//! How often a classifier may be asked, and for how long it is left alone after a failure.

use std::time::{Duration, Instant};

/// The first pause after a failure, and the longest; each is twice the one before.
const PAUSE: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(300);
const MINUTE: Duration = Duration::from_secs(60);

/// Whether it may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It may, and that is one question less.
    Yours,
    /// It is left alone.
    Not,
}

/// Questions of this minute, and the pause.
#[derive(Debug)]
pub struct Budget {
    per_minute: u32,
    minute: Option<Instant>,
    asked: u32,
    paused_until: Option<Instant>,
    pause: Option<Duration>,
}

impl Budget {
    /// So many questions a minute.
    pub fn new(per_minute: u32) -> Budget {
        Budget { per_minute, minute: None, asked: 0, paused_until: None, pause: None }
    }

    /// Takes a question, where one is left and no pause goes on.
    pub fn take(&mut self, now: Instant) -> Turn {
        if self.paused_until.is_some_and(|until| now < until) {
            return Turn::Not;
        }
        if self.minute.is_none_or(|begun| now.saturating_duration_since(begun) >= MINUTE) {
            (self.minute, self.asked) = (Some(now), 0);
        }
        if self.asked >= self.per_minute {
            return Turn::Not;
        }
        self.asked += 1;
        Turn::Yours
    }

    /// It has answered; whether it had failed before.
    pub fn answered(&mut self) -> bool {
        self.paused_until = None;
        self.pause.take().is_some()
    }

    /// It has failed: the pause that begins now. Questions that failed together are one failure.
    pub fn failed(&mut self, now: Instant) -> Duration {
        let is_paused = self.paused_until.is_some_and(|until| now < until);
        let pause = match self.pause {
            None => PAUSE,
            Some(pause) if is_paused => pause,
            Some(pause) => (pause * 2).min(PAUSE_MAX),
        };
        (self.pause, self.paused_until) = (Some(pause), Some(now + pause));
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_questions_a_minute_and_none_in_a_pause_which_grows() {
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let mut budget = Budget::new(2);
        for (second, expected) in
            [(0, Turn::Yours), (1, Turn::Yours), (2, Turn::Not), (59, Turn::Not), (60, Turn::Yours)]
        {
            assert_eq!(budget.take(at(second)), expected, "{second}");
        }
        let mut budget = Budget::new(100);
        let mut now = 0;
        for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
            assert_eq!(budget.failed(at(now)), Duration::from_secs(pause));
            assert_eq!(budget.failed(at(now)), Duration::from_secs(pause), "at the same time");
            assert_eq!(budget.take(at(now + pause - 1)), Turn::Not);
            now += pause;
            assert_eq!(budget.take(at(now)), Turn::Yours);
        }
        assert!(budget.answered() && !budget.answered());
        assert_eq!(budget.failed(at(now)), Duration::from_secs(5), "from the beginning");
    }
}
