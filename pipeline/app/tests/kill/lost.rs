//! The states' folder is lost on a real broker whose input is deleted as far as the changelogs
//! allow: what is counted afterwards is what a folder counts to which the same was written.

use crate::admin::Admin;
use crate::kcat::{Counters, agree, by_command, run};
use crate::load::{Random, touchpoint};
use crate::process::Process;
use crate::program::{PARTITIONS, Program, shared_broker};
use kafka::{Sender, Settings};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(300);

/// The series of a metric by their task.
fn metric(program: &Program, name: &str) -> BTreeMap<String, i64> {
    let request = ureq::get(format!("{}/metrics", program.url));
    let answer = request.header("authorization", program.bearer()).call();
    let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
    let text = text.unwrap_or_default();
    let rows = text.lines().filter_map(|line| {
        let (task, number) = line.strip_prefix(&format!("{name}{{task=\""))?.split_once("\"} ")?;
        Some((task.to_owned(), number.parse().ok()?))
    });
    rows.collect()
}

/// Writes touchpoints a few at a time, until everything before each changelog's low position may
/// go; that is later than the last time.
fn write_until_low(
    program: &Program,
    random: &mut Random,
    written: &mut Vec<String>,
    before: &BTreeMap<String, i64>,
) -> BTreeMap<String, i64> {
    let begun = Instant::now();
    let settings = Settings::new(shared_broker(), "lost-writer", "one");
    let mut sender = Sender::open(&settings).expect("a sender");
    loop {
        // Many commits, each of little.
        for _ in 0..50 {
            append(&mut sender, random, written, 3);
            std::thread::sleep(Duration::from_millis(2));
        }
        let lows = metric(program, "desirepath_changelog_low_position");
        let moved = |(task, low): (&String, &i64)| *low > before.get(task).copied().unwrap_or(0);
        if lows.len() == 2 * PARTITIONS as usize && lows.iter().all(moved) {
            return lows;
        }
        assert!(begun.elapsed() < PATIENCE, "the changelogs do not move on: {lows:?}");
    }
}

/// Appends some touchpoints.
fn append(sender: &mut Sender, random: &mut Random, written: &mut Vec<String>, count: u64) {
    for _ in 0..count {
        let (customer, json) = touchpoint(random, written.len() as u64);
        let partition = codec::partition(customer.as_bytes(), PARTITIONS);
        let (key, value) = (customer.as_bytes(), Some(json.as_bytes()));
        sender.append("lost-touchpoints", partition, key, value).expect("room");
        written.push(json);
    }
    sender.flush().expect("a flush");
}

/// The topic and the partition that a task reads.
fn input(task: &str) -> (&'static str, u32) {
    let (node, partition) = task.split_once('-').expect("node-partition");
    let topic = if node == "journey" { "lost-touchpoints" } else { "lost-insight-repartition" };
    (topic, partition.parse().expect("a number"))
}

/// Where the input of every task ends.
fn ends() -> BTreeMap<String, i64> {
    let settings = Settings::new(shared_broker(), "lost-writer", "ends");
    let tasks = ["journey", "insight"].into_iter();
    let tasks = tasks.flat_map(|node| (0..PARTITIONS).map(move |p| format!("{node}-{p}")));
    let end = |task: String| {
        let (topic, partition) = input(&task);
        let bounds = kafka::topics::bounds(&settings, topic, partition).expect("bounds");
        (task, bounds.1 as i64)
    };
    tasks.map(end).collect()
}

/// Deletes the input of every task before a position.
fn delete_before(lows: &BTreeMap<String, i64>) {
    let positions = lows.iter().map(|(task, low)| {
        let (topic, partition) = input(task);
        (topic.to_owned(), partition, *low)
    });
    Admin::new(shared_broker()).delete_before(positions);
}

/// Starts an instance whose log goes to a file.
fn start(program: &Program, told: &Path) -> Process {
    let mut command = program.command(&["run"]);
    let file = File::create(told).expect("a file");
    Process::start(command.stdout(Stdio::null()).stderr(file))
}

fn kill(mut child: Process) {
    child.kill().expect("a kill");
    child.wait().expect("an end");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

/// The counters of a folder without a broker, to which the same touchpoints were written.
fn by_folder(folder: &Path, written: &[String]) -> Counters {
    let program = Program::embedded(folder);
    let mut write = program.command(&["topic", "write", "touchpoints"]);
    run(&mut write, written.join("\n").as_bytes());
    assert_eq!(program.lines(&["audit"]).remove(0)["differences"], 0);
    by_command(&program)
}

#[test]
fn lost_and_stale_states_are_restored_although_their_input_is_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::shared(folder.path(), "lost", "", "commit_interval = \"1ms\"");
    let (states, stale) = (folder.path().join("data/state"), folder.path().join("stale"));
    let told = folder.path().join("told");
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let (mut random, mut written) = (Random(seed), Vec::new());
    // Makes the topics.
    assert!(program.lines(&["insights"]).is_empty());

    let child = start(&program, &told);
    program.wait_until_ready();
    write_until_low(&program, &mut random, &mut written, &BTreeMap::new());
    kill(child);
    copy(&states, &stale);
    let copied = ends();
    let child = start(&program, &told);
    program.wait_until_ready();
    let text = fs::read_to_string(&told).expect("its log");
    assert!(!text.contains("restored its states"), "a kill alone loses no states: {text}");
    let lows = write_until_low(&program, &mut random, &mut written, &copied);
    kill(child);
    delete_before(&lows);

    for (what, is_stale) in [("lost", false), ("stale", true)] {
        fs::remove_dir_all(&states).expect("removed");
        if is_stale {
            copy(&stale, &states);
        }
        let mut child = start(&program, &told);
        program.wait_until_ready();
        let text = fs::read_to_string(&told).expect("its log");
        let restored = text.matches("restored its states").count();
        assert_eq!(restored, 2 * PARTITIONS as usize, "{what}: {text}");
        let settings = Settings::new(shared_broker(), "lost-writer", "two");
        let mut sender = Sender::open(&settings).expect("a sender");
        append(&mut sender, &mut random, &mut written, 20);
        terminate(&mut child);
        let oracle = folder.path().join(format!("oracle-{what}"));
        fs::create_dir(&oracle).expect("a folder");
        // A command without an instance waits until everything is counted.
        agree(&by_command(&program), &by_folder(&oracle, &written), seed);
    }
    eprintln!("{} records, input deleted before {lows:?}", written.len());
}

/// Ends an instance as an operator does, which writes behind.
fn terminate(child: &mut Process) {
    let mut command = std::process::Command::new("kill");
    let status = command.args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
    assert!(child.wait().expect("an end").success());
}
