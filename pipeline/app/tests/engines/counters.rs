//! Every counter of every family that SQL can say, over random and over real touchpoints.
//! `SEED=42` repeats a run.

use crate::duckdb::count;
use crate::maps::{AGENCY, DEFAULT, ISLAND, SHOP};
use crate::program::{Counters, Program};
use crate::touchpoints::{Line, Source};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

fn at(time: &str) -> i64 {
    model::Timestamp::parse_rfc3339(time).expect("a time").millis()
}

/// Each counter must be on both sides, and hold the same.
#[track_caller]
fn compare(ours: &Counters, theirs: &Counters, label: &str) {
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differ = keys.iter().filter(|key| ours.get(**key) != theirs.get(**key));
    let told = |key: &&&String| {
        let side = |side: &Counters| match side.get(**key) {
            Some((count, amounts)) => format!("{count} {amounts}"),
            None => "nothing".to_owned(),
        };
        format!("{key}: {} here, {} by SQL", side(ours), side(theirs))
    };
    let count = differ.clone().count();
    let first: Vec<String> = differ.take(20).map(|key| told(&key)).collect();
    assert_eq!(count, 0, "{label}, of {} counters:\n{}", keys.len(), first.join("\n"));
}

/// How many counters there are that begin with a word and hold another.
fn number(counters: &Counters, family: &str, word: &str) -> usize {
    counters.keys().filter(|key| key.starts_with(family) && key.contains(word)).count()
}

struct Run {
    folder: tempfile::TempDir,
    map: PathBuf,
    program: Program,
    label: String,
}

impl Run {
    fn new(map: &str, label: String) -> Run {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("journey.toml");
        std::fs::write(&file, map).expect("a file");
        let program = Program::new(folder.path(), &file);
        Run { map: file, program, label, folder }
    }

    fn write(&self, name: &str, lines: &[&Line]) -> PathBuf {
        let file = self.folder.path().join(name);
        let text: String = lines.iter().map(|line| format!("{}\n", line.touchpoint)).collect();
        std::fs::write(&file, text).expect("a file");
        file
    }

    /// Lets the lines come as they happen, then in two files, of which the second makes as_of what
    /// it is; holds what is counted then, and what was at some times before, to DuckDB.
    fn check(&self, lines: &[Line], end: i64, before: &[i64], appended: i64) -> Counters {
        let text: String = lines
            .iter()
            .filter(|line| line.is_live)
            .map(|line| format!("{}\n", line.touchpoint))
            .collect();
        self.program.write(&text);
        let rest: Vec<&Line> = lines.iter().filter(|line| !line.is_live).collect();
        let (first, second) = rest.split_at(rest.len() / 2);
        let last = Line {
            touchpoint: json!({ "event_id": "last", "customer_id": "last", "channel": "website",
                                "kind": "page_viewed", "time": end, "history": true }),
            is_live: false,
        };
        let second = [second, &[&last]].concat();
        self.program.import(&self.write("first.jsonl", first), None);
        self.program.import(&self.write("second.jsonl", &second), None);
        let all: Vec<&Line> = lines.iter().chain([&last]).collect();
        let all = self.write("all.jsonl", &all);
        let counters = self.program.counters(None);
        let secret = self.folder.path().join("data/secret");
        let by_sql =
            |as_of: i64| count(&self.map, "lines", &all, Some(([as_of, appended], &secret)));
        compare(&counters, &by_sql(end), &self.label);
        for as_of in before {
            let label = format!("{} as of {as_of}", self.label);
            compare(&self.program.counters(Some(*as_of)), &by_sql(*as_of), &label);
        }
        counters
    }
}

fn seed(default: u64) -> u64 {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(default);
    println!("SEED={seed}");
    seed
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_millis();
    i64::try_from(now).expect("a time")
}

/// Around the days on which clocks change, in Berlin, New York and Lord Howe.
fn year() -> [i64; 5] {
    ["2025-01-10", "2025-03-05", "2025-03-24", "2025-10-01", "2025-10-24"]
        .map(|day| at(&format!("{day}T00:00:00Z")))
}

/// What is counted in a year of random touchpoints under a map.
fn check_year(map: &str, name: &str, seed: u64) -> Counters {
    let mut source = Source::new(seed);
    let end = at("2026-03-29T02:00:00Z");
    let lines = source.lines(500, &year(), 9, end);
    // A week and 36 hours after a touchpoint is when somebody goes cold, to the millisecond.
    let mut before = Vec::new();
    while before.len() < 2 {
        let some = source.random.below(lines.len() as u64) as usize;
        let after = [36 * 3_600_000, 7 * 86_400_000][before.len()];
        before.extend(lines[some].touchpoint["time"].as_i64().map(|time| time + after));
        before.retain(|time| *time > at("2025-01-01T00:00:00Z"));
    }
    Run::new(map, format!("SEED={seed}, {name}")).check(&lines, end, &before, now())
}

#[test]
fn a_year_under_the_map_that_ships_counts_as_sql_does() {
    let counters = check_year(DEFAULT, "default", seed(1));
    let families = [
        "activity",
        "admission",
        "cadence",
        "chain",
        "coalition",
        "credit",
        "duration",
        "edge",
        "flow",
        "intensity",
        "markov",
        "move",
        "sequence",
        "value",
    ];
    let found: BTreeSet<&str> = counters.keys().filter_map(|key| key.split(' ').next()).collect();
    assert_eq!(found, BTreeSet::from(families));
    // The comparison compares something.
    for (family, word) in [
        ("flow", "outcome=open"),
        ("flow", "outcome=expired"),
        ("flow", "entry=again"),
        ("flow 1h", ""),
        ("flow 7d", ""),
        ("move", "from=retention to=retention"),
        ("move", "to=cold"),
        ("move", "to=lost"),
        ("activity", "stage=none"),
        ("activity", "kind=other"),
        ("edge", "from_kind=converted"),
        ("duration", "outcome=lost"),
        ("credit total", "model=time_decay"),
        ("credit 1h", "group=all"),
        ("credit 7d", "entry=again"),
        ("markov", "to=null"),
        ("markov 1d", "to=conversion"),
        ("coalition 1d", "to=null"),
        ("coalition total", "+"),
        ("coalition 1h", "group=all"),
        ("chain total", ">"),
        ("chain total", "to=conversion"),
        ("cadence", "basis=landmark"),
        ("cadence", "follow_ups=1"),
        ("intensity", "early=1"),
        ("sequence", "outcome=converted"),
        ("sequence", ">follow_up_sent/"),
        ("sequence", "paid=none"),
        ("value", "repeats=1"),
        ("admission", "result=duplicate"),
        ("admission", "result=conflict"),
        ("admission", "result=dead"),
    ] {
        assert!(number(&counters, family, word) > 2, "{family} {word}");
    }
    for (start, hours) in [("2025-03-30T00:00:00+01:00", 23), ("2025-10-26T00:00:00+02:00", 25)] {
        let window = format!("activity 1d {}-{} ", at(start), at(start) + hours * 3_600_000);
        assert!(number(&counters, &window, "") > 2, "{window}");
    }
}

#[test]
fn a_year_under_other_maps_counts_as_sql_does() {
    let seed = seed(2);
    let agency = check_year(AGENCY, "agency", seed);
    assert!(number(&agency, "flow 2h", "stage=client") > 2);
    assert!(number(&agency, "credit 2h", "model=last_non_direct") > 2);
    assert!(number(&agency, "credit 1d", "model=custom") > 2);
    let shop = check_year(SHOP, "shop", seed + 1);
    assert!(number(&shop, "move", "from=order to=order") > 2);
    let island = check_year(ISLAND, "island", seed + 2);
    assert!(number(&island, "move 4h", "from=guest to=guest") > 2);
}

#[test]
fn what_is_late_or_of_tomorrow_counts_as_sql_does_where_the_map_diverts() {
    let seed = seed(3);
    let mut source = Source::new(seed);
    let now = now();
    let hour = 3_600_000;
    let mut lines = source.lines(500, &[now - 24 * 24 * hour], 20, now + 90 * 24 * hour);
    // Not so close to a border that the time which this test takes would decide.
    let borders = [now - 240 * hour, now];
    for line in &mut lines {
        let time = &mut line.touchpoint["time"];
        let millis = time.as_i64().or_else(|| time.as_str().map(at)).expect("a time");
        if borders.iter().any(|border| (millis - border).abs() < hour) {
            *time = json!(millis + 3 * hour);
        }
    }
    let map = DEFAULT.replace("late = \"revise\"", "late = \"divert\"");
    let map = map.replace("grace = \"48h\"", "grace = \"240h\"");
    let run = Run::new(&map, format!("SEED={seed}, late"));
    let counters = run.check(&lines, now - hour / 2, &[now - 99 * hour], now);
    assert_eq!(number(&counters, "admission", "result=late"), 3, "of each source");
}

/// A data set as it is published, read by the mapping that ships and by SQL.
fn check_published(form: &str, file: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fetch = Command::new(root.join("deploy/data/fetch.sh")).output();
    assert!(fetch.expect("the script runs").status.success());
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache");
    let file = cache.unwrap_or_else(home).join("desirepath/data").join(file);
    let run = Run::new(DEFAULT, form.to_owned());
    run.program.import(&file, Some(&format!("{form}.toml")));
    let counters = run.program.counters(None);
    assert!(counters.len() > 10_000, "{form}: {}", counters.len());
    compare(&counters, &count(&run.map, form, &file, None), form);
}

#[test]
fn both_data_sets_count_as_sql_does() {
    check_published("cdnow", "CDNOW_sample.txt");
    check_published("ecom", "ecom.csv.gz");
}
