//! `import`: files of touchpoints into the log, with a last line that adds up.
//!
//! A batch is durable before the note beside the log says so; whoever is cut off in between sends
//! at most one batch twice.

mod guessing;
mod note;

use super::print;
use crate::admission::{Admission, Sum, admission};
use crate::bar::Bar;
use crate::cli::{Guessing, Place};
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::mapping_file::{self, opening};
use crate::target::{Target, with_target};
use intake::{BadRow, Import};
use model::{Draft, Timestamp};
use note::Note;
use rules::Mapping;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Touchpoints that are appended at once: each time waits for the disk.
const BATCH: usize = 10_000;

/// Bytes of a header that a dead letter keeps.
const HEADER_MAX: usize = 8 * 1_024;

/// What to do with an import that was cut off.
const GO_ON: &str = "the same command goes on there";

/// How many bad rows are told on the terminal; all of them are in the dead letters.
const TOLD_MAX: u64 = 10;

/// What an import has read so far.
#[derive(Default)]
struct Tally {
    drafts: u64,
    bad: u64,
    /// Rows that an import before has taken.
    passed: u64,
    dropped: BTreeMap<String, u64>,
    sources: BTreeSet<String>,
    last: Option<Timestamp>,
    /// The source of the last time, where no row says one.
    of_last: String,
}

impl Tally {
    /// Whose clock is told.
    fn source(&self) -> &str {
        self.sources.first().map_or(&self.of_last, String::as_str)
    }
}

/// What an import is asked for besides its files.
pub struct Asked<'a> {
    pub mapping: Option<&'a Path>,
    pub source: Option<&'a str>,
    /// Whether what an import before has taken is read once more.
    pub from_start: bool,
    pub guessing: &'a Guessing,
}

/// An import that goes on.
struct Session<'a> {
    target: &'a Target,
    config: &'a Config,
    asked: &'a Asked<'a>,
    interrupt: Interrupt,
    tally: Tally,
}

/// Imports files.
pub fn import(
    place: &Place,
    config: &Config,
    files: &[PathBuf],
    asked: &Asked<'_>,
) -> Result<(), Failure> {
    let mapping = asked.mapping.map(mapping_file::read).transpose()?;
    // Every file is looked at before the first row of any is sent.
    let mut named = Vec::new();
    for file in files {
        let guessed = match mapping {
            Some(_) => None,
            None => guessing::mapping_of(file, config, asked.guessing)?,
        };
        let guessed = guessed.as_deref().map(mapping_file::read).transpose()?;
        named.push((file, guessed.or_else(|| mapping.clone())));
    }
    let (tally, ended, before, after) = with_target(place, config, |target| {
        let (interrupt, tally) = (Interrupt::watch()?, Tally::default());
        let mut session = Session { target, config, asked, interrupt, tally };
        // What an import that was cut off has sent is not of this one.
        session.catch_up()?;
        let before = admission(target)?;
        let mut ended = Ok(());
        for (file, mapping) in named {
            match session.import_file(file, mapping) {
                Ok(()) => {}
                Err(failure @ Failure::Interrupted(..)) => return Err(failure),
                Err(failure) => {
                    ended = Err(failure);
                    break;
                }
            }
        }
        // A file that was not read to its end says nothing of how far its source has sent.
        if let (Some(last), Ok(())) = (session.tally.last, &ended) {
            target.clock(asked.source.unwrap_or(session.tally.source()), last)?;
        }
        session.catch_up()?;
        Ok((session.tally, ended, before, admission(target)?))
    })?;
    // Also of a file that broke off, what was read is counted and told.
    if ended.is_ok() || tally.drafts + tally.bad > 0 {
        report(place, &tally, &before, &after)?;
    }
    ended
}

impl<'a> Session<'a> {
    /// Waits until everything is counted, or somebody does not want to wait.
    fn catch_up(&self) -> Result<(), Failure> {
        let is_over = || self.interrupt.signal().is_some();
        match (self.target.catch_up_unless(is_over)?, self.interrupt.signal()) {
            (false, Some(signal)) => Err(Failure::Interrupted(
                signal,
                "stopped while counting: what was read is in the log, and the next command counts \
                 it [D0761]"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }

    fn import_file(&mut self, file: &Path, mapping: Option<Mapping>) -> Result<(), Failure> {
        let own_source = self.asked.source.map(str::to_owned);
        let own_source = own_source
            .or_else(|| mapping.as_ref().and_then(|m| m.constant_source().map(str::to_owned)));
        let (mut rows, note, bar) = self.open(file, mapping)?;
        // A header that is longer than any sensible one is not kept with every bad row.
        let header = rows.header().filter(|header| header.len() <= HEADER_MAX).map(<[u8]>::to_vec);
        let from = Origin { file, source: own_source.as_deref(), header: header.as_deref() };
        let latest = Timestamp::from_millis(clock::now().millis());
        let (has_note, noted) = (note.is_some(), rows.progress().rows);
        let mut batch = Batch { drafts: Vec::new(), bad: Vec::new(), has_note, noted };
        let mut ended = Ok(());
        let mut stopped = None;
        loop {
            if rows.is_between_rows() {
                stopped = self.interrupt.signal();
                if stopped.is_some() {
                    break;
                }
                if batch.len() >= BATCH {
                    self.send(&from, &mut batch, note.as_ref(), &rows, &bar)?;
                    bar.show(&rows.progress());
                }
            }
            let Some(row) = rows.next() else { break };
            match row {
                Err(error) => ended = Err(opening(error)),
                Ok(Ok(draft)) => {
                    self.tally.take(&draft, latest);
                    batch.drafts.push(draft);
                }
                Ok(Err(row)) => {
                    self.tally.bad += 1;
                    let of_file = own_source.as_deref().unwrap_or_default();
                    self.tally.sources.insert(row.source(of_file).to_owned());
                    if self.tally.bad <= TOLD_MAX {
                        bar.tell(&format!("{}: {row}", file.display()));
                    }
                    batch.bad.push(row);
                }
            }
        }
        self.send(&from, &mut batch, note.as_ref(), &rows, &bar)?;
        if let Some(signal) = stopped {
            bar.clear();
            let (count, file) = (rows.progress().rows, file.display());
            return Err(Failure::Interrupted(
                signal,
                format!("stopped after row {count} of {file}: {GO_ON} [D0761]"),
            ));
        }
        bar.finish(&rows.progress());
        for (reason, count) in rows.dropped() {
            *self.tally.dropped.entry(reason.clone()).or_default() += count;
        }
        ended
    }

    /// Opens a file, behind what an import before has taken of it.
    fn open(
        &mut self,
        file: &Path,
        mapping: Option<Mapping>,
    ) -> Result<(Import, Option<Note<'a>>, Bar), Failure> {
        let source = self.asked.source;
        let open = |mapping| Import::open(file, mapping, source).map_err(opening);
        let mut rows = open(mapping.clone())?;
        let bar = Bar::new(file, rows.progress().bytes_total);
        let note = Note::of(self.target, self.config, &mut rows, mapping.as_ref(), source);
        let note = note.map_err(opening)?;
        let noted = note.as_ref().filter(|_| !self.asked.from_start).and_then(Note::read);
        let Some(noted) = noted else { return Ok((rows, note, bar)) };
        let gone_on = rows.go_on(&noted.place, &mut |progress| bar.show(progress));
        let Some(rows) = gone_on.map_err(opening)? else {
            return Ok((open(mapping)?, note, bar));
        };
        bar.go_on(&rows.progress());
        let (before, name) = (noted.place.rows, file.display());
        bar.tell(&format!("{name}: goes on at row {}, those before it were taken", before + 1));
        self.tally.passed += before;
        self.tally.last = self.tally.last.max(noted.last.map(Timestamp::from_millis));
        self.tally.of_last = noted.source;
        Ok((rows, note, bar))
    }

    /// Sends what was read, and notes it only then.
    fn send(
        &self,
        from: &Origin<'_>,
        batch: &mut Batch,
        note: Option<&Note<'_>>,
        rows: &Import,
        bar: &Bar,
    ) -> Result<(), Failure> {
        let file = from.file.display();
        if batch.len() == 0 {
            return Ok(());
        }
        from.send(self.target, &mut batch.drafts, &mut batch.bad).inspect_err(|_| {
            bar.tell(&format!("{file}: rows up to {} are taken: {GO_ON}", batch.noted));
        })?;
        let (Some(note), true, Some(place)) = (note, batch.has_note, rows.place()) else {
            return Ok(());
        };
        let taken = place.rows;
        match note.write(place, self.tally.last, self.tally.source()) {
            Ok(()) => batch.noted = taken,
            Err(why) => {
                batch.has_note = false;
                let then = "another import of it begins at its first row, and counts nothing twice";
                bar.tell(&format!("{file}: how far it is could not be noted ({why}): {then}"));
            }
        }
        Ok(())
    }
}

impl Tally {
    fn take(&mut self, draft: &Draft, latest: Timestamp) {
        self.drafts += 1;
        if !self.sources.contains(&draft.source) {
            self.sources.insert(draft.source.clone());
        }
        // What lies in the future will be a dead letter, and must not move the clock.
        if draft.time <= latest {
            self.last = self.last.max(Some(draft.time));
        }
    }
}

/// What has been read and not been sent.
struct Batch {
    drafts: Vec<Draft>,
    bad: Vec<BadRow>,
    /// Whether notes can be written.
    has_note: bool,
    /// Rows up to the place that is noted.
    noted: u64,
}

impl Batch {
    fn len(&self) -> usize {
        self.drafts.len() + self.bad.len()
    }
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
                "passed": tally.passed, "adds_up": adds_up,
            });
            return writeln!(out, "{answer}");
        }
        if tally.passed > 0 {
            let passed = tally.passed;
            writeln!(out, "passed over: {passed} rows, which an import before has taken")?;
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
