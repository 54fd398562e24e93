//! Partitions that stand still, or were never written: time goes on as the configuration says.

use crate::cluster::Running;
use crate::program::{PARTITIONS, Program, shared_broker};
use kafka::{Sender, Settings};
use serde_json::Value;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(300);
const DAY: i64 = 86_400_000;

fn write(topic: &str, customer: &str, id: &str, time: i64) {
    let settings = Settings::new(shared_broker(), "idle-writer", "one");
    let mut sender = Sender::open(&settings).expect("a sender");
    let partition = codec::partition(customer.as_bytes(), PARTITIONS);
    let id = format!(r#""event_id":"{id}","customer_id":"{customer}","time":{time}"#);
    let json = format!(r#"{{{id},"channel":"chat","kind":"enquiry_received"}}"#);
    let value = Some(json.as_bytes());
    sender.append(topic, partition, customer.as_bytes(), value).expect("room");
    sender.flush().expect("a flush");
}

fn program(folder: &std::path::Path, name: &str, idle_bound: &str) -> Running {
    let program = Program::shared(folder, name, "", "");
    let text = std::fs::read_to_string(program.config()).expect("a configuration");
    let bound = format!("idle_bound = {idle_bound:?}");
    std::fs::write(program.config(), text.replace("idle_bound = \"never\"", &bound))
        .expect("a file");
    Running::start(program)
}

/// The windows of a day of the counters of activity: whether each is final.
fn days(running: &Running) -> Vec<bool> {
    let answer = running.ask("/v1/insights?family=activity&limit=1000");
    let rows =
        answer.map_or(Vec::new(), |answer| answer["items"].as_array().expect("rows").clone());
    let of_a_day = rows.iter().filter(|row| row["window"]["size"] == "1d");
    of_a_day.map(|row| row["is_final"].as_bool().expect("a flag")).collect()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn as_of(running: &Running) -> Value {
    running.ask("/v1/report/system").expect("a report")["as_of"].clone()
}

#[test]
fn with_an_idle_bound_windows_close_although_most_partitions_were_never_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = program(folder.path(), "idle", "1s");
    let now = model_now();
    write("idle-touchpoints", "ann", "e1", now - 3 * DAY);
    until("a final day", || days(&running) == [true]);
    // And it goes on where somebody writes once more.
    write("idle-touchpoints", "ann", "e2", now - DAY - DAY / 2);
    until("another day", || days(&running).len() == 2);
    running.end();
}

#[test]
fn without_one_a_partition_that_stands_still_holds_the_time_of_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = program(folder.path(), "held", "never");
    let now = model_now();
    write("held-touchpoints", "ann", "e1", now - 9 * DAY);
    until("a day", || days(&running).len() == 1);
    let before = as_of(&running);
    write("held-touchpoints", "ann", "e2", now - 3 * DAY);
    until("another day", || days(&running).len() == 2);
    assert!(days(&running).iter().all(|is_final| !is_final), "closed at {before}");
    // Once every partition has gone on, so does the time.
    let mut count = 0;
    for partition in 0..PARTITIONS {
        let mut names = (0..).map(|n| format!("c{n}"));
        let customer =
            names.find(|name| codec::partition(name.as_bytes(), PARTITIONS) == partition);
        let customer = customer.expect("a name");
        write("held-touchpoints", &customer, &format!("f{count}"), now - 2 * DAY);
        count += 1;
    }
    until("a final day", || days(&running).contains(&true));
    running.end();
}

fn model_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_millis() as i64
}
