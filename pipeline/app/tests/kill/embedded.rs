//! On the embedded log: every touchpoint that was accepted counts exactly once, none that was not
//! sent; and every counter is that of the batch fold.

use crate::load::Random;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const WRITERS: usize = 4;

fn start(data: &Path, port: u16) -> Child {
    let mut run = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    run.arg("run").arg("--data").arg(data).arg("--listen").arg(format!("127.0.0.1:{port}"));
    run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program")
}

fn json(data: &Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    let output = command.args(arguments).arg("--json").arg("--data").arg(data).output();
    let output = output.expect("the program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("json")).collect()
}

/// Numbers that were sent, and those of them whose answer said that they are durable.
#[derive(Default)]
struct Written {
    sent: BTreeSet<u64>,
    accepted: BTreeSet<u64>,
}

/// Posts touchpoints of three at a time until it is over; whatever gets no answer is in doubt.
fn write(url: &str, next: &AtomicU64, is_over: &AtomicBool, written: &Mutex<Written>) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
    while !is_over.load(Ordering::Relaxed) {
        let first = next.fetch_add(3, Ordering::Relaxed);
        let numbers = first..first + 3;
        let lines: Vec<String> = numbers
            .clone()
            .map(|number| {
                let (customer, time) = (number % 17, 1_767_571_200_000 + number * 1_000);
                let id = format!(r#""event_id":"e{number}","customer_id":"c{customer}""#);
                format!(r#"{{{id},"time":{time},"channel":"chat","kind":"enquiry_received"}}"#)
            })
            .collect();
        written.lock().expect("a lock").sent.extend(numbers.clone());
        let sent =
            agent.post(url).header("content-type", "application/x-ndjson").send(lines.join("\n"));
        match sent {
            Ok(answer) if answer.status() == 202 => {
                written.lock().expect("a lock").accepted.extend(numbers);
            }
            Ok(_) => {}
            // Nobody there: the next life begins soon.
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

#[test]
fn what_was_accepted_counts_once_after_kill_minus_nine() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let kills: u64 = std::env::var("KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    let port = tests::free_ports();
    let url = format!("http://127.0.0.1:{port}/v1/touchpoints");
    let (next, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let written = Mutex::new(Written::default());
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| write(&url, &next, &is_over, &written));
        }
        for _ in 0..kills {
            let mut child = start(&data, port);
            std::thread::sleep(Duration::from_millis(80 + random.below(320)));
            child.kill().expect("a kill");
            child.wait().expect("an end");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let Written { sent, accepted } = written.into_inner().expect("a lock");
    assert!(accepted.len() as u64 > kills, "only {} were accepted", accepted.len());

    let audit = json(&data, &["audit"]).remove(0);
    assert_eq!(audit["differences"], 0, "SEED={seed}: {audit}");
    let rows = json(&data, &["topic", "read", "touchpoints", "--limit", "100000000"]);
    let numbers = rows.iter().map(|row| {
        let id = row["value"]["event_id"].as_str().expect("an id");
        id[1..].parse::<u64>().expect("a number")
    });
    let numbers: Vec<u64> = numbers.collect();
    let in_log: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(numbers.len(), in_log.len(), "SEED={seed}: a touchpoint is in the log twice");
    assert!(accepted.is_subset(&in_log), "SEED={seed}: an accepted touchpoint is lost");
    assert!(in_log.is_subset(&sent), "SEED={seed}: a touchpoint that nobody sent");

    let admission = json(&data, &["insights", "--family", "admission"]);
    let counted: Vec<_> = admission.iter().filter(|r| r["dims"]["result"] == "counted").collect();
    assert_eq!(counted.len(), 1, "SEED={seed}: {admission:?}");
    assert_eq!(counted[0]["count"], in_log.len() as u64, "SEED={seed}");
    assert_eq!(admission.len(), 1, "SEED={seed}: {admission:?}");
    eprintln!(
        "{kills} kills: {} sent, {} accepted, {} counted",
        sent.len(),
        accepted.len(),
        in_log.len()
    );
}
