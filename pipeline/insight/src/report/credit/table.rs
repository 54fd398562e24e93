//! Credits as tables.

use super::{CreditModel, CreditRow, Credits};
use crate::report::query::minute;
use crate::report::table::{Cell, Column, Kind, Table, column};
use crate::report::{Estimate, EstimatedMoney};
use model::{CreditRule, Zone};

impl Credits {
    /// What one model says, and what all of them say.
    pub fn tables(&self, zone: &Zone) -> Vec<Table> {
        vec![self.table(zone), self.models_table()]
    }

    fn table(&self, zone: &Zone) -> Table {
        Table {
            name: "credit",
            title: format!(
                "Credit for {} conversions by {}, {}. As of {} ({}).",
                self.conversions,
                self.model.name(),
                self.period,
                minute(zone, self.as_of),
                zone.name()
            ),
            columns: vec![
                column("channel", "Channel", Kind::Text),
                column("touchpoints", "Touchpoints", Kind::Count),
                column("credited", "Credited (95 %)", Kind::Estimate),
                column("watched", "At every look", Kind::Estimate),
                column("verdict", "Verdict", Kind::Text),
                column("more_needed", "More conversions needed", Kind::Count),
                column("first", "First touch", Kind::Count),
                column("last", "Last touch", Kind::Count),
                column("took_part", "Took part", Kind::Count),
                column("models_low", "Least model", Kind::Estimate),
                column("models_high", "Greatest model", Kind::Estimate),
                column("removal_effect", "Removal effect (95 %)", Kind::Effect),
                column("money", "Money credited (95 %)", Kind::EstimatedMoney),
                column("cost", "Cost", Kind::Money),
                column("cost_per_conversion", "Cost per conversion (95 %)", Kind::EstimatedMoney),
            ],
            keys: 1,
            rows: self.rows.iter().map(row).collect(),
            notes: self.notes.clone(),
        }
    }

    fn models_table(&self) -> Table {
        let columns = CreditModel::all().map(|model| {
            let (name, heading) = heading(model);
            column(name, heading, Kind::Estimate)
        });
        let columns = [column("channel", "Channel", Kind::Text)].into_iter().chain(columns);
        let rows = self.rows.iter().enumerate().map(|(at, row)| {
            let given = CreditModel::all().map(|model| {
                let given = self.models.iter().find(|(known, _)| *known == model);
                let given = given.and_then(|(_, given)| given.get(at).copied());
                given.map_or(Cell::None, |given| Cell::Estimate(Estimate::plain(given)))
            });
            [Cell::Text(row.channel.clone())].into_iter().chain(given).collect()
        });
        Table {
            name: "models",
            title: format!("Conversions credited by each model, {}.", self.period),
            columns: columns.collect::<Vec<Column>>(),
            keys: 1,
            rows: rows.collect(),
            notes: vec![
                "Participation gives each channel that took part the whole conversion, so it adds \
                 up to more than there are. The others add up to the conversions."
                    .to_owned(),
            ],
        }
    }
}

fn row(row: &CreditRow) -> Vec<Cell> {
    let plain = |value: f64| Cell::Estimate(Estimate::plain(value));
    let money = |money: &EstimatedMoney| Cell::EstimatedMoney(money.clone());
    vec![
        Cell::Text(row.channel.clone()),
        Cell::from(row.touchpoints),
        Cell::Estimate(row.credited),
        Cell::Estimate(row.watched),
        Cell::Text(row.verdict.word().to_owned()),
        Cell::from(row.verdict.more()),
        Cell::from(row.first),
        Cell::from(row.last),
        Cell::from(row.took_part),
        row.models.map_or(Cell::None, |(least, _)| plain(least)),
        row.models.map_or(Cell::None, |(_, most)| plain(most)),
        row.removal_effect.map_or(Cell::None, Cell::Effect),
        money(&row.money),
        row.cost.clone().map_or(Cell::None, Cell::Money),
        row.cost_per_conversion.as_ref().map_or(Cell::None, money),
    ]
}

/// A model's column, for machines and for people.
fn heading(model: CreditModel) -> (&'static str, &'static str) {
    let heading = match model {
        CreditModel::Markov(2) => "Markov 2",
        CreditModel::Markov(3) => "Markov 3",
        CreditModel::Markov(_) => "Markov",
        CreditModel::Shapley => "Shapley",
        CreditModel::Rule(rule) => match rule {
            CreditRule::First => "First",
            CreditRule::Last => "Last",
            CreditRule::LastNonDirect => "Last non-direct",
            CreditRule::Linear => "Linear",
            CreditRule::UShaped => "U-shaped",
            CreditRule::JShaped => "J-shaped",
            CreditRule::InverseJ => "Inverse J",
            CreditRule::TimeDecay => "Time decay",
            CreditRule::Participation => "Participation",
            CreditRule::SameTouch => "Same touch",
            CreditRule::Custom => "Custom",
        },
    };
    (model.name(), heading)
}
