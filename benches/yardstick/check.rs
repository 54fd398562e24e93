//! What a system has answered, held against what it should have.

use crate::broker;
use crate::load::touchpoint::{CHANNELS, STAGES};
use apache_avro::types::Value;
use codec::frame;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// First instant of the hour, stage and channel, as indices.
type Cell = (i64, u8, u8);
/// Touches, entered, advanced, dropped, cents.
type Sums = [i64; 5];

/// The column of what was dropped.
const DROPPED: usize = 3;

/// Cells that differ which are shown.
const SHOWN: usize = 10;

/// Whose answer it is.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A control's or a peer's: each customer's records as they come, sums in binary.
    Arrival,
    /// Ours: in the order of event time, counters in Avro.
    Ours,
}

/// What is checked.
#[derive(clap::Args, Clone, Debug)]
pub struct Flags {
    /// Brokers to ask first.
    #[arg(long)]
    pub brokers: String,
    /// The folder of the answers.
    #[arg(long)]
    pub expected: PathBuf,
    /// Whose answer it is.
    #[arg(long)]
    pub whose: Whose,
    /// The beginning of the names of its topics `insights` and `transitions`.
    #[arg(long, default_value = "")]
    pub prefix: String,
}

/// What came of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Cells that should be there.
    pub cells: usize,
    /// What differs, one a line.
    pub differences: Vec<String>,
}

impl Outcome {
    /// `PASS` or `FAIL`, and why.
    pub fn text(&self) -> String {
        let Outcome { cells, differences } = self;
        match differences.len() {
            0 => format!("PASS: {cells} cells"),
            count => {
                let shown: Vec<&str> = differences.iter().take(SHOWN).map(String::as_str).collect();
                format!("FAIL: {count} of {cells} cells differ\n  {}", shown.join("\n  "))
            }
        }
    }
}

/// Checks an answer.
pub fn check(flags: &Flags) -> Outcome {
    let insights = format!("{}insights", flags.prefix);
    match flags.whose {
        Whose::Arrival => {
            let want = cells(&flags.expected, "insights-arrival.csv");
            let mut outcome = compare(&want, &of_binary(&flags.brokers, &insights));
            let mut count = 0_u64;
            let transitions = format!("{}transitions", flags.prefix);
            broker::read(&flags.brokers, &transitions, &mut |_, _| count += 1);
            let (wanted, _) = totals(&flags.expected, "totals-arrival.csv");
            if count != wanted {
                outcome.differences.push(format!("{count} transitions, {wanted} expected"));
            }
            outcome
        }
        Whose::Ours => {
            let mut want = cells(&flags.expected, "insights-event-time.csv");
            due(&flags.expected, &mut want);
            compare(&want, &of_counters(&last_of(&flags.brokers, &insights)))
        }
    }
}

/// The sum of what was touched, entered and advanced when everything is counted, for ours.
pub fn goal(expected: &Path) -> i64 {
    cells(expected, "insights-event-time.csv").values().map(progress).sum()
}

/// The same of counters as they stand: the last value of every key.
pub fn reached(values: &BTreeMap<Vec<u8>, Vec<u8>>) -> i64 {
    of_counters(values).values().map(progress).sum()
}

fn progress(sums: &Sums) -> i64 {
    sums[..DROPPED].iter().sum()
}

fn compare(want: &BTreeMap<Cell, Sums>, got: &BTreeMap<Cell, Sums>) -> Outcome {
    let mut differences = Vec::new();
    let is_known = |cell: &&Cell| want.contains_key(*cell);
    for cell in want.keys().chain(got.keys().filter(|cell| !is_known(cell))) {
        let (want, got) = (want.get(cell), got.get(cell));
        // A cell of zeros says what no cell says.
        if want.copied().unwrap_or_default() != got.copied().unwrap_or_default() {
            let (start, stage, channel) = *cell;
            let (stage, channel) = (STAGES[usize::from(stage)], CHANNELS[usize::from(channel)]);
            differences.push(format!("{start} {stage} {channel}: {got:?}, {want:?} expected"));
        }
    }
    Outcome { cells: want.len(), differences }
}

/// The lines of an answer, its head left out, split at their commas.
fn rows(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("no answer {}: {error}", path.display()));
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn cell_of(row: &[String]) -> Cell {
    let stage = index(&STAGES, &row[1]).expect("a stage of the load");
    let channel = index(&CHANNELS, &row[2]).expect("a channel of the load");
    (row[0].parse().expect("an instant"), stage, channel)
}

fn cells(folder: &Path, name: &str) -> BTreeMap<Cell, Sums> {
    let sums = |row: &[String]| {
        let mut sums = Sums::default();
        for (sum, text) in sums.iter_mut().zip(&row[3..]) {
            *sum = text.parse().expect("a number");
        }
        sums
    };
    rows(folder, name).iter().map(|row| (cell_of(row), sums(row))).collect()
}

/// Puts what was dropped by when it was due in the place of what was dropped by who came back.
fn due(folder: &Path, cells: &mut BTreeMap<Cell, Sums>) {
    cells.values_mut().for_each(|sums| sums[DROPPED] = 0);
    for row in rows(folder, "dropped-due.csv") {
        let sums = cells.entry(cell_of(&row)).or_default();
        sums[DROPPED] = row[3].parse().expect("a number");
    }
}

/// Transitions and duplicates.
pub fn totals(folder: &Path, name: &str) -> (u64, u64) {
    let rows = rows(folder, name);
    let number = |at: usize| rows[0][at].parse().expect("a number");
    (number(0), number(1))
}

/// The last value of every key of a topic.
pub fn last_of(brokers: &str, topic: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut last = BTreeMap::new();
    broker::read(brokers, topic, &mut |key, value| {
        match value {
            Some(value) => _ = last.insert(key.to_vec(), value.to_vec()),
            None => _ = last.remove(key),
        };
    });
    last
}

/// Sums in binary, each key's last: it must be of the greatest revision.
fn of_binary(brokers: &str, topic: &str) -> BTreeMap<Cell, Sums> {
    let long = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().expect("eight bytes"));
    let mut found: BTreeMap<Cell, (Sums, i64)> = BTreeMap::new();
    broker::read(brokers, topic, &mut |key, value| {
        let value = value.expect("a sum");
        assert_eq!((key.len(), value.len()), (10, 48), "no sum of the yardstick");
        let cell = (long(&key[..8]), key[8], key[9]);
        let numbers: Vec<i64> = value.chunks_exact(8).map(long).collect();
        let (sums, revision) = numbers.split_at(5);
        let sums = sums.try_into().expect("five sums");
        let before = found.insert(cell, (sums, revision[0]));
        assert!(before.is_none_or(|before| before.1 <= revision[0]), "{cell:?} goes back");
    });
    found.into_iter().map(|(cell, (sums, _))| (cell, sums)).collect()
}

/// Counters of *activity* and *move*, by the hour, as the yardstick's cells.
fn of_counters(values: &BTreeMap<Vec<u8>, Vec<u8>>) -> BTreeMap<Cell, Sums> {
    let schema = codec::schemas::of(frame::ids::INSIGHT).expect("invariant: built in").json;
    let schema = apache_avro::Schema::parse_str(schema).expect("our own schema");
    let datum = apache_avro::reader::datum::GenericDatumReader::builder(&schema);
    let datum = datum.build().expect("a reader");
    let mut cells = BTreeMap::new();
    for value in values.values() {
        let (_, mut bytes) = frame::split(value).expect("a frame");
        let read = datum.read_value(&mut bytes).expect("a counter");
        add(&Counter::of(read), &mut cells);
    }
    cells
}

/// What is read of a counter.
struct Counter {
    family: String,
    start: Option<i64>,
    dims: BTreeMap<String, String>,
    count: i64,
    cents: i64,
}

impl Counter {
    fn of(value: Value) -> Counter {
        let json = serde_json::Value::try_from(value).expect("json");
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let dims = json["dims"].as_object().into_iter().flatten();
        let start = &json["window"]["start"];
        Counter {
            family: text(&json["family"]),
            start: start.as_i64().filter(|_| json["window"]["size"] == "1h"),
            dims: dims.map(|(name, value)| (name.clone(), text(value))).collect(),
            count: json["count"].as_i64().expect("a count"),
            cents: json["amounts"]["EUR"].as_i64().unwrap_or(0),
        }
    }

    fn dim(&self, name: &str) -> &str {
        self.dims.get(name).map_or("", String::as_str)
    }
}

/// Adds a counter to the cells that it is part of.
fn add(counter: &Counter, cells: &mut BTreeMap<Cell, Sums>) {
    let Some(start) = counter.start else { return };
    let channel = index(&CHANNELS, counter.dim("channel")).expect("a channel of the load");
    let mut add = |stage: &str, column: usize, amount: i64| {
        // Cold is no stage.
        if let Some(stage) = index(&STAGES, stage) {
            cells.entry((start, stage, channel)).or_default()[column] += amount;
        }
    };
    let count = counter.count;
    match counter.family.as_str() {
        "activity" => {
            add(counter.dim("stage"), 0, count);
            add(counter.dim("stage"), 4, counter.cents);
        }
        "move" => {
            let (from, to) = (counter.dim("from"), counter.dim("to"));
            match to {
                "cold" => add(from, DROPPED, count),
                to => {
                    add(to, 1, count);
                    if from != STAGES[0] {
                        add(from, 2, count);
                    }
                }
            }
        }
        _ => {}
    }
}

fn index(names: &[&str], name: &str) -> Option<u8> {
    names.iter().position(|known| *known == name).map(|at| at as u8)
}

#[cfg(test)]
mod tests {
    use super::{Cell, Counter, Sums, add, compare};
    use std::collections::BTreeMap;

    fn counter(family: &str, dims: &[(&str, &str)], count: i64) -> Counter {
        let dims = [&[("channel", "chat")], dims].concat();
        Counter {
            family: family.to_owned(),
            start: Some(7),
            dims: dims.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            count,
            cents: 10 * count,
        }
    }

    #[test]
    fn counters_of_ours_are_sums_of_the_yardstick() {
        // awareness, consideration: touches, entered, advanced, dropped, cents.
        let rows: [(&str, &[(&str, &str)], Sums, Sums); 5] = [
            (
                "activity",
                &[("stage", "awareness"), ("kind", "ad_clicked")],
                [2, 0, 0, 0, 20],
                [0; 5],
            ),
            ("move", &[("from", "none"), ("to", "awareness")], [0, 2, 0, 0, 0], [0; 5]),
            (
                "move",
                &[("from", "awareness"), ("to", "consideration")],
                [0, 0, 2, 0, 0],
                [0, 2, 0, 0, 0],
            ),
            ("move", &[("from", "consideration"), ("to", "cold")], [0; 5], [0, 0, 0, 2, 0]),
            ("admission", &[("result", "counted")], [0; 5], [0; 5]),
        ];
        for (family, dims, first, second) in rows {
            let mut cells = BTreeMap::new();
            add(&counter(family, dims, 2), &mut cells);
            let of = |stage: u8| cells.get(&(7, stage, 1)).copied().unwrap_or_default();
            assert_eq!((of(1), of(2)), (first, second), "{family} {dims:?}");
        }
    }

    #[test]
    fn an_answer_differs_by_what_is_wrong_missing_or_too_much() {
        let cell = |touches: i64| [touches, 0, 0, 0, 0];
        let want: BTreeMap<Cell, Sums> = [((7, 1, 1), cell(2)), ((8, 1, 1), cell(3))].into();
        let rows: [(&[(Cell, Sums)], usize); 5] = [
            (&[((7, 1, 1), cell(2)), ((8, 1, 1), cell(3))], 0),
            (&[((7, 1, 1), cell(2)), ((8, 1, 1), cell(3)), ((9, 1, 1), cell(0))], 0),
            (&[((7, 1, 1), cell(1)), ((8, 1, 1), cell(3))], 1),
            (&[((7, 1, 1), cell(2))], 1),
            (&[((7, 1, 1), cell(2)), ((8, 2, 1), cell(3))], 2),
        ];
        for (got, count) in rows {
            let outcome = compare(&want, &got.iter().copied().collect());
            assert_eq!(outcome.differences.len(), count, "{got:?}: {}", outcome.text());
        }
    }
}
