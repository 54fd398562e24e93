//! The answers, by a single-threaded program that shares nothing with what is measured.
//!
//! Two of them. *arrival* takes the touchpoints of a customer as they come, as systems do that do
//! not know event time. *event-time* takes each once in the order of event time; among equal times
//! the lower stage comes first, then what enters none, then the smaller content. That one is ours.

use super::touchpoint::{CHANNELS, KINDS, STAGES, Touchpoint, event_id, target};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

const HOUR: i64 = 3_600_000;
const COLD_AFTER: i64 = 7 * 24 * HOUR;
const IDS_KEPT: usize = 8;

/// The first line of an answer.
const CSV_HEAD: &str = "window_start,stage,channel,touches,entered,advanced,dropped,value_cents";

#[derive(Clone, Copy, Default)]
struct Journey {
    stage: u8,
    last: i64,
    /// Numbers and one more each, for 0 is nothing.
    ids: [u64; IDS_KEPT],
    next: u8,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    touches: i64,
    entered: i64,
    advanced: i64,
    dropped: i64,
    cents: i64,
}

/// Sums by first instant of the hour, stage and channel.
#[derive(Default)]
struct Totals {
    cells: BTreeMap<(i64, u8, u8), Cell>,
    transitions: u64,
    duplicates: u64,
}

impl Totals {
    fn cell(&mut self, time: i64, stage: u8, channel: u8) -> &mut Cell {
        self.cells.entry((time.div_euclid(HOUR) * HOUR, stage, channel)).or_default()
    }

    fn apply(&mut self, journey: &mut Journey, touchpoint: &Touchpoint) {
        let &Touchpoint { time, channel, kind, cents, .. } = touchpoint;
        if (1..=3).contains(&journey.stage) && time - journey.last > COLD_AFTER {
            self.cell(journey.last + COLD_AFTER, journey.stage, channel).dropped += 1;
            journey.stage = 0;
        }
        let to = target(kind);
        if to > journey.stage {
            self.cell(time, to, channel).entered += 1;
            if journey.stage > 0 {
                self.cell(time, journey.stage, channel).advanced += 1;
            }
            self.transitions += 1;
            journey.stage = to;
        }
        let cell = self.cell(time, journey.stage, channel);
        cell.touches += 1;
        cell.cents += cents.unwrap_or(0);
        journey.last = journey.last.max(time);
    }

    fn write(&self, order: &str, folder: &Path) -> std::io::Result<()> {
        let path = folder.join(format!("insights-{order}.csv"));
        let mut file = BufWriter::new(fs::File::create(path)?);
        writeln!(file, "{CSV_HEAD}")?;
        for ((start, stage, channel), cell) in &self.cells {
            let (stage, channel) = (STAGES[usize::from(*stage)], CHANNELS[usize::from(*channel)]);
            let Cell { touches, entered, advanced, dropped, cents } = cell;
            writeln!(
                file,
                "{start},{stage},{channel},{touches},{entered},{advanced},{dropped},{cents}"
            )?;
        }
        file.flush()?;
        let Totals { transitions, duplicates, .. } = self;
        let totals = format!("transitions,duplicates\n{transitions},{duplicates}\n");
        fs::write(folder.join(format!("totals-{order}.csv")), totals)?;
        let cells = self.cells.len();
        crate::say(&format!(
            "{order}: {cells} cells, {transitions} transitions, {duplicates} duplicates"
        ));
        Ok(())
    }
}

/// What is answered, while the touchpoints come in.
pub struct Answers {
    journeys: Vec<Journey>,
    arrival: Totals,
    all: Vec<Touchpoint>,
}

impl Answers {
    /// Before the first touchpoint of so many customers.
    pub fn new(customers: u64) -> Answers {
        let journeys = vec![Journey::default(); customers as usize];
        Answers { journeys, arrival: Totals::default(), all: Vec::new() }
    }

    /// Takes the next touchpoint.
    pub fn add(&mut self, touchpoint: &Touchpoint) {
        self.all.push(*touchpoint);
        let journey = &mut self.journeys[touchpoint.customer as usize];
        let id = touchpoint.id + 1;
        if journey.ids.contains(&id) {
            self.arrival.duplicates += 1;
            return;
        }
        journey.ids[usize::from(journey.next)] = id;
        journey.next = (journey.next + 1) % IDS_KEPT as u8;
        self.arrival.apply(journey, touchpoint);
    }

    /// Writes both answers; with `due` also when leads went cold.
    pub fn write(mut self, folder: &Path, due: bool) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        self.arrival.write("arrival", folder)?;
        self.all.sort_unstable_by_key(|touchpoint| {
            let Touchpoint { customer, time, kind, channel, cents, id, .. } = *touchpoint;
            // What enters no stage comes last.
            let rank = target(kind).wrapping_sub(1);
            let content = (KINDS[usize::from(kind)].0, CHANNELS[usize::from(channel)], cents);
            (customer, time, rank, content, event_id(id))
        });
        // Copies of a touchpoint are alike in everything, so they lie beside each other.
        let all = self.all.len();
        self.all.dedup_by_key(|touchpoint| (touchpoint.customer, touchpoint.id));
        let duplicates = (all - self.all.len()) as u64;
        let mut totals = Totals { duplicates, ..Totals::default() };
        for one in self.all.chunk_by(|a, b| a.customer == b.customer) {
            let mut journey = Journey::default();
            one.iter().for_each(|touchpoint| totals.apply(&mut journey, touchpoint));
        }
        totals.write("event-time", folder)?;
        if due {
            super::due::write(&self.all, folder)?;
        }
        Ok(())
    }
}
