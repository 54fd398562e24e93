//! When the tasks may be told how late it is.
//!
//! Where topics of other systems feed the log, the wall clock alone would call a lead cold because
//! its chat topic is behind. So the least of them speaks for all: everything that the log of each
//! had taken up to then is in `touchpoints`. A source of the past says nothing until it has been
//! read to its end; then everything up to its last touchpoint has come.

use kafka::Note;
use model::{Span, Timestamp};
use std::collections::BTreeMap;

/// A time that the tasks are told, and the topic that it is due to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The topic.
    pub topic: String,
    /// The time.
    pub time: Timestamp,
}

/// What the tasks were told last.
pub struct Clocks {
    /// Topics, and whether they tell of the past.
    topics: BTreeMap<String, bool>,
    idle_bound: Span,
    live: Timestamp,
    past: BTreeMap<String, Timestamp>,
}

impl Clocks {
    /// Nothing was told so far. The time stays behind the wall clock by the bound.
    pub fn new(topics: BTreeMap<String, bool>, idle_bound: Span) -> Clocks {
        Clocks { topics, idle_bound, live: Timestamp::NEVER, past: BTreeMap::new() }
    }

    /// Forgets what the tasks were told: to tell it once more changes nothing.
    pub fn forget(&mut self) {
        self.live = Timestamp::NEVER;
        self.past.clear();
    }

    /// Whether a topic tells of the past.
    pub fn is_past(&self, topic: &str) -> bool {
        self.topics.get(topic).copied().unwrap_or(false)
    }

    /// Whether it matters when a topic was last read to its end.
    pub fn wants(&self, topic: &str) -> bool {
        self.is_past(topic) || self.idle_bound != Span::NEVER
    }

    /// What the tasks are to be told by the notes of every partition; each time is told once.
    pub fn due(&mut self, notes: &BTreeMap<String, Vec<Option<Note>>>) -> Vec<Told> {
        let mut told = Vec::new();
        // Until a partition was once read to its end, nothing is known of its topic.
        let until = |topic: &String| {
            let partitions = notes.get(topic).filter(|partitions| !partitions.is_empty())?;
            partitions.iter().map(|note| note.map_or(Timestamp::NEVER, |note| note.until)).min()
        };
        let live = self.topics.iter().filter(|(_, is_past)| !**is_past).map(|(topic, _)| topic);
        let least = live.map(|topic| (until(topic).unwrap_or(Timestamp::NEVER), topic)).min();
        if let Some((until, topic)) = least
            && until != Timestamp::NEVER
            && self.idle_bound != Span::NEVER
        {
            let time = Timestamp::from_millis(until.millis() - self.idle_bound.millis());
            if time > self.live {
                self.live = time;
                told.push(Told { topic: topic.clone(), time });
            }
        }
        for (topic, _) in self.topics.iter().filter(|(_, is_past)| **is_past) {
            let is_read = until(topic).is_some_and(|until| until != Timestamp::NEVER);
            let latest = notes.get(topic).into_iter().flatten().flatten().map(|note| note.latest);
            let Some(time) = latest.max().filter(|_| is_read) else { continue };
            let last = self.past.entry(topic.clone()).or_insert(Timestamp::NEVER);
            if time > *last {
                *last = time;
                told.push(Told { topic: topic.clone(), time });
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::{Clocks, Told};
    use kafka::Note;
    use model::{Span, Timestamp};
    use std::collections::BTreeMap;

    const BOUND: Span = Span::from_millis(10);

    fn clocks(topics: &[(&str, bool)], bound: Span) -> Clocks {
        Clocks::new(topics.iter().map(|(name, past)| ((*name).to_owned(), *past)).collect(), bound)
    }

    /// Until when, and the latest, of each partition of each topic; a negative one is not known.
    fn due(clocks: &mut Clocks, topics: &[(&str, &[(i64, i64)])]) -> Vec<(String, i64)> {
        let time = |millis| match millis {
            ..0 => Timestamp::NEVER,
            millis => Timestamp::from_millis(millis),
        };
        let note = |(until, latest): &(i64, i64)| {
            Some(Note { until: time(*until), latest: time(*latest) })
        };
        let notes: BTreeMap<String, Vec<Option<Note>>> = (topics.iter())
            .map(|(name, notes)| ((*name).to_owned(), notes.iter().map(note).collect()))
            .collect();
        let told = clocks.due(&notes);
        told.into_iter().map(|Told { topic, time }| (topic, time.millis())).collect()
    }

    #[test]
    fn the_least_of_all_partitions_of_all_live_topics_speaks() {
        let mut live = clocks(&[("chat", false), ("mail", false)], BOUND);
        let rows: [(&[(i64, i64)], &[(i64, i64)], &[(&str, i64)]); 5] = [
            (&[(100, -1), (-1, -1)], &[(100, -1)], &[]),
            (&[(100, -1), (90, -1)], &[(100, -1)], &[("chat", 80)]),
            (&[(200, -1), (200, -1)], &[(100, -1)], &[("mail", 90)]),
            // Never back, and nothing twice.
            (&[(100, -1), (90, -1)], &[(100, -1)], &[]),
            (&[], &[(300, -1)], &[]),
        ];
        for (chat, mail, told) in rows {
            let told: Vec<_> = told.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect();
            assert_eq!(
                due(&mut live, &[("chat", chat), ("mail", mail)]),
                told,
                "{chat:?} {mail:?}"
            );
        }
    }

    #[test]
    fn a_topic_of_the_past_tells_its_last_time_once_it_was_read_to_its_end() {
        let mut past = clocks(&[("old", true)], BOUND);
        assert_eq!(due(&mut past, &[("old", &[(500, 40), (-1, 70)])]), []);
        assert_eq!(due(&mut past, &[("old", &[(500, 40), (600, 70)])]), [("old".to_owned(), 70)]);
        assert_eq!(due(&mut past, &[("old", &[(700, 40), (700, 70)])]), []);
        // And holds up no live one.
        let mut both = clocks(&[("old", true), ("chat", false)], BOUND);
        let told = due(&mut both, &[("old", &[(-1, 40)]), ("chat", &[(500, -1)])]);
        assert_eq!(told, [("chat".to_owned(), 490)]);
    }

    #[test]
    fn without_a_bound_the_wall_clock_is_never_told() {
        let mut live = clocks(&[("chat", false), ("old", true)], Span::NEVER);
        assert!(live.wants("old") && !live.wants("chat"));
        let told = due(&mut live, &[("chat", &[(500, 3)]), ("old", &[(9, 4)])]);
        assert_eq!(told, [("old".to_owned(), 4)]);
    }
}
