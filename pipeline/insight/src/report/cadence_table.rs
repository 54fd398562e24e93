//! Follow-ups and what comes of them, as tables.

use super::query::minute;
use super::table::{Cell, Kind, Table, column};
use super::{Estimate, FollowUpRow, HabitRow, Habits, Rate};
use crate::inference::{Confounding, Language, Outcomes};
use model::Zone;

impl Habits {
    /// The report as tables: habits beside each other, and what became of each number.
    pub fn tables(&self, zone: &Zone) -> Vec<Table> {
        let habits = self.table(zone);
        match self.counts.is_empty() {
            true => vec![habits],
            false => vec![habits, self.table_of_counts()],
        }
    }

    fn table(&self, zone: &Zone) -> Table {
        Table {
            name: "cadence",
            title: format!(
                "Follow-ups within {} and what comes of them. As of {} ({}).",
                self.landmark,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("channel", "Channel", Kind::Text),
                column("habit", "Follow-ups", Kind::Text),
                column("entries", "Entries", Kind::Count),
                column("naive_exposed", "Usual count: with them", Kind::Rate),
                column("naive_others", "The others", Kind::Rate),
                column("naive_ratio", "Ratio, usual", Kind::Figure),
                column("naive_strength", "Strength", Kind::Estimate),
                column("naive_strength_limit", "", Kind::Estimate),
                column("exposed", "Still open then: with them", Kind::Rate),
                column("others", "The others", Kind::Rate),
                column("ratio", "Ratio, like with like", Kind::Figure),
                column("strength", "Strength", Kind::Estimate),
                column("strength_limit", "Of its lower end", Kind::Estimate),
                column("difference", "Difference", Kind::Effect),
                column("watched", "At every look", Kind::Effect),
                column("open", "Open", Kind::Count),
                column("left_out", "Alone", Kind::Count),
                column("verdict", "Verdict", Kind::Text),
                // For machines: what stands in the notes, and what was reckoned besides.
                column("rate_exposed", "", Kind::Share),
                column("rate_others", "", Kind::Share),
                column("pooled", "", Kind::Figure),
                column("more_needed", "", Kind::Count),
                column("plain", "", Kind::Text),
                column("plain_de", "", Kind::Text),
            ],
            keys: 3,
            rows: self.rows.iter().map(|row| self.row(row)).collect(),
            notes: self.notes(),
        }
    }

    fn row(&self, row: &HabitRow) -> Vec<Cell> {
        let [naive, landmark] = row.pots();
        let of_naive = row.comparison.naive_confounding;
        let (found, of_found) = (row.comparison.landmark, row.comparison.confounding);
        let share = |share: f64| Cell::Share((share * 1e6).round() as i64);
        let difference = found.map(|it| it.difference);
        let effect =
            |interval| difference.map(|it| Estimate { value: it.value, interval: Some(interval) });
        let one_look = difference.and_then(|it| effect(it.interval));
        let watched = row.watched.and_then(effect);
        let verdict = row.verdict.map_or("not enough", |verdict| verdict.name());
        let plain = |language| Cell::Text(row.plain(language, self.landmark));
        vec![
            Cell::Text(row.stage.clone()),
            Cell::Text(row.channel.clone().unwrap_or_else(|| "all".to_owned())),
            Cell::Text(row.habit.words()),
            Cell::Count(row.entries),
            rate(&naive.exposed),
            rate(&naive.others),
            Cell::from(row.comparison.naive.and_then(|it| it.ratio)),
            strength(of_naive, |it| it.point),
            strength(of_naive, |it| it.limit),
            rate(&landmark.exposed),
            rate(&landmark.others),
            Cell::from(found.and_then(|it| it.ratio)),
            strength(of_found, |it| it.point),
            strength(of_found, |it| it.limit),
            one_look.map_or(Cell::None, Cell::Effect),
            watched.map_or(Cell::None, Cell::Effect),
            Cell::Count(landmark.exposed.open + landmark.others.open),
            Cell::from(found.map(|it| it.left_out)),
            Cell::Text(verdict.to_owned()),
            found.map_or(Cell::None, |it| share(it.exposed)),
            found.map_or(Cell::None, |it| share(it.others)),
            Cell::from(found.and_then(|it| it.pooled)),
            Cell::from(row.verdict.and_then(|verdict| verdict.more())),
            plain(Language::English),
            plain(Language::German),
        ]
    }

    fn table_of_counts(&self) -> Table {
        let last = self.counts.iter().map(|row| row.follow_ups).max().unwrap_or(0);
        let row = |row: &FollowUpRow| {
            let more = if row.follow_ups == MANY { "+" } else { "" };
            vec![
                Cell::Text(row.stage.clone()),
                Cell::Text(row.channel.clone().unwrap_or_else(|| "all".to_owned())),
                Cell::Text(format!("{}{more}", row.follow_ups)),
                rate(&row.naive),
                Cell::Count(row.naive.open),
                rate(&row.landmark),
                Cell::Count(row.landmark.open),
            ]
        };
        let mut notes = vec![
            "Converted of those decided. Who was decided before is in the usual count alone."
                .to_owned(),
        ];
        if last == MANY {
            notes.push(format!("{MANY}+: so many or more."));
        }
        Table {
            name: "follow_ups",
            title: format!("What became of entries, by follow-ups within {}.", self.landmark),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("channel", "Channel", Kind::Text),
                column("follow_ups", "Follow-ups", Kind::Text),
                column("naive", "Usual count", Kind::Rate),
                column("naive_open", "Open", Kind::Count),
                column("landmark", "Still open then", Kind::Rate),
                column("landmark_open", "Open", Kind::Count),
            ],
            keys: 3,
            rows: self.counts.iter().map(row).collect(),
            notes,
        }
    }
}

/// The greatest number that is counted: so many or more.
const MANY: u8 = 4;

fn rate(outcomes: &Outcomes) -> Cell {
    let (converted, decided) = outcomes.parts();
    Cell::from(Rate::of(converted, decided))
}

fn strength(confounding: Option<Confounding>, of: impl Fn(&Confounding) -> f64) -> Cell {
    confounding.map_or(Cell::None, |it| Cell::Estimate(Estimate::plain(of(&it))))
}
