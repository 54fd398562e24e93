//! An older release, this one, and the older one again, while touchpoints arrive: neither loses any
//! of them, neither changes what the other has counted, and of what both count they say the same.
//!
//! `tests/upgrade.sh` makes the older one and says in `OLDER` where it is. `SEED` repeats a run.

#[path = "../kill/load.rs"]
mod load;
#[allow(dead_code, reason = "the tests of kills ask for more")]
#[path = "../kill/process.rs"]
mod process;
#[allow(dead_code, reason = "the tests of kills ask for more")]
#[path = "../kill/program.rs"]
mod program;

use load::{Over, Random, touchpoint, write};
use process::Process;
use program::Program;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tests::Broker;

/// The families of counters that every release has known.
const FAMILIES: [&str; 6] = ["admission", "flow", "move", "activity", "edge", "duration"];

fn older() -> PathBuf {
    std::env::var_os("OLDER").expect("OLDER: tests/upgrade.sh says where the older one is").into()
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// On a cluster, as an application over the same topics as the others, which share a secret: what
/// one of them forwards the others take from it.
fn on_cluster(folder: &Path, broker: &Broker, application: &str, name: &str) -> Program {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).expect("a folder");
    let secret = format!("secret = {{ file = {:?} }}", folder.join("secret"));
    let kafka = format!("application_id = {application:?}\ntopic_prefix = \"upgrade-\"\n");
    Program::with(&own, &broker.address, &secret, &kafka)
}

/// Lets touchpoints arrive for a moment; how many.
fn write_for_a_moment(broker: &Broker, before: u64) -> u64 {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| write(&broker.address, "upgrade", seed() + before, &is_over));
        let over = Over(&is_over);
        std::thread::sleep(Duration::from_millis(700));
        drop(over);
        writer.join().expect("the writer")
    })
}

/// An instance that has its tasks, and how long that took.
fn begin(program: &Program) -> (Process, Duration) {
    let begun = Instant::now();
    let child = program.start();
    program.wait_until_ready();
    (child, begun.elapsed())
}

fn kill(mut child: Process) {
    child.kill().expect("a kill");
    child.wait().expect("an end");
}

fn terminate(mut child: Process) {
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    assert!(child.wait().expect("an end").success());
}

/// Waits until an instance has counted something: before that nothing of it is there to be refused.
fn wait_until_counted(program: &Program) {
    let begun = Instant::now();
    while program.lines(&["insights"]).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(300), "nothing is counted");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Counts everything, and holds it against the batch fold of its own release.
fn audit(program: &Program, what: &str) -> (u64, Duration) {
    let begun = Instant::now();
    let audit = program.lines(&["audit"]).remove(0);
    assert_eq!(audit["differences"], 0, "SEED={}, {what}: {audit}", seed());
    assert!(audit["counters"].as_u64() > Some(100), "{what}: {audit}");
    (audit["records"].as_u64().expect("a count"), begun.elapsed())
}

/// The counters of the families that every release knows, by what they are called.
fn counters(program: &Program) -> BTreeMap<String, Value> {
    let rows = program.lines(&["insights"]).into_iter();
    let rows = rows.filter(|row| FAMILIES.iter().any(|family| row["family"] == *family));
    let named = rows.map(|row| {
        let name = format!("{} {} {}", row["family"], row["window"], row["dims"]);
        (name, Value::from(vec![row["count"].clone(), row["amounts"].clone()]))
    });
    named.collect()
}

#[track_caller]
fn agree(older: &Program, newer: &Program) -> usize {
    let (older, newer) = (counters(older), counters(newer));
    let named = |from: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>| {
        let differ = from.iter().filter(|(name, value)| other.get(*name) != Some(value));
        differ.map(|(name, value)| format!("{name}: {value}")).take(5).collect::<Vec<_>>()
    };
    let (one, two) = (named(&older, &newer), named(&newer, &older));
    assert!(one.is_empty() && two.is_empty(), "SEED={}: {one:#?} and {two:#?}", seed());
    older.len()
}

/// What a release says of what another one has counted: it refuses it.
#[track_caller]
fn refuses(program: &Program, command: &str) {
    let output = program.command(&[command]).output().expect("the program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("[D0801]"), "{command}: {error}");
    assert_eq!(output.status.code(), Some(78), "{command}: {error}");
}

#[test]
fn on_a_cluster_the_newer_counts_beside_the_older_and_the_way_back_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::start(&folder.path().join("broker"));
    let in_its_place = on_cluster(folder.path(), &broker, "older", "a");
    let older = in_its_place.by(&older());
    let newer = on_cluster(folder.path(), &broker, "newer", "b");
    older.output(&["topic", "list"]);
    let (mut written, mut starts) = (0, Vec::new());
    let mut start = |program: &Program| {
        let (child, took) = begin(program);
        starts.push(took);
        child
    };
    let mut arrive = || {
        written += write_for_a_moment(&broker, written);
    };
    let first = start(&older);
    arrive();
    wait_until_counted(&older);
    kill(first);
    arrive();
    // In its place the newer one does nothing, however often it is asked.
    (0..2).for_each(|_| refuses(&in_its_place, "run"));
    let first = start(&older);
    let second = start(&newer);
    arrive();
    kill(second);
    let second = start(&newer);
    arrive();
    terminate(first);
    arrive();
    terminate(second);
    // And back: the older one goes on where it was.
    let first = start(&older);
    arrive();
    kill(first);
    let first = start(&older);
    arrive();
    terminate(first);
    // Each forwards what lies on another partition: the last of that is read by all at the end.
    let by_older = audit(&older, "the older one, back again");
    let by_newer = audit(&newer, "the newer one");
    let again = audit(&older, "the older one, once more");
    audit(&newer, "the newer one, once more");
    for (records, _) in [by_older, by_newer, again] {
        assert!(records > written, "{written} were written, {records} are counted");
    }
    let counters = agree(&older, &newer);
    eprintln!(
        "{written} written; starts: {starts:?}; the rest counted and all audited: older {:?}, \
         newer {:?}; {counters} counters are the same",
        by_older.1, by_newer.1
    );
}

/// Lines of JSON for a command that appends them.
fn append(program: &Program, lines: &[String]) {
    let mut command = program.command(&["topic", "write", "touchpoints"]);
    let mut child = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::null()));
    let text = lines.join("\n");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("taken");
    assert!(child.wait().expect("an end").success());
}

#[test]
fn in_a_folder_the_newer_counts_a_copy_and_the_older_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let places = ["a", "b"].map(|name| folder.path().join(name));
    places.iter().for_each(|place| std::fs::create_dir(place).expect("a folder"));
    let in_its_place = Program::embedded(&places[0]);
    let older = in_its_place.by(&older());
    let newer = Program::embedded(&places[1]);
    let mut random = Random(seed());
    let lines: Vec<String> = (0..2_000).map(|number| touchpoint(&mut random, number).1).collect();
    append(&older, &lines[..1_500]);
    ["insights", "audit"].iter().for_each(|command| refuses(&in_its_place, command));
    // As docs/how-to/upgrade.md says.
    let read = ["topic", "read", "touchpoints", "--limit", "100000000"];
    let copied: Vec<String> =
        older.lines(&read).iter().map(|row| row["value"].to_string()).collect();
    assert_eq!(copied.len(), 1_500);
    append(&newer, &copied);
    assert_eq!(audit(&newer, "the copy").0, 1_500);
    agree(&older, &newer);
    // And back.
    append(&older, &lines[1_500..]);
    let (records, took) = audit(&older, "the older one, back again");
    assert_eq!(records, 2_000);
    append(&newer, &lines[1_500..]);
    assert_eq!(audit(&newer, "the newer one").0, 2_000);
    let counters = agree(&older, &newer);
    eprintln!("2,000 written, audited in {took:?}; {counters} counters are the same");
}
