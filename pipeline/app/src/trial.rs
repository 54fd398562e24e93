//! What a mapping makes of rows: a table for people, an object a row for programs.

use codec::draft_to_json;
use intake::{Fate, Tried};
use model::Draft;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Characters of a column at most.
const WIDTH_MAX: usize = 32;
const HEADINGS: [&str; 7] = ["row", "time", "kind", "channel", "who", "value", "id"];

/// What becomes of rows, counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub rows: u64,
    pub made: u64,
    pub dropped: u64,
    pub bad: u64,
}

impl Count {
    /// Counts a row.
    pub fn add(&mut self, row: &Tried) {
        self.rows += 1;
        match &row.fate {
            Fate::Bad(_) => self.bad += 1,
            Fate::Made(drafts, dropped) => {
                self.made += drafts.len() as u64;
                self.dropped += u64::from(drafts.is_empty() || !dropped.is_empty());
            }
        }
    }

    /// The sentence under a table.
    pub fn said(&self) -> String {
        let Count { rows, made, dropped, bad } = self;
        format!("{rows} rows: {made} touchpoints, {dropped} dropped, {bad} not read")
    }
}

/// A row as objects, one of each touchpoint, of each reason for dropping or of its fault.
pub fn objects(row: &Tried) -> Vec<Value> {
    let (line, number) = (row.line, row.row);
    match &row.fate {
        Fate::Bad(bad) => {
            let (code, error) = (bad.error.code, bad.error.to_string());
            vec![json!({ "row": number, "line": line, "code": code, "error": error })]
        }
        Fate::Made(drafts, dropped) => {
            let made = drafts.iter().map(
                |draft| json!({ "row": number, "line": line, "touchpoint": draft_to_json(draft) }),
            );
            let dropped = dropped
                .iter()
                .map(|reason| json!({ "row": number, "line": line, "dropped": reason }));
            made.chain(dropped).collect()
        }
    }
}

/// Rows as a table; what is dropped or not read says why in place of its columns.
pub fn table(rows: &[Tried], out: &mut dyn Write) -> io::Result<()> {
    let mut lines: Vec<(Vec<String>, Option<String>)> = Vec::new();
    for row in rows {
        let number = row.row.to_string();
        match &row.fate {
            Fate::Bad(bad) => lines.push((vec![number], Some(format!("not read: {}", bad.error)))),
            Fate::Made(drafts, dropped) => {
                lines.extend(drafts.iter().map(|draft| (cells(&number, draft), None)));
                let told = dropped
                    .iter()
                    .map(|reason| (vec![number.clone()], Some(format!("dropped: {reason}"))));
                lines.extend(told);
            }
        }
    }
    let mut widths = HEADINGS.map(str::len);
    for (cells, _) in &lines {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let headings = HEADINGS.map(str::to_owned).to_vec();
    for (cells, rest) in std::iter::once(&(headings, None)).chain(&lines) {
        let padded = cells.iter().zip(widths).map(|(cell, width)| {
            let space = width.saturating_sub(cell.chars().count());
            format!("{cell}{}", " ".repeat(space))
        });
        let mut line = padded.collect::<Vec<_>>().join("  ");
        if let Some(rest) = rest {
            line = format!("{line}  {rest}");
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn cells(number: &str, draft: &Draft) -> Vec<String> {
    let value = draft.value.as_ref().map_or(String::new(), |value| {
        let (minor, currency) = (value.amount_minor, &value.currency);
        let digits = rules::exponent(currency) as usize;
        let sign = if minor < 0 { "-" } else { "" };
        let text = format!("{:0>1$}", minor.unsigned_abs(), digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        let point = if digits == 0 { "" } else { "." };
        format!("{sign}{whole}{point}{fraction} {currency}")
    });
    let who = match draft.customer_id.is_empty() {
        false => draft.customer_id.clone(),
        true => {
            let pairs = draft.identifiers.iter().map(|(name, value)| format!("{name} {value}"));
            pairs.collect::<Vec<_>>().join(", ")
        }
    };
    let cells = [
        number.to_owned(),
        draft.time.to_string(),
        draft.kind.clone(),
        draft.channel.clone(),
        who,
        value,
        draft.event_id.clone(),
    ];
    cells.map(short).to_vec()
}

/// A text on one line, cut where a column ends.
fn short(text: String) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.char_indices().nth(WIDTH_MAX) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
