//! `import`: files of touchpoints into the log, with a last line that adds up.

mod guessing;

use super::print;
use crate::admission::{Admission, Sum, admission};
use crate::bar::Bar;
use crate::cli::{Guessing, Place};
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::mapping_file::{self, opening};
use crate::target::{Target, with_target};
use intake::{BadRow, Import};
use model::{Draft, Timestamp};
use rules::Mapping;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Touchpoints that are appended at once: each time waits for the disk.
const BATCH: usize = 10_000;

/// Bytes of a header that a dead letter keeps.
const HEADER_MAX: usize = 8 * 1_024;

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
    guessing: &Guessing,
) -> Result<(), Failure> {
    let mapping = mapping.map(mapping_file::read).transpose()?;
    // Every file is looked at before the first row of any is sent.
    let mut named = Vec::new();
    for file in files {
        let guessed = match mapping {
            Some(_) => None,
            None => guessing::mapping_of(file, config, guessing)?,
        };
        let guessed = guessed.as_deref().map(mapping_file::read).transpose()?;
        named.push((file, guessed.or_else(|| mapping.clone())));
    }
    let (tally, ended, before, after) = with_target(place, config, |target| {
        let before = admission(target)?;
        let mut tally = Tally::default();
        let mut files = named.into_iter();
        let ended = files
            .try_for_each(|(file, mapping)| import_file(target, file, mapping, source, &mut tally));
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
    // A header that is longer than any sensible one is not kept with every bad row.
    let header = rows.header().filter(|header| header.len() <= HEADER_MAX).map(<[u8]>::to_vec);
    let from = Origin { file, source: own_source.as_deref(), header: header.as_deref() };
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
            from.send(target, &mut drafts, &mut bad)?;
            bar.show(&rows.progress());
        }
    }
    from.send(target, &mut drafts, &mut bad)?;
    bar.finish(&rows.progress());
    for (reason, count) in rows.dropped() {
        *tally.dropped.entry(reason.clone()).or_default() += count;
    }
    ended
}

/// Where rows come from.
struct Origin<'a> {
    file: &'a Path,
    source: Option<&'a str>,
    header: Option<&'a [u8]>,
}

impl Origin<'_> {
    /// Touchpoints to the log, bad rows to the dead letters with their reasons.
    fn send(
        &self,
        target: &Target,
        drafts: &mut Vec<Draft>,
        bad: &mut Vec<BadRow>,
    ) -> Result<(), Failure> {
        if !drafts.is_empty() {
            target.append(std::mem::take(drafts))?;
        }
        if !bad.is_empty() {
            let name = self.file.file_name();
            let name = name.map_or(String::new(), |name| name.to_string_lossy().into_owned());
            let source = self.source.unwrap_or_default();
            target.refuse(&name, source, self.header, &std::mem::take(bad))?;
        }
        Ok(())
    }
}

fn report(
    place: &Place,
    tally: &Tally,
    before: &Admission,
    after: &Admission,
) -> Result<(), Failure> {
    let sum = Sum::of(before, after, &tally.sources);
    let read = (tally.drafts + tally.bad) as i64;
    let adds_up = read == sum.total();
    print(|out| {
        if place.json {
            let answer = json!({
                "read": read, "counted": sum.counted, "duplicates": sum.duplicates,
                "late": sum.late, "dead_letters": sum.dead, "dropped": tally.dropped,
                "adds_up": adds_up,
            });
            return writeln!(out, "{answer}");
        }
        for (reason, count) in &tally.dropped {
            writeln!(out, "dropped by the mapping: {count} ({reason})")?;
        }
        if !adds_up {
            writeln!(out, "others wrote touchpoints of the same source meanwhile:")?;
        }
        writeln!(out, "read {read} = {}", sum.said())
    })
}
