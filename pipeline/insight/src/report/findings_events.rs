//! The ledger of findings line by line, as a topic carries it.

use super::findings::channel_name;
use super::findings_words::change_plain;
use super::{FindingRow, Findings};
use crate::findings::{Change, Changed, Step};
use crate::inference::{Direction, Language};
use model::{Civil, FindingEvent, FindingType, JourneyMap};

impl Findings {
    /// What became of every finding and every change that was found, in the order of the dates.
    ///
    /// A line is a function of the weeks up to its date: it stays what it is, whenever it is asked
    /// for, as long as nothing final changes.
    pub fn events(&self, map: &JourneyMap) -> Vec<FindingEvent> {
        let of_rows = self
            .rows
            .iter()
            .flat_map(|row| row.found.steps.iter().map(move |step| self.of_step(map, row, step)));
        let of_changes =
            self.changes.iter().map(|(stage, change)| self.of_change(map, stage, change));
        let mut events: Vec<FindingEvent> = of_rows.chain(of_changes).collect();
        let key = |event: &FindingEvent| (event.on.days(), event.finding.clone(), event.event);
        events.sort_by_key(key);
        events
    }

    fn of_step(&self, map: &JourneyMap, row: &FindingRow, step: &Step) -> FindingEvent {
        let claim = match &row.channel {
            Some(channel) => format!("channel={channel}"),
            None => "again".to_owned(),
        };
        let [these, others] = step.by.pot();
        let on = Civil::from_days(step.day);
        let finding = name(map, &row.stage, &claim);
        FindingEvent {
            id: id(&finding, step.event, on),
            finding,
            event: step.event,
            on,
            map: map.name.to_string(),
            version: map.version,
            stage: row.stage.clone(),
            about: row.channel.clone().unwrap_or_else(|| "again".to_owned()),
            is_more: row.found.direction == Direction::More,
            these,
            others,
            ln_evidence: step.ln_evidence,
            ln_needed: step.ln_needed,
            since: None,
            as_of: self.as_of,
            plain: row.step(step, Language::English),
            plain_de: row.step(step, Language::German),
        }
    }

    fn of_change(&self, map: &JourneyMap, stage: &str, change: &Change) -> FindingEvent {
        let since = Civil::from_days(change.since);
        let (claim, about) = match change.what {
            Changed::Rate => ("rate", "rate"),
            Changed::Mix(channel) => ("mix", channel_name(map, channel)),
        };
        let share = |(part, whole): (i64, i64)| part as f64 / whole.max(1) as f64;
        let at_once = Change { after: change.at_once, ..*change };
        let plain = |language| change_plain(stage, &at_once, about, language);
        let on = Civil::from_days(change.discovered);
        let finding = name(map, stage, &format!("{claim} since {since}"));
        FindingEvent {
            id: id(&finding, FindingType::Changed, on),
            finding,
            event: FindingType::Changed,
            on,
            map: map.name.to_string(),
            version: map.version,
            stage: stage.to_owned(),
            about: about.to_owned(),
            is_more: share(change.at_once) > share(change.before),
            these: change.at_once,
            others: change.before,
            ln_evidence: change.ln_evidence,
            ln_needed: change.ln_needed,
            since: Some(since),
            as_of: self.as_of,
            plain: plain(Language::English),
            plain_de: plain(Language::German),
        }
    }
}

/// What a finding is called in each of its lines.
fn name(map: &JourneyMap, stage: &str, claim: &str) -> String {
    format!("{}|{}|{stage}|{claim}", map.name, map.version)
}

/// What a line is called.
fn id(finding: &str, event: FindingType, on: Civil) -> String {
    format!("{finding}|{}|{on}", event.word())
}
