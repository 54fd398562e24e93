//! The ledger of findings as a report and on its topic: a line for each step, over restarts.

use crate::program::{Program, Running};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Monday, 6 January 2025, ten o'clock.
const BEGIN: i64 = 1_736_154_000_000;
const HOUR: i64 = 3_600_000;
const WEEKS: i64 = 20;

/// Touchpoints as JSON lines: each day ten ask by chat and ten by phone; five of the first and
/// three of the others are sent a quote.
fn past() -> String {
    let mut lines = Vec::new();
    for day in 0..7 * WEEKS {
        for (channel, quotes) in [("chat", 5), ("phone", 3)] {
            for lead in 0..10 {
                let customer = format!("{channel}-{day}-{lead}");
                let touchpoint = |kind: &str, hour: i64| {
                    json!({
                        "event_id": format!("{customer}-{kind}"), "customer_id": customer,
                        "time": BEGIN + 24 * HOUR * day + HOUR * hour, "channel": channel,
                        "kind": kind, "history": true,
                    })
                };
                lines.push(touchpoint("enquiry_received", 0));
                if lead < quotes {
                    lines.push(touchpoint("quote_sent", 2));
                }
            }
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Of each line of the topic about a channel: what, when and of how many.
fn lines(program: &Program, running: &Running, channel: &str) -> Vec<(String, String, i64)> {
    let asked = ["topic", "read", "findings", "--limit", "1000", "--url", &running.url];
    let said = program.say(&[&asked[..], &["--json"]].concat());
    let line = |line: &str| -> Value { serde_json::from_str(line).expect("JSON") };
    let rows: Vec<Value> = said.out.lines().map(line).collect();
    let rows = rows.iter().map(|row| &row["value"]);
    let ours = rows.filter(|line| line["stage"] == "consideration" && line["about"] == channel);
    let told = ours.map(|line| {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        (text("type"), line["on"].to_string(), line["these_whole"].as_i64().expect("a number"))
    });
    told.collect()
}

#[track_caller]
fn wait_for(program: &Program, running: &Running, channel: &str, wanted: &[&str]) {
    let begun = Instant::now();
    loop {
        let said = lines(program, running, channel);
        let words: Vec<&str> = said.iter().map(|(word, ..)| &**word).collect();
        if words == wanted {
            return;
        }
        let log = program.log();
        assert!(begun.elapsed() < Duration::from_secs(90), "{words:?} is not {wanted:?}: {log}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn rows(report: &Value, table: usize) -> Vec<Value> {
    report["tables"][table]["rows"].as_array().expect("rows").clone()
}

#[test]
fn each_step_of_a_finding_is_a_line_of_its_topic_once_over_restarts() {
    let mut program = Program::new();
    program.log_section = "format = \"json\"\n".to_owned();
    program.file("past.jsonl", &past());
    let imported = program.say(&["import", "past.jsonl"]);
    assert_eq!(imported.exit, 0, "{imported:?}");
    let running = program.start();
    wait_for(&program, &running, "chat", &["discovered", "confirmed"]);
    wait_for(&program, &running, "phone", &["discovered", "confirmed"]);
    let said = lines(&program, &running, "chat");
    // Found by the entries of four weeks, and confirmed by later ones.
    assert_eq!(said[0].2, 4 * 70);
    assert!(0 < said[1].2 && said[1].2 < (WEEKS - 4) * 70, "{said:?}");
    let report = program.json(&["report", "findings", "--url", &running.url]);
    let of_chat = |row: &&Value| row["about"] == "chat" && row["stage"] == "consideration";
    let row = rows(&report, 0).iter().find(of_chat).expect("a finding").clone();
    assert_eq!((&row["verdict"], &row["converts"]), (&json!("act"), &json!("more")), "{row}");
    assert_eq!(running.metric("desirepath_findings{verdict=\"act\"}"), Some(2.0));
    let age = running.metric("desirepath_findings_age_seconds{verdict=\"act\"}").expect("an age");
    assert!(age > 86_400.0 * 7.0, "{age}");
    running.kill();

    let running = program.start();
    // It looks once more, and finds nothing that is missing.
    let begun = Instant::now();
    while running.metric("desirepath_findings{verdict=\"act\"}") != Some(2.0) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", program.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(lines(&program, &running, "chat"), said);
    running.stop();
}
