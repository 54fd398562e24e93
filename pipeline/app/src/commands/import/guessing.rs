//! A file of something else than touchpoints without a mapping: guess one, show what it makes, ask,
//! write it down beside the file.

use crate::cli::Guessing;
use crate::commands::map::tried;
use crate::config::Config;
use crate::failure::Failure;
use crate::map_file;
use crate::mapping_file::{self, opening};
use crate::trial::{self, Count};
use intake::{DayOrder, Hints, Holds, Question, guess, holds};
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Rows that are shown.
const SHOWN: usize = 20;

/// The mapping of a file that needs one; `None` where it holds touchpoints.
pub fn mapping_of(
    file: &Path,
    config: &Config,
    guessing: &Guessing,
) -> Result<Option<PathBuf>, Failure> {
    if holds(file).map_err(opening)? == Holds::Touchpoints {
        return Ok(None);
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".mapping.toml");
    let beside = PathBuf::from(beside);
    if beside.is_file() {
        eprintln!("{}: by {}, which stands beside it", file.display(), beside.display());
        return Ok(Some(beside));
    }
    let said = answered(file, config, guessing)?;
    std::fs::write(&beside, &said.mapping).map_err(|error| {
        Failure::Write(format!("could not write {}: {error} [D0704]", beside.display()))
    })?;
    for line in &said.said {
        eprintln!("{line}");
    }
    let rows = tried(mapping_file::read(&beside)?, file, SHOWN)?;
    let mut count = Count::default();
    rows.iter().for_each(|row| count.add(row));
    let mut out = std::io::stderr().lock();
    // Whoever does not look at it loses nothing by it.
    let _ = writeln!(out).and_then(|()| trial::table(&rows, &mut out));
    let _ = writeln!(out, "{}\n", count.said());
    drop(out);
    if guessing.yes || (is_terminal() && yes(&format!("Import {} so?", file.display()))) {
        return Ok(Some(beside));
    }
    let (name, beside) = (file.display(), beside.display());
    Err(Failure::Negative(format!(
        "nothing is imported yet: {beside} says what was guessed. Mend it, and then: desirepath \
         import {name} --mapping {beside} [D0746]"
    )))
}

/// A guess; what rows cannot decide is asked on a terminal, or answered by an option.
fn answered(file: &Path, config: &Config, said: &Guessing) -> Result<intake::Guess, Failure> {
    let mut hints = Hints {
        zone: zone(config)?,
        dates: match said.dates.as_deref() {
            Some("dmy") => Some(DayOrder::DayFirst),
            Some("mdy") => Some(DayOrder::MonthFirst),
            _ => None,
        },
        decimal: said.decimal,
        kind: said.kind.clone(),
    };
    loop {
        let question = match guess(file, &hints).map_err(opening)? {
            Ok(guess) => return Ok(guess),
            Err(question) => question,
        };
        let (text, option) = match &question {
            Question::Dates(column, value) => (
                format!("Is {value} in column {column} written with the day first?"),
                "--dates dmy or --dates mdy",
            ),
            Question::Decimal(column, sign, value) => (
                format!("Does {sign:?} in {value} of column {column} stand before a fraction?"),
                "--decimal . or --decimal ,",
            ),
            Question::Kind => {
                ("What happened in each row?".to_owned(), "--kind enquiry_received or another kind")
            }
        };
        if !is_terminal() || said.yes {
            let name = file.display();
            return Err(Failure::Data(format!(
                "{name} does not say it and nothing is guessed: {text} Say {option} [D0749]"
            )));
        }
        match question {
            Question::Dates(..) => {
                let order = if yes(&text) { DayOrder::DayFirst } else { DayOrder::MonthFirst };
                hints.dates = Some(order);
            }
            Question::Decimal(_, sign, _) => {
                let other = if sign == ',' { '.' } else { ',' };
                hints.decimal = Some(if yes(&text) { sign } else { other });
            }
            Question::Kind => hints.kind = Some(line(&format!("{text} (a kind) "))),
        }
    }
}

fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// The zone of the folder's map, of the map that is configured, or of the default one.
fn zone(config: &Config) -> Result<String, Failure> {
    let stored = config.log.data.join("journey.toml");
    let path = if stored.is_file() { Some(&stored) } else { config.map.file.as_ref() };
    let Some(path) = path else { return Ok(rules::default_map().zone.name().to_owned()) };
    let map = map_file::parse(&mapping_file::text(path)?, path)?;
    Ok(map.zone.name().to_owned())
}

fn yes(question: &str) -> bool {
    loop {
        match line(&format!("{question} [y/n] ")).to_lowercase().as_str() {
            "y" | "yes" | "j" | "ja" | "o" | "oui" => return true,
            // The end of the input is no consent.
            "n" | "no" | "nein" | "non" | "" => return false,
            _ => {}
        }
    }
}

fn line(question: &str) -> String {
    eprint!("{question}");
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) => line.trim().to_owned(),
        Err(_) => String::new(),
    }
}
