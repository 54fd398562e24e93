//! A table for a terminal: fixed widths, words, denominators and intervals.

use super::money::{grouped, written};
use super::query::{date, minute};
use super::{Cell, Estimate, Kind, Rate, Table, minor_digits};
use crate::inference::Figure;
use model::{Timestamp, Zone};

/// Columns of a terminal that a line may take; what is wider goes on in a second block of rows.
const WIDTH: usize = 100;
/// Columns of a mail, and characters of a cell there: a key and a column beside it always fit.
const NARROW: usize = 78;
const NARROW_CELL: usize = 37;
const GAP: usize = 2;

impl Table {
    /// The table for a terminal, with times in a zone. Where it is wider than 100 columns, the rows
    /// are written in several blocks, each beginning with what names them.
    pub fn render(&self, zone: &Zone) -> String {
        let title = format!("{}\n", self.title);
        self.render_within(WIDTH, &title, |cell| cell_text(cell, zone))
    }

    /// The table for a mail of plain text: 78 columns, and what is longer than fits is cut.
    pub fn render_narrow(&self, zone: &Zone) -> String {
        let mut title = String::new();
        wrap(("", ""), &plain(&self.title), NARROW, &mut title);
        self.render_within(NARROW, &title, |cell| cut(&plain(&cell_text(cell, zone))))
    }

    fn render_within(
        &self,
        width: usize,
        title: &str,
        text_of: impl Fn(&Cell) -> String,
    ) -> String {
        let cells: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(&text_of).collect()).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let cells = cells.iter().filter_map(|row| row.get(at)).map(|cell| length(cell));
                cells.chain([length(self.columns[at].heading)]).max().unwrap_or(0)
            })
            .collect();
        let mut text = title.to_owned();
        for block in self.blocks(&widths, width) {
            text.push('\n');
            let headings = block.iter().map(|at| self.columns[*at].heading);
            text.push_str(&self.line(&block, &widths, headings));
            for row in &cells {
                let row = block.iter().map(|at| row.get(*at).map_or("", String::as_str));
                text.push_str(&self.line(&block, &widths, row));
            }
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        for note in &self.notes {
            wrap(("· ", "  "), note, width, &mut text);
        }
        text
    }

    /// The columns of each block: those that name a row, and as many others as fit.
    fn blocks(&self, widths: &[usize], room: usize) -> Vec<Vec<usize>> {
        let width = |at: usize| widths.get(at).copied().unwrap_or(0) + GAP;
        let keys: Vec<usize> = (0..self.keys.min(self.columns.len())).collect();
        let of_keys: usize = keys.iter().map(|at| width(*at)).sum();
        let mut blocks = vec![keys.clone()];
        let mut used = of_keys;
        let is_for_people = |at: &usize| !self.columns[*at].heading.is_empty();
        for at in (keys.len()..self.columns.len()).filter(is_for_people) {
            if used + width(at) > room + GAP && used > of_keys {
                blocks.push(keys.clone());
                used = of_keys;
            }
            used += width(at);
            if let Some(block) = blocks.last_mut() {
                block.push(at);
            }
        }
        blocks
    }

    fn line<'a>(
        &self,
        block: &[usize],
        widths: &[usize],
        texts: impl Iterator<Item = &'a str>,
    ) -> String {
        let mut line = String::new();
        for (at, text) in block.iter().zip(texts) {
            let room = " ".repeat(widths[*at].saturating_sub(length(text)));
            let is_number =
                matches!(self.columns[*at].kind, Kind::Count | Kind::Share | Kind::Money);
            let (before, after) = if is_number { (room.as_str(), "") } else { ("", room.as_str()) };
            line.push_str(&format!("{before}{text}{after}{}", " ".repeat(GAP)));
        }
        format!("{}\n", line.trim_end())
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

pub(super) fn cell_text(cell: &Cell, zone: &Zone) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Count(count) if *count < 0 => format!("-{}", grouped(count.unsigned_abs())),
        Cell::Count(count) => grouped(count.unsigned_abs()),
        Cell::Share(millionths) => format!("{:.1} %", *millionths as f64 / 10_000.0),
        Cell::Rate(rate) => rate_text(rate),
        Cell::Money(money) if money.is_empty() => "–".to_owned(),
        Cell::Money(money) => {
            let sums = money.iter().map(|(currency, amount)| written(*amount, currency));
            sums.collect::<Vec<_>>().join(", ")
        }
        Cell::Estimate(estimate) => estimate_text(estimate),
        Cell::Effect(share) => effect_text(share),
        Cell::EstimatedMoney(money) if money.is_empty() => "–".to_owned(),
        Cell::EstimatedMoney(money) => {
            let sums = money.iter().map(|(currency, sum)| money_estimate_text(sum, currency));
            sums.collect::<Vec<_>>().join(", ")
        }
        Cell::Time(at) => time_text(*at, zone),
        Cell::Figure(figure) => figure_text(figure),
        Cell::Worth(figure, currency) => worth_text(figure, currency),
        Cell::None => "–".to_owned(),
    }
}

/// A number with a digit behind the point: `1,022.4`.
fn decimal(number: f64) -> String {
    let tenths = (number * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    format!("{sign}{}.{}", grouped(tenths / 10), tenths % 10)
}

/// A number with its interval: `22.4 (17.1–28.0)`.
fn estimate_text(estimate: &Estimate) -> String {
    match estimate.interval {
        Some(it) => {
            format!("{} ({}–{})", decimal(estimate.value), decimal(it.low), decimal(it.high))
        }
        None => decimal(estimate.value),
    }
}

/// A share with its interval: `50 % (41–58)`.
fn effect_text(estimate: &Estimate) -> String {
    let per_cent = |share: f64| format!("{:.0}", 100.0 * share);
    match estimate.interval {
        Some(it) => {
            format!("{} % ({}–{})", per_cent(estimate.value), per_cent(it.low), per_cent(it.high))
        }
        None => format!("{} %", per_cent(estimate.value)),
    }
}

/// Money with its interval, whose bounds have no more digits than they deserve:
/// `1,049.00 EUR (812–1,290)`.
fn money_estimate_text(estimate: &Estimate, currency: &str) -> String {
    let sum = written(estimate.value.round() as i64, currency);
    let unit = 10_f64.powi(minor_digits(currency) as i32);
    let major = |minor: f64| {
        let whole = (minor / unit).round() as i64;
        let sign = if whole < 0 { "-" } else { "" };
        format!("{sign}{}", grouped(whole.unsigned_abs()))
    };
    match estimate.interval {
        Some(it) => format!("{sum} ({}–{})", major(it.low), major(it.high)),
        None => sum,
    }
}

/// A rate with its parts and interval: `61 of 412 = 15 % (12–19)`.
pub(crate) fn rate_text(rate: &Rate) -> String {
    let (part, whole) = (grouped(rate.part.unsigned_abs()), grouped(rate.whole.unsigned_abs()));
    let (share, low, high) = (100.0 * rate.share(), 100.0 * rate.low, 100.0 * rate.high);
    // A digit more where whole per cent would hide a small rate.
    match 0.0 < share && share < 10.0 {
        true => format!("{part} of {whole} = {share:.1} % ({low:.1}–{high:.1})"),
        false => format!("{part} of {whole} = {share:.0} % ({low:.0}–{high:.0})"),
    }
}

/// A number with its interval: `1.23 (1.10–1.40)`, with fewer digits the greater it is.
fn figure_text(figure: &Figure) -> String {
    let Figure { value, interval } = figure;
    let digits = match value.abs() {
        100.0.. => 0,
        10.0..100.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$} ({:.digits$}–{:.digits$})", interval.low, interval.high)
}

/// Money with its interval: `84.20 EUR (71.05–99.80)`.
pub(crate) fn worth_text(figure: &Figure, currency: &str) -> String {
    let money = |minor: f64| written(minor.round() as i64, currency);
    let bare = |minor: f64| money(minor).trim_end_matches(currency).trim_end().to_owned();
    let Figure { value, interval } = figure;
    format!("{} ({}–{})", money(*value), bare(interval.low), bare(interval.high))
}

/// The date alone where it is midnight.
fn time_text(at: Timestamp, zone: &Zone) -> String {
    match zone.local_millis(at).rem_euclid(86_400_000) {
        0 => date(zone, at),
        _ => minute(zone, at),
    }
}

/// Words without what a terminal or a mail would obey.
pub(super) fn plain(text: &str) -> String {
    let is_obeyed = |c: &char| c.is_control() || ('\u{202a}'..='\u{2069}').contains(c);
    text.chars().map(|c| if is_obeyed(&c) { '\u{fffd}' } else { c }).collect()
}

fn cut(text: &str) -> String {
    match length(text) > NARROW_CELL {
        true => text.chars().take(NARROW_CELL - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// Words, broken between them; what their lines begin with differs after the first.
fn wrap((first, others): (&str, &str), words: &str, width: usize, text: &mut String) {
    let mut line = String::from(first);
    let mut is_empty = true;
    for word in words.split(' ') {
        if !is_empty && length(&line) + 1 + length(word) > width {
            text.push_str(&line);
            text.push('\n');
            line = String::from(others);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}
