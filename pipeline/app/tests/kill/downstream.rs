//! What other programs make of our topics: the example that keeps them as tables, on a real broker,
//! held against what our own commands say.

use crate::kcat::run;
use crate::load::{Random, touchpoint};
use crate::program::{Program, shared_broker};
use kafka::{Producer, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The example, and the tables that it keeps.
struct Tables {
    prefix: String,
    file: PathBuf,
}

impl Tables {
    fn command(&self) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/tables.sh");
        let mut command = Command::new(script);
        command.args(["--brokers", shared_broker(), "--prefix", &self.prefix]).arg(&self.file);
        command
    }

    /// Reads everything that is committed.
    fn read(&self, more: &[&str]) {
        let output = self.command().arg("--once").args(more).output().expect("the example");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
    }

    /// The rows that a query gives, by its first column.
    fn rows(&self, query: &str) -> BTreeMap<String, Value> {
        let code = "import json, sqlite3, sys\n\
                    for key, value in sqlite3.connect(sys.argv[1], isolation_level=None).execute(\
                    sys.argv[2]):\n\
                    \tprint(json.dumps([key, value]))";
        let mut command = Command::new("python3");
        let output = command.args(["-c", code]).arg(&self.file).arg(query).output();
        let output = output.expect("python");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{query}: {error}");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines()
            .map(|line| serde_json::from_str::<(String, Value)>(line).expect("two columns"))
            .collect()
    }

    fn counters(&self) -> BTreeMap<String, Value> {
        self.rows(
            "SELECT family || coalesce(' ' || size || ' ' || start, '') || ' ' || dims, count \
             FROM insights WHERE count <> 0 OR amounts <> '{}'",
        )
    }
}

/// The same by our own command.
fn counters(program: &Program) -> BTreeMap<String, Value> {
    let named = |row: &Value| {
        let window = match (row["window"]["size"].as_str(), row["window"]["start"].as_str()) {
            (Some(size), Some(start)) => format!(" {size} {}", instant(start)),
            _ => String::new(),
        };
        let dims: BTreeMap<&String, &Value> =
            row["dims"].as_object().expect("dims").iter().collect();
        // As Python writes a table down.
        let dims = dims.iter().map(|(name, value)| format!("\"{name}\": {value}"));
        let dims = dims.collect::<Vec<_>>().join(", ");
        let family = row["family"].as_str().expect("a family");
        (format!("{family}{window} {{{dims}}}"), row["count"].clone())
    };
    program.lines(&["insights"]).iter().map(named).collect()
}

/// A time in UTC, however it was written.
fn instant(text: &str) -> i64 {
    model::Timestamp::parse_rfc3339(text).expect("a time").millis()
}

/// Windows of both by their instants.
fn by_instant(counters: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let plain = |name: String| {
        let words = name.split(' ').map(|word| match model::Timestamp::parse_rfc3339(word) {
            Some(time) => time.millis().to_string(),
            None => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    counters.into_iter().map(|(name, count)| (plain(name), count)).collect()
}

/// The moves that stand: told and not withdrawn.
fn moves(program: &Program, topic: &str) -> BTreeMap<String, Value> {
    let mut moves = BTreeMap::new();
    for row in program.lines(&["topic", "read", topic, "--limit", "100000"]) {
        let row = &row["value"];
        let id = row["id"].as_str().expect("an id");
        match row["withdraws"].as_str() {
            Some(withdrawn) => drop(moves.remove(withdrawn)),
            None => drop(moves.insert(id.to_owned(), row["type"].clone())),
        }
    }
    moves
}

/// Touchpoints by our own door; the next command counts them.
fn write(program: &Program, prefix: &str, numbers: std::ops::Range<u64>) {
    let mut random = Random(numbers.start + 1);
    let lines: Vec<String> = numbers.map(|number| touchpoint(&mut random, number).1).collect();
    let topic = format!("{prefix}-touchpoints");
    run(&mut program.command(&["topic", "write", &topic]), lines.join("\n").as_bytes());
    program.output(&["audit"]);
}

fn agree(format: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let name = format!("tables-{format}");
    let program = Program::shared(folder.path(), &name, &format!("format = {format:?}"), "");
    let tables = Tables { prefix: format!("{name}-"), file: folder.path().join("tables.db") };
    write(&program, &name, 0..400);
    tables.read(&[]);
    let first = counters(&program);
    assert!(first.len() > 100, "{}", first.len());
    assert_eq!(by_instant(tables.counters()), by_instant(first.clone()));

    // Later ones correct what was told before; the table goes on where it was.
    write(&program, &name, 400..900);
    tables.read(&[]);
    let second = counters(&program);
    assert_ne!(first, second);
    assert_eq!(by_instant(tables.counters()), by_instant(second.clone()));
    let topic = format!("{name}-transitions");
    let told = tables.rows("SELECT id, type FROM transitions");
    assert!(told.len() > 100, "{}", told.len());
    assert_eq!(told, moves(&program, &topic));

    // Whoever begins again, from the first record, overwrites nothing newer by something older.
    tables.rows("DELETE FROM position RETURNING topic, next");
    tables.read(&[]);
    assert_eq!(by_instant(tables.counters()), by_instant(second));
    assert_eq!(tables.rows("SELECT id, type FROM transitions"), told);
}

#[test]
fn a_table_kept_from_json_is_what_the_program_says() {
    agree("json");
}

#[test]
fn a_table_kept_from_avro_is_what_the_program_says() {
    agree("avro");
}

/// What a transaction took back never happened, unless one reads what is not committed.
#[test]
fn what_was_rolled_back_reaches_no_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::shared(folder.path(), "rolled", "format = \"json\"", "");
    assert!(program.lines(&["insights"]).is_empty());
    let settings = Settings::new(shared_broker(), "stranger", "one");
    let mut producer = Producer::transactional(&settings, "stranger-0").expect("a producer");
    let row = json!({
        "family": "flow", "map": "default", "version": 1, "fold": 1, "window": null, "dims": {},
        "count": 7, "amounts": {}, "revision": 1, "is_final": false, "as_of": null,
    });
    producer.begin().expect("a transaction");
    let value = row.to_string();
    producer.append("rolled-insights", 0, b"ghost", Some(value.as_bytes())).expect("room");
    producer.flush().expect("written");
    producer.abort().expect("rolled back");
    let table = |name: &str| Tables { prefix: "rolled-".into(), file: folder.path().join(name) };
    table("committed.db").read(&[]);
    assert!(table("committed.db").rows("SELECT key, count FROM insights").is_empty());
    table("all.db").read(&["-X", "isolation.level=read_uncommitted"]);
    let ghosts = table("all.db").rows("SELECT key, count FROM insights");
    assert_eq!(ghosts, BTreeMap::from([("ghost".to_owned(), json!(7))]));
}

/// Killed again and again while it reads, and while the program writes.
#[test]
fn a_table_survives_kill_minus_nine_of_whoever_keeps_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::shared(folder.path(), "torn", "format = \"json\"", "");
    let tables = Tables { prefix: "torn-".into(), file: folder.path().join("tables.db") };
    write(&program, "torn", 0..1_500);
    let mut random = Random(1);
    for _ in 0..6 {
        let mut child = tables.command().stdout(Stdio::null()).spawn().expect("the example");
        std::thread::sleep(Duration::from_millis(200 + random.below(600)));
        child.kill().expect("a kill");
        child.wait().expect("an end");
    }
    tables.read(&[]);
    assert_eq!(by_instant(tables.counters()), by_instant(counters(&program)));
}
