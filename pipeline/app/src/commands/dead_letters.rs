//! `dead-letters`: what could not be read, and once more after the mapping was mended.

mod kept;

use super::print;
use crate::admission::{Sum, admission};
use crate::cli::{DeadLettersCommand, Place};
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::mapping_file::{self, opening};
use crate::sources::{self, Outage, Registry};
use crate::target::{Target, with_existing};
use codec::{Limits, draft_from_bytes};
use intake::{Became, ForeignRecord, Replay, Topic};
use kept::{Kept, letters};
use model::{Draft, Timestamp};
use rules::Mapping;
use serde_json::json;
use serve::Raw;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::Path;

/// Touchpoints that are appended at once.
const BATCH: usize = 1_000;
/// How many letters that stay are told on the terminal.
const TOLD_MAX: usize = 10;

/// Lists or replays.
pub fn dead_letters(
    place: &Place,
    config: &Config,
    command: DeadLettersCommand,
) -> Result<(), Failure> {
    match command {
        DeadLettersCommand::List { file, limit } => list(place, config, file.as_deref(), limit),
        DeadLettersCommand::Replay { mapping, file, dry_run } => {
            replay(place, config, mapping.as_deref(), file.as_deref(), dry_run)
        }
    }
}

fn is_of(letter: &Kept, file: Option<&str>) -> bool {
    file.is_none_or(|file| file == letter.from)
}

fn list(place: &Place, config: &Config, file: Option<&str>, limit: usize) -> Result<(), Failure> {
    let topic = config.topics().dead_letters;
    let mut rows = Vec::new();
    with_existing(place, config, |target| {
        letters(target, &topic, &mut |letter| {
            if is_of(&letter, file) {
                rows.push(letter);
            }
            Ok(rows.len() < limit)
        })
    })?;
    print(|out| {
        for letter in &rows {
            if place.json {
                writeln!(out, "{}", letter.to_json())?;
                continue;
            }
            let Kept { from, row, class, error, time, .. } = letter;
            writeln!(out, "{time}  {from} {row}  {class}  {error}")?;
        }
        match rows.len() {
            _ if place.json => Ok(()),
            0 => writeln!(out, "no dead letters"),
            count if count == limit => writeln!(out, "{count} letters, perhaps more: --limit"),
            count => writeln!(out, "{count} letters"),
        }
    })
}

/// What a replay has read so far.
#[derive(Default)]
struct Replayed {
    /// Topics of other systems, each with its mapping as it is now.
    topics: BTreeMap<String, Topic>,
    /// Where the schemas of some of them are.
    registry: Option<Registry>,
    /// Rows of files, each with what it belongs to.
    groups: BTreeMap<(String, String, Option<Vec<u8>>), Replay>,
    /// Hashes of the rows that have come: a file that was imported twice has each letter twice.
    known: BTreeSet<u64>,
    ready: Vec<Draft>,
    records: Vec<Raw>,
    sources: BTreeSet<String>,
    last: Option<Timestamp>,
    read: u64,
    dropped: u64,
    again: u64,
    left: u64,
    told: Vec<String>,
}

fn replay(
    place: &Place,
    config: &Config,
    mapping: Option<&Path>,
    file: Option<&str>,
    is_dry: bool,
) -> Result<(), Failure> {
    let mapping = mapping.map(mapping_file::read).transpose()?;
    let topics = config.topics();
    let (replayed, sum) = with_existing(place, config, |target| {
        let before = admission(target)?;
        let mut replayed = Replayed {
            topics: sources::topics(config)?,
            registry: Registry::of(config)?,
            ..Default::default()
        };
        letters(target, &topics.dead_letters, &mut |letter| {
            if is_of(&letter, file) {
                replayed.add(&letter, mapping.as_ref(), &topics.touchpoints)?;
            }
            if replayed.ready.len() + replayed.records.len() >= BATCH {
                replayed.send(target, &topics.touchpoints, is_dry)?;
            }
            Ok(true)
        })?;
        replayed.send(target, &topics.touchpoints, is_dry)?;
        let source = replayed.sources.first().cloned().unwrap_or_default();
        if let (Some(last), false) = (replayed.last, is_dry) {
            target.clock(&source, last)?;
        }
        target.catch_up()?;
        let sum = Sum::of(&before, &admission(target)?, &replayed.sources);
        Ok((replayed, sum))
    })?;
    let Replayed { read, dropped, again, left, told, .. } = replayed;
    print(|out| {
        if place.json {
            let answer = json!({
                "read": read, "dropped": dropped, "left": left, "twice": again,
                "dry_run": is_dry, "counted": sum.counted, "duplicates": sum.duplicates,
                "late": sum.late, "dead_letters": sum.dead,
            });
            return writeln!(out, "{answer}");
        }
        told.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        let rest = format!("{left} letters stay, {dropped} are dropped by the mapping");
        match is_dry {
            true => writeln!(out, "{read} touchpoints would be read; {rest}"),
            false => writeln!(out, "read {read} = {}; {rest}", sum.said()),
        }
    })
}

impl Replayed {
    fn add(
        &mut self,
        letter: &Kept,
        mapping: Option<&Mapping>,
        touchpoints: &str,
    ) -> Result<(), Failure> {
        let Kept { source, from, alike, bytes, header, .. } = letter;
        if from == touchpoints {
            self.record(letter);
            return Ok(());
        }
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        if !self.known.insert(hasher.hash_one((source, from, alike, bytes))) {
            self.again += 1;
            return Ok(());
        }
        if let Some(mut topic) = self.topics.remove(from) {
            let outcome = self.foreign(&mut topic, letter);
            self.topics.insert(from.clone(), topic);
            return outcome;
        }
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        if letter.class == "oversize" || (mapping.is_none() && !is_object) {
            self.leave(
                letter,
                "its row is a table's or was cut: say --mapping, or import the file",
            );
            return Ok(());
        }
        let group = (source.clone(), from.clone(), header.clone());
        let group = match self.groups.entry(group) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => {
                let made = Replay::new(from, mapping.cloned(), source, header.as_deref());
                free.insert(made.map_err(opening)?)
            }
        };
        match group.row(letter.row, bytes) {
            Ok(drafts) if drafts.is_empty() => self.dropped += 1,
            Ok(drafts) => self.made(drafts),
            Err((_, error)) => self.leave(letter, &error.to_string()),
        }
        Ok(())
    }

    /// A record of another system's topic, read by its mapping as it was read there.
    fn foreign(&mut self, topic: &mut Topic, letter: &Kept) -> Result<(), Failure> {
        if letter.class == "oversize" || letter.bytes.len() >= Limits::default().record_bytes {
            self.leave(letter, "it was too long to be kept whole");
            return Ok(());
        }
        let record = ForeignRecord {
            topic: &letter.from,
            partition: letter.alike,
            offset: letter.row,
            append_time: Timestamp::parse_rfc3339(&letter.time).unwrap_or(Timestamp::NEVER),
            key: letter.header.as_deref().unwrap_or_default(),
            value: Some(&letter.bytes),
            // Letters have none: an event whose attributes stood there is not read again.
            headers: &[],
        };
        loop {
            match topic.read(&record) {
                Became::Touchpoints(drafts) => self.made(drafts),
                Became::Dropped | Became::Silent => self.dropped += 1,
                Became::Dead(_, error) => self.leave(letter, &error.to_string()),
                Became::Wanting(id) => {
                    let (Some(registry), Some(schemas)) = (&self.registry, topic.schemas()) else {
                        self.leave(letter, "its schema is in a registry, and none is configured");
                        return Ok(());
                    };
                    let learned = registry.schema(id);
                    let unavailable = |outage: Outage| Failure::Unavailable(outage.to_string());
                    if schemas.learn(id, &learned.map_err(unavailable)?) {
                        continue;
                    }
                    self.leave(letter, "its schema's number was given to another schema meanwhile");
                }
            }
            return Ok(());
        }
    }

    /// A record that lay in the topic of touchpoints, as its producer sent it.
    fn record(&mut self, letter: &Kept) {
        let time = match draft_from_bytes(&letter.bytes, &Limits::default()) {
            Ok(draft) => Some((draft.source, draft.time)),
            Err(_) => letter.touchpoint(),
        };
        match time {
            Some((source, time)) if time <= clock::now() => {
                self.take(&source, time);
                let key = letter.header.clone().unwrap_or_default();
                let value = Some(letter.bytes.clone());
                self.records.push(Raw { key, value, partition: None });
            }
            Some(_) => self.leave(letter, "its time still lies in the future"),
            None => self.leave(letter, &letter.error.clone()),
        }
    }

    fn made(&mut self, drafts: Vec<Draft>) {
        for draft in drafts {
            self.take(&draft.source.clone(), draft.time);
            self.ready.push(draft);
        }
    }

    fn take(&mut self, source: &str, time: Timestamp) {
        self.read += 1;
        self.sources.insert(source.to_owned());
        if time <= clock::now() {
            self.last = self.last.max(Some(time));
        }
    }

    fn leave(&mut self, letter: &Kept, why: &str) {
        self.left += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(format!("{} {}: {why}", letter.from, letter.row));
        }
    }

    fn send(&mut self, target: &Target, topic: &str, is_dry: bool) -> Result<(), Failure> {
        let (drafts, records) =
            (std::mem::take(&mut self.ready), std::mem::take(&mut self.records));
        if is_dry {
            return Ok(());
        }
        if !drafts.is_empty() {
            target.append(drafts)?;
        }
        match records.is_empty() {
            true => Ok(()),
            false => target.write(topic, records),
        }
    }
}
