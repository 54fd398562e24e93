//! What the topic of findings says, and what it lacks.

use codec::read_finding;
use model::{FindingEvent, FindingType, JourneyMap, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The lines of the topic by their ids.
#[derive(Debug, Default)]
pub struct Said {
    /// The last record of each: the line, or that it is withdrawn.
    lines: BTreeMap<String, FindingEvent>,
    /// The latest time that anything was said at.
    as_of: Option<Timestamp>,
}

impl Said {
    /// Takes a record of the topic; what is no finding is passed over.
    pub fn take(&mut self, value: &[u8]) {
        if let Some(event) = read_finding(value) {
            self.note(event);
        }
    }

    /// Notes a line. Two writers at once may have written it twice.
    pub fn note(&mut self, event: FindingEvent) {
        self.as_of = self.as_of.max(Some(event.as_of));
        self.lines.insert(event.id.clone(), event);
    }

    /// What has to be added so that the topic says of a map what the ledger says now; what does not
    /// follow any more is withdrawn. Nothing where more was judged when it was said last, as while
    /// counters are made anew.
    pub fn lacks(
        &self,
        map: &JourneyMap,
        ledger: &[FindingEvent],
        as_of: Timestamp,
    ) -> Vec<FindingEvent> {
        if self.as_of > Some(as_of) {
            return Vec::new();
        }
        let follows: BTreeSet<&str> = ledger.iter().map(|line| &*line.id).collect();
        let is_ours =
            |line: &&FindingEvent| (&*line.map, line.version) == (&*map.name, map.version);
        let holding = self.lines.values().filter(|line| line.event != FindingType::Withdrawn);
        let gone = holding.filter(is_ours).filter(|line| !follows.contains(&*line.id));
        let withdrawn =
            gone.map(|line| FindingEvent { event: FindingType::Withdrawn, as_of, ..line.clone() });
        let is_new = |line: &&FindingEvent| {
            self.lines.get(&line.id).is_none_or(|said| said.event == FindingType::Withdrawn)
        };
        withdrawn.chain(ledger.iter().filter(is_new).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Civil;

    const NOW: Timestamp = Timestamp::from_millis(1_774_430_043_120);

    /// `chat discovered 3`
    fn line(text: &str) -> FindingEvent {
        let mut parts = text.split(' ');
        let mut next = || parts.next().expect("three words").to_owned();
        let (about, word, day) = (next(), next(), next());
        FindingEvent {
            id: format!("{about} {day}"),
            finding: String::new(),
            event: FindingType::ALL.into_iter().find(|it| it.word() == word).expect("a type"),
            on: Civil::from_days(day.parse().expect("a day")),
            map: "default".to_owned(),
            version: 1,
            stage: "decision".to_owned(),
            about,
            is_more: true,
            these: (1, 2),
            others: (3, 4),
            ln_evidence: 0.0,
            ln_needed: 0.0,
            since: None,
            as_of: NOW,
            plain: String::new(),
            plain_de: String::new(),
        }
    }

    fn lines(text: &str) -> Vec<FindingEvent> {
        text.split(", ").filter(|text| !text.is_empty()).map(line).collect()
    }

    fn words(events: &[FindingEvent]) -> String {
        let word = |it: &FindingEvent| format!("{} {} {}", it.about, it.event.word(), it.on.days());
        events.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_topic_is_added_what_it_lacks_and_what_does_not_follow_is_withdrawn() {
        let map = rules::default_map();
        for (said, now, expected) in [
            ("", "", ""),
            ("", "chat discovered 3, ads discovered 3", "chat discovered 3, ads discovered 3"),
            ("chat discovered 3", "chat discovered 3", ""),
            ("chat discovered 3", "chat discovered 3, chat confirmed 9", "chat confirmed 9"),
            ("chat discovered 3, chat discovered 3", "chat discovered 3", ""),
            (
                "chat discovered 3, chat confirmed 9",
                "chat discovered 3, chat confirmed 8",
                "chat withdrawn 9, chat confirmed 8",
            ),
            (
                "chat discovered 3, chat confirmed 9",
                "ads discovered 4",
                "chat withdrawn 3, chat withdrawn 9, ads discovered 4",
            ),
            ("chat discovered 3, chat withdrawn 3", "", ""),
            ("chat discovered 3, chat withdrawn 3", "chat discovered 3", "chat discovered 3"),
        ] {
            let mut topic = Said::default();
            lines(said).into_iter().for_each(|event| topic.note(event));
            let added = topic.lacks(&map, &lines(now), NOW);
            assert_eq!(words(&added), expected, "{said} → {now}");
            // Once it is added nothing is lacking.
            added.into_iter().for_each(|event| topic.note(event));
            assert_eq!(words(&topic.lacks(&map, &lines(now), NOW)), "", "{said} → {now}");
        }
    }

    #[test]
    fn what_another_map_has_found_stays_and_who_has_judged_less_says_nothing() {
        let mut topic = Said::default();
        topic.note(FindingEvent { version: 0, ..line("chat discovered 3") });
        let map = rules::default_map();
        assert_eq!(words(&topic.lacks(&map, &[], NOW)), "");
        let earlier = Timestamp::from_millis(NOW.millis() - 1);
        assert_eq!(words(&topic.lacks(&map, &lines("ads discovered 3"), earlier)), "");
    }
}
