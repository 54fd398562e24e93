//! A report as a table: what every form of it (text, JSON, CSV) is made of.

use super::money::Money;
use super::{Estimate, EstimatedMoney, Group, Rate};
use crate::inference::Figure;
use model::{Timestamp, Zone};
use std::collections::BTreeSet;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Numbers of things.
    Count,
    /// Shares that a curve estimates, without parts.
    Share,
    /// Shares with their parts and interval.
    Rate,
    /// Sums by currency.
    Money,
    /// Numbers with their intervals.
    Estimate,
    /// Shares with their intervals.
    Effect,
    /// Sums by currency with their intervals.
    EstimatedMoney,
    /// Instants.
    Time,
    /// Numbers that are estimated, with their interval.
    Figure,
    /// Money of one currency that is estimated, with its interval.
    Worth,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name for machines: `rate_decided`.
    pub name: &'static str,
    /// Its heading for people; empty where the column is for machines alone.
    pub heading: &'static str,
    /// What its cells are, unless they are `None`.
    pub kind: Kind,
}

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number of things.
    Count(i64),
    /// A share in millionths.
    Share(i64),
    /// A share with its parts and interval.
    Rate(Rate),
    /// Sums by currency; an empty one says that there is no money.
    Money(Money),
    /// A number with its interval.
    Estimate(Estimate),
    /// A share with its interval.
    Effect(Estimate),
    /// Sums by currency with their intervals; an empty one says that there is no money.
    EstimatedMoney(EstimatedMoney),
    /// An instant.
    Time(Timestamp),
    /// An estimated number with its interval.
    Figure(Figure),
    /// Estimated money with its interval, in minor units of a currency.
    Worth(Figure, String),
    /// Nothing can be said.
    None,
}

/// A table with what has to be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name for machines: `stages`.
    pub name: &'static str,
    /// What it shows, of when, as of when.
    pub title: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// How many columns name a row; they come first.
    pub keys: usize,
    /// The rows, each as long as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// What must be known to read the numbers rightly.
    pub notes: Vec<String>,
}

impl From<Option<Rate>> for Cell {
    fn from(rate: Option<Rate>) -> Cell {
        rate.map_or(Cell::None, Cell::Rate)
    }
}

impl From<Option<i64>> for Cell {
    fn from(count: Option<i64>) -> Cell {
        count.map_or(Cell::None, Cell::Count)
    }
}

impl From<Option<Figure>> for Cell {
    fn from(figure: Option<Figure>) -> Cell {
        figure.map_or(Cell::None, Cell::Figure)
    }
}

impl From<Option<Timestamp>> for Cell {
    fn from(at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::None, Cell::Time)
    }
}

impl From<&Group> for Cell {
    fn from(group: &Group) -> Cell {
        match group {
            Group::All => Cell::None,
            Group::Word(word) => Cell::Text(word.clone()),
            Group::Window(start) => Cell::Time(*start),
        }
    }
}

/// A column by name, heading and kind.
pub(crate) fn column(name: &'static str, heading: &'static str, kind: Kind) -> Column {
    Column { name, heading, kind }
}

impl Table {
    /// The table as CSV (RFC 4180): a rate takes four columns, a number with an interval three,
    /// money one for each currency in minor units or three, and what cannot be said is empty.
    pub fn csv(&self, zone: &Zone) -> String {
        let currencies: Vec<BTreeSet<&str>> =
            (0..self.columns.len()).map(|at| self.currencies(at)).collect();
        let mut lines = vec![Vec::new()];
        for (column, currencies) in self.columns.iter().zip(&currencies) {
            let name = column.name;
            match column.kind {
                Kind::Rate => lines[0]
                    .extend(["part", "whole", "low", "high"].map(|part| format!("{name}_{part}"))),
                Kind::Money => {
                    lines[0].extend(currencies.iter().map(|currency| format!("{name}_{currency}")));
                }
                Kind::Estimate | Kind::Effect => lines[0].extend(with_bounds(name)),
                Kind::EstimatedMoney => lines[0].extend(
                    currencies
                        .iter()
                        .flat_map(|currency| with_bounds(&format!("{name}_{currency}"))),
                ),
                Kind::Figure => {
                    lines[0].extend(["", "_low", "_high"].map(|part| format!("{name}{part}")))
                }
                Kind::Worth => lines[0]
                    .extend(["", "_low", "_high", "_currency"].map(|part| format!("{name}{part}"))),
                Kind::Text | Kind::Count | Kind::Share | Kind::Time => {
                    lines[0].push(name.to_owned())
                }
            }
        }
        for row in &self.rows {
            let mut line = Vec::new();
            for ((cell, column), currencies) in row.iter().zip(&self.columns).zip(&currencies) {
                fields(cell, column.kind, currencies, zone, &mut line);
            }
            lines.push(line);
        }
        let quoted = |line: Vec<String>| line.into_iter().map(quoted).collect::<Vec<_>>().join(",");
        lines.into_iter().map(|line| quoted(line) + "\r\n").collect()
    }

    fn currencies(&self, at: usize) -> BTreeSet<&str> {
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let currencies = cells.flat_map(|cell| -> Vec<&str> {
            match cell {
                Cell::Money(money) => money.keys().map(String::as_str).collect(),
                Cell::EstimatedMoney(money) => money.keys().map(String::as_str).collect(),
                _ => Vec::new(),
            }
        });
        currencies.collect()
    }
}

/// A column's name, and those of its bounds.
fn with_bounds(name: &str) -> [String; 3] {
    [name.to_owned(), format!("{name}_low"), format!("{name}_high")]
}

/// The fields of a cell, as many as its column has.
fn fields(
    cell: &Cell,
    kind: Kind,
    currencies: &BTreeSet<&str>,
    zone: &Zone,
    line: &mut Vec<String>,
) {
    match cell {
        Cell::Text(text) => line.push(text.clone()),
        Cell::Count(count) | Cell::Share(count) => line.push(count.to_string()),
        Cell::Rate(rate) => line.extend([
            rate.part.to_string(),
            rate.whole.to_string(),
            format!("{:.6}", rate.low),
            format!("{:.6}", rate.high),
        ]),
        Cell::Money(money) => {
            let amount = |currency: &&str| money.get(*currency).copied().unwrap_or(0).to_string();
            line.extend(currencies.iter().map(amount));
        }
        Cell::Estimate(estimate) | Cell::Effect(estimate) => {
            let written =
                |part: Option<f64>| part.map_or_else(String::new, |it| format!("{it:.6}"));
            line.extend(estimate.parts().map(written));
        }
        Cell::EstimatedMoney(money) => {
            for currency in currencies {
                let parts = money.get(*currency).map_or([None; 3], Estimate::whole_parts);
                line.extend(parts.map(|part| part.map_or_else(String::new, |it| it.to_string())));
            }
        }
        Cell::Time(at) => line.push(zone.format(*at)),
        Cell::Figure(figure) => line.extend(parts(figure).map(|part| format!("{part:.6}"))),
        Cell::Worth(figure, currency) => {
            line.extend(parts(figure).map(|part| format!("{part:.0}")));
            line.push(currency.clone());
        }
        Cell::None => {
            let count = match kind {
                Kind::Figure => 3,
                Kind::Rate | Kind::Worth => 4,
                Kind::Estimate | Kind::Effect => 3,
                Kind::Money => currencies.len(),
                Kind::EstimatedMoney => 3 * currencies.len(),
                Kind::Text | Kind::Count | Kind::Share | Kind::Time => 1,
            };
            line.extend((0..count).map(|_| String::new()));
        }
    }
}

fn parts(figure: &Figure) -> [f64; 3] {
    [figure.value, figure.interval.low, figure.interval.high]
}

fn quoted(field: String) -> String {
    match field.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    }
}
