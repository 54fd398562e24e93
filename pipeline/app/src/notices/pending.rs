//! What is still to be said: leads that went cold, until they are told, come back or are old news.

use super::cold::{Cold, Told};
use model::{Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A lead that went cold longer ago than this when its move was committed is history: of an
/// import, or of days on which nothing ran.
const FRESH: Span = Span::from_hours(24);

/// How long a message is tried to be delivered.
const WORTH: Span = Span::from_hours(24);

/// Leads that wait at most; while there are so many, the topic keeps the others.
const WAITING_MAX: usize = 10_000;

/// Leads by partition and position, with the time at which their moves were committed.
#[derive(Debug, Default)]
pub struct Pending {
    leads: BTreeMap<(usize, u64), (Timestamp, Cold)>,
}

impl Pending {
    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.leads.is_empty()
    }

    /// Whether no more may be taken now.
    pub fn is_full(&self) -> bool {
        self.leads.len() >= WAITING_MAX
    }

    /// Takes a move in. What was told before is not told again.
    pub fn take(
        &mut self,
        (partition, position): (usize, u64),
        committed: Timestamp,
        told: Told,
        known: &BTreeSet<String>,
    ) {
        match told {
            Told::Cold(cold)
                if cold.lead.cold_at.plus(FRESH) >= committed && !known.contains(&cold.id) =>
            {
                // Withdrawn and gone cold once more: what counts is the last.
                self.leads.retain(|_, (_, waiting)| waiting.id != cold.id);
                self.leads.insert((partition, position), (committed, cold));
            }
            Told::Withdrawn(id) => self.leads.retain(|_, (_, lead)| lead.id != id),
            Told::Cold(_) | Told::Other => {}
        }
    }

    /// Those before positions, the first to have gone cold first.
    pub fn before(&self, ends: &[u64]) -> Vec<&Cold> {
        let is_before = |at: &(usize, u64)| ends.get(at.0).is_some_and(|end| at.1 < *end);
        let mut leads: Vec<&Cold> =
            self.leads.iter().filter(|(at, _)| is_before(at)).map(|(_, (_, lead))| lead).collect();
        leads.sort_by(|one, other| one.lead.cmp(&other.lead));
        leads
    }

    /// Lets those before positions go: they were told.
    pub fn forget_before(&mut self, ends: &[u64]) {
        self.leads.retain(|at, _| ends.get(at.0).is_none_or(|end| at.1 >= *end));
    }

    /// Lets old news go, and says how many.
    pub fn forget_old(&mut self, now: Timestamp) -> usize {
        let before = self.leads.len();
        self.leads.retain(|_, (committed, _)| committed.plus(WORTH) >= now);
        before - self.leads.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insight::report::ColdLead;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000_000).plus(Span::from_hours(hours))
    }

    fn cold(id: &str, hours: i64) -> Told {
        let word = |word: &str| word.to_owned();
        Told::Cold(Cold {
            id: word(id),
            lead: ColdLead {
                cold_at: at(hours),
                customer: format!("c-{id}"),
                stage: word("decision"),
                channel: word("chat"),
                kind: word("enquiry_received"),
            },
        })
    }

    fn ids(pending: &Pending, ends: &[u64]) -> Vec<String> {
        pending.before(ends).iter().map(|lead| lead.id.clone()).collect()
    }

    #[test]
    fn who_went_cold_is_told_and_what_is_history_known_or_withdrawn_is_not() {
        let known = BTreeSet::from(["known".to_owned()]);
        let withdrawn = |id: &str| Told::Withdrawn(id.to_owned());
        for (name, moves, expected) in [
            ("fresh", vec![(cold("a", 99), 100)], vec!["a"]),
            ("a day old", vec![(cold("a", 76), 100)], vec!["a"]),
            ("older than a day", vec![(cold("a", 75), 100)], vec![]),
            ("told before", vec![(cold("known", 99), 100)], vec![]),
            ("withdrawn", vec![(cold("a", 99), 100), (withdrawn("a"), 101)], vec![]),
            ("another", vec![(cold("a", 99), 100), (withdrawn("b"), 101)], vec!["a"]),
            (
                "cold once more",
                vec![(cold("a", 99), 100), (withdrawn("a"), 101), (cold("a", 101), 102)],
                vec!["a"],
            ),
            ("twice", vec![(cold("a", 99), 100), (cold("a", 99), 100)], vec!["a"]),
            ("by time", vec![(cold("a", 99), 100), (cold("b", 98), 100)], vec!["b", "a"]),
            ("else", vec![(Told::Other, 100)], vec![]),
        ] {
            let mut pending = Pending::default();
            for (position, (told, committed)) in moves.into_iter().enumerate() {
                pending.take((0, position as u64), at(committed), told, &known);
            }
            assert_eq!(ids(&pending, &[99]), expected, "{name}");
        }
    }

    #[test]
    fn what_was_told_goes_and_what_came_after_stays() {
        let mut pending = Pending::default();
        for (place, id) in [((0, 4), "a"), ((0, 5), "b"), ((1, 0), "c")] {
            pending.take(place, at(1), cold(id, 0), &BTreeSet::new());
        }
        assert_eq!(ids(&pending, &[5, 0]), ["a"]);
        pending.forget_before(&[5, 0]);
        assert_eq!(ids(&pending, &[9, 9]), ["b", "c"]);
        assert_eq!((pending.forget_old(at(25)), pending.is_empty()), (0, false));
        assert_eq!((pending.forget_old(at(26)), pending.is_empty()), (2, true));
    }

    #[test]
    fn no_more_wait_than_may() {
        let mut pending = Pending::default();
        for position in 0..WAITING_MAX as u64 {
            assert!(!pending.is_full());
            let told = cold(&position.to_string(), 0);
            pending.leads.insert(
                (0, position),
                match told {
                    Told::Cold(lead) => (at(0), lead),
                    _ => unreachable!("a cold one"),
                },
            );
        }
        assert!(pending.is_full());
    }
}
