//! Orders of steps and what comes of them, as a table.

use super::query::minute;
use super::table::{Cell, Kind, Table, column};
use super::{Estimate, Rate, SequenceRow, Sequences, StageOrders};
use crate::inference::{Confounding, Contrast, Figure, Interval, Language, Outcomes, Verdict};
use model::Zone;

impl Sequences {
    /// The report as tables: orders, and of how many they are chosen.
    pub fn tables(&self, zone: &Zone) -> Vec<Table> {
        let orders = self.table(zone);
        match self.stages.is_empty() {
            true => vec![orders],
            false => vec![orders, self.table_of_stages()],
        }
    }

    fn table(&self, zone: &Zone) -> Table {
        Table {
            name: "sequences",
            title: format!(
                "Orders of steps within {} and what comes of them. As of {} ({}).",
                self.landmark,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("rank", "No.", Kind::Count),
                column("channel", "Channel", Kind::Text),
                column("steps", "Steps", Kind::Text),
                column("entries", "Entries", Kind::Count),
                column("exposed", "Still open then: with them", Kind::Rate),
                column("others", "The others", Kind::Rate),
                column("difference", "Difference, like with like", Kind::Effect),
                column("watched", "At every look", Kind::Effect),
                column("expected", "Expected next time", Kind::Effect),
                column("verdict", "Verdict", Kind::Text),
                column("reordered", "Beside another order", Kind::Effect),
                column("reordered_watched", "At every look", Kind::Effect),
                column("order_verdict", "Verdict on the order", Kind::Text),
                column("revenue", "Revenue, more each", Kind::Worth),
                column("lifetime", "Lifetime value, more each", Kind::Worth),
                column("turns", "Turns round", Kind::Text),
                column("open", "Open", Kind::Count),
                column("left_out", "Alone", Kind::Count),
                // For machines: what stands in the notes, and what was reckoned besides.
                column("ratio", "", Kind::Figure),
                column("strength", "", Kind::Estimate),
                column("strength_limit", "", Kind::Estimate),
                column("chance", "", Kind::Share),
                column("rate_exposed", "", Kind::Share),
                column("rate_others", "", Kind::Share),
                column("more_needed", "", Kind::Count),
                column("plain", "", Kind::Text),
                column("plain_de", "", Kind::Text),
            ],
            keys: 2,
            rows: self.rows.iter().map(|row| self.row(row)).collect(),
            notes: self.notes(),
        }
    }

    fn row(&self, row: &SequenceRow) -> Vec<Cell> {
        let pot = &row.order.pot;
        let (found, reordered) = (row.order.contrast, row.order.reordered);
        let strength = found.and_then(|it| it.ratio).map(|ratio| Confounding::of(&ratio));
        let plainly = |number: f64| Cell::Estimate(Estimate::plain(number));
        let words = |verdict: Option<Verdict>| {
            Cell::Text(verdict.map_or("not enough", |verdict| verdict.name()).to_owned())
        };
        let worth = |figure: Option<Figure>| match (figure, &self.currency) {
            (Some(figure), Some(currency)) => Cell::Worth(figure, currency.clone()),
            _ => Cell::None,
        };
        let (order_watched, order_verdict) = row.reordered.unwrap_or_default();
        let one_look = |of: Option<Contrast>| effect(of, of.map(|it| it.difference.interval));
        vec![
            Cell::Text(row.stage.clone()),
            Cell::Count(row.rank),
            Cell::Text(row.channel.clone().unwrap_or_else(|| "all".to_owned())),
            Cell::Text(row.words(Language::English)),
            Cell::Count(row.order.entries()),
            rate(&pot.exposed),
            rate(&pot.others),
            one_look(found),
            effect(found, row.watched),
            Cell::Effect(Estimate::plain(row.shrunk)),
            words(row.verdict),
            one_look(reordered),
            effect(reordered, order_watched),
            if reordered.is_some() { words(order_verdict) } else { Cell::None },
            worth(row.revenue),
            worth(row.lifetime),
            Cell::Text(if row.order.paradox.is_some() { "yes" } else { "no" }.to_owned()),
            Cell::Count(pot.exposed.open + pot.others.open),
            Cell::from(found.map(|it| it.left_out)),
            Cell::from(found.and_then(|it| it.ratio)),
            strength.map_or(Cell::None, |it| plainly(it.point)),
            strength.map_or(Cell::None, |it| plainly(it.limit)),
            share(row.chance),
            found.map_or(Cell::None, |it| share(it.exposed)),
            found.map_or(Cell::None, |it| share(it.others)),
            Cell::from(row.verdict.and_then(|verdict| verdict.more())),
            Cell::Text(row.plain(Language::English)),
            Cell::Text(row.plain(Language::German)),
        ]
    }

    fn table_of_stages(&self) -> Table {
        let row = |it: &StageOrders| {
            vec![
                Cell::Text(it.stage.clone()),
                Cell::Text(it.channel.clone().unwrap_or_else(|| "all".to_owned())),
                Cell::Count(it.entries),
                Cell::Count(it.tried as i64),
                Cell::Count(it.more),
                Cell::Text(it.plain(Language::English)),
                Cell::Text(it.plain(Language::German)),
            ]
        };
        Table {
            name: "orders",
            title: format!(
                "How many orders are compared, of entries still open after {}.",
                self.landmark
            ),
            columns: vec![
                column("stage", "Stage", Kind::Text),
                column("channel", "Channel", Kind::Text),
                column("entries", "Entries", Kind::Count),
                column("tried", "Orders compared", Kind::Count),
                column("more_needed", "Leads missing until one is", Kind::Count),
                column("plain", "", Kind::Text),
                column("plain_de", "", Kind::Text),
            ],
            keys: 2,
            rows: self.stages.iter().map(row).collect(),
            notes: Vec::new(),
        }
    }
}

fn effect(of: Option<Contrast>, interval: Option<Interval>) -> Cell {
    let value = of.map(|it| it.difference.value);
    value.map_or(Cell::None, |value| Cell::Effect(Estimate { value, interval }))
}

fn share(share: f64) -> Cell {
    Cell::Share((share * 1e6).round() as i64)
}

fn rate(outcomes: &Outcomes) -> Cell {
    let (converted, decided) = outcomes.parts();
    Cell::from(Rate::of(converted, decided))
}
