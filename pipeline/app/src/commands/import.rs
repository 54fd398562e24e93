//! `import`: files of touchpoints into the log, with a last line that adds up.

use super::print;
use crate::bar::Bar;
use crate::cli::Place;
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::{Target, with_target};
use intake::{BadRow, Import, ImportError};
use model::{Draft, Timestamp};
use rules::Mapping;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Touchpoints that are appended at once.
const BATCH: usize = 1_000;

/// How many bad rows are told on the terminal; all of them are in the dead letters.
const TOLD_MAX: u64 = 10;

/// What an import has read so far.
#[derive(Default)]
struct Tally {
    drafts: u64,
    bad: u64,
    dropped: BTreeMap<String, u64>,
    sources: BTreeSet<String>,
    last: Option<Timestamp>,
}

/// Imports files.
pub fn import(
    place: &Place,
    config: &Config,
    files: &[PathBuf],
    mapping: Option<&Path>,
    source: Option<&str>,
) -> Result<(), Failure> {
    let mapping = mapping.map(read_mapping).transpose()?;
    let (tally, ended, before, after) = with_target(place, config, |target| {
        let before = admission(target)?;
        let mut tally = Tally::default();
        let mut files = files.iter();
        let ended =
            files.try_for_each(|f| import_file(target, f, mapping.clone(), source, &mut tally));
        let name = source.map(str::to_owned).or_else(|| tally.sources.first().cloned());
        // A file that was not read to its end says nothing of how far its source has sent.
        if let (Some(last), Ok(())) = (tally.last, &ended) {
            target.clock(&name.unwrap_or_default(), last)?;
        }
        target.catch_up()?;
        Ok((tally, ended, before, admission(target)?))
    })?;
    // Also of a file that broke off, what was read is counted and told.
    if ended.is_ok() || tally.drafts + tally.bad > 0 {
        report(place, &tally, &before, &after)?;
    }
    ended
}

fn read_mapping(path: &Path) -> Result<Mapping, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Input(format!("could not read {name}: {error} [D0701]")))?;
    rules::parse_mapping(&text, &name)
        .map_err(|error| Failure::Configuration(format!("{:?}", miette::Report::new(error))))
}

fn import_file(
    target: &Target,
    file: &Path,
    mapping: Option<Mapping>,
    source: Option<&str>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let own_source = source.map(str::to_owned);
    let own_source = own_source
        .or_else(|| mapping.as_ref().and_then(|m| m.constant_source().map(str::to_owned)));
    let mut rows = Import::open(file, mapping, source).map_err(opening)?;
    let bar = Bar::new(file, rows.progress().bytes_total);
    let latest = Timestamp::from_millis(clock::now().millis());
    let (mut drafts, mut bad) = (Vec::new(), Vec::new());
    let mut ended = Ok(());
    while let Some(row) = rows.next() {
        match row {
            Err(error) => ended = Err(opening(error)),
            Ok(Ok(draft)) => {
                tally.drafts += 1;
                tally.sources.insert(draft.source.clone());
                // What lies in the future will be a dead letter, and must not move the clock.
                if draft.time <= latest {
                    tally.last = tally.last.max(Some(draft.time));
                }
                drafts.push(draft);
            }
            Ok(Err(row)) => {
                tally.bad += 1;
                let of_file = own_source.as_deref().unwrap_or_default();
                tally.sources.insert(row.source(of_file).to_owned());
                if tally.bad <= TOLD_MAX {
                    bar.tell(&format!("{}: {row}", file.display()));
                }
                bad.push(row);
            }
        }
        if drafts.len() + bad.len() >= BATCH {
            send(target, file, own_source.as_deref(), &mut drafts, &mut bad)?;
            bar.show(&rows.progress());
        }
    }
    send(target, file, own_source.as_deref(), &mut drafts, &mut bad)?;
    bar.finish(&rows.progress());
    for (reason, count) in rows.dropped() {
        *tally.dropped.entry(reason.clone()).or_default() += count;
    }
    ended
}

fn opening(error: ImportError) -> Failure {
    match error {
        ImportError::Mapping(error) => {
            Failure::Configuration(format!("{:?}", miette::Report::new(error)))
        }
        error if error.is_missing() => Failure::Input(error.to_string()),
        error => Failure::Data(error.to_string()),
    }
}

/// Touchpoints to the log, bad rows to the dead letters with their reasons.
fn send(
    target: &Target,
    file: &Path,
    source: Option<&str>,
    drafts: &mut Vec<Draft>,
    bad: &mut Vec<BadRow>,
) -> Result<(), Failure> {
    if !drafts.is_empty() {
        target.append(std::mem::take(drafts))?;
    }
    if !bad.is_empty() {
        let name = file.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned());
        target.refuse(&name, source.unwrap_or_default(), &std::mem::take(bad))?;
    }
    Ok(())
}

/// Admission by source and result.
fn admission(target: &Target) -> Result<BTreeMap<(String, String), i64>, Failure> {
    let rows = target.insights(Some("admission"), None)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = rows.as_array().into_iter().flatten().map(|row| {
        let dims = &row["dims"];
        ((text(&dims["source"]), text(&dims["result"])), row["count"].as_i64().unwrap_or(0))
    });
    Ok(rows.collect())
}

fn report(
    place: &Place,
    tally: &Tally,
    before: &BTreeMap<(String, String), i64>,
    after: &BTreeMap<(String, String), i64>,
) -> Result<(), Failure> {
    let grown = |result: &str| -> i64 {
        let rows = after.iter().filter(|((source, fate), _)| {
            // Sources beyond the limit count as other.
            fate == result && (tally.sources.contains(source) || source == "other")
        });
        rows.map(|(key, count)| count - before.get(key).copied().unwrap_or(0)).sum()
    };
    let read = (tally.drafts + tally.bad) as i64;
    let (counted, duplicates) = (grown("counted"), grown("duplicate"));
    let (late, dead) = (grown("late"), grown("dead"));
    let adds_up = read == counted + duplicates + late + dead;
    print(|out| {
        if place.json {
            let answer = json!({
                "read": read, "counted": counted, "duplicates": duplicates, "late": late,
                "dead_letters": dead, "dropped": tally.dropped, "adds_up": adds_up,
            });
            return writeln!(out, "{answer}");
        }
        for (reason, count) in &tally.dropped {
            writeln!(out, "dropped by the mapping: {count} ({reason})")?;
        }
        if !adds_up {
            writeln!(out, "others wrote touchpoints of the same source meanwhile:")?;
        }
        writeln!(
            out,
            "read {read} = counted {counted} + duplicates {duplicates} + late {late} + dead \
             letters {dead}"
        )
    })
}
