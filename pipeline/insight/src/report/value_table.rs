//! Lifetime value as a table.

use super::query::minute;
use super::table::{Cell, Kind, Table, column};
use super::{Money, Value, ValueRow};
use crate::inference::Language;
use model::Zone;

impl Value {
    /// The report as a table.
    pub fn table(&self, zone: &Zone) -> Table {
        Table {
            name: "value",
            title: format!(
                "Lifetime value by the channel that brought the customer. As of {} ({}).",
                minute(zone, self.as_of),
                zone.name()
            ),
            columns: vec![
                column("channel", "Channel", Kind::Text),
                column("customers", "Customers", Kind::Count),
                column("repeaters", "Came back", Kind::Count),
                column("spent", "Spent on it", Kind::Money),
                column("alive", "Will still buy, share", Kind::Figure),
                column("purchases", "Purchases in 12 months", Kind::Figure),
                column("worth", "Value of each in 12 months", Kind::Worth),
                column("newcomer", "Value of a new one in 12 months", Kind::Worth),
                column("plain", "In plain words", Kind::Text),
                // The same in German, and what the numbers were reckoned with, for machines.
                column("plain_de", "", Kind::Text),
                column("model", "", Kind::Text),
                column("currency", "", Kind::Text),
            ],
            keys: 1,
            rows: self.rows.iter().map(row).collect(),
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.rows.is_empty() {
            notes.push("Nobody has bought anything.".to_owned());
            return notes;
        }
        notes.extend(self.verdict(Language::English));
        notes.push(
            "In brackets 95 % intervals for one look: that other customers might have come, and \
             that the models are fitted to these."
                .to_owned(),
        );
        notes.push(
            "A purchase is a day with one. Value is that of purchases after the first, money of \
             later months worth less by 10 % a year; refunds are not taken off."
                .to_owned(),
        );
        notes.push(
            "Models: BG/NBD or MBG/NBD, whichever is more likely, for how customers come back, \
             Gamma-Gamma for what they spend, fitted to each row alone. A channel is where the \
             journey of the first purchase began, which is not what caused it."
                .to_owned(),
        );
        notes
    }
}

fn row(row: &ValueRow) -> Vec<Cell> {
    let outlook = row.outlook.as_ref().ok();
    let money = outlook.and_then(|outlook| outlook.money.as_ref().ok());
    let worth = |figure| Cell::Worth(figure, row.currency.clone());
    let spent = match row.spent {
        0 => Money::new(),
        spent => Money::from([(row.currency.clone(), spent)]),
    };
    let model = outlook.map(|outlook| {
        let it = outlook.purchasing;
        format!(
            "{} r {:.4} alpha {:.4} days a {:.4} b {:.4}",
            it.model.name(),
            it.r,
            it.alpha.0,
            it.a,
            it.b
        )
    });
    vec![
        Cell::Text(row.channel.clone().unwrap_or_else(|| "all".to_owned())),
        Cell::Count(row.customers),
        Cell::Count(row.repeaters),
        Cell::Money(spent),
        Cell::from(outlook.map(|outlook| outlook.alive)),
        Cell::from(outlook.map(|outlook| outlook.purchases)),
        money.map_or(Cell::None, |money| worth(money.customer)),
        money.map_or(Cell::None, |money| worth(money.newcomer)),
        Cell::Text(row.plain(Language::English)),
        Cell::Text(row.plain(Language::German)),
        model.map_or(Cell::None, Cell::Text),
        Cell::Text(row.currency.clone()),
    ]
}
