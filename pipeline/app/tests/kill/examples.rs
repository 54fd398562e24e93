//! The worked examples in `deploy/examples`, from producers to the report: kcat writes the chat
//! system's events, Kafka Connect's own converter what a mail system and a booking system publish.

use crate::kcat::run;
use crate::program::{Program, shared_broker};
use kafka::Settings;
use kafka::topics::{Cleanup, TopicSpec, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(300);

fn folder_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// The topics, and a program that has the sources of the examples, each under another name.
fn program(folder: &Path, name: &str) -> Program {
    let topics = ["chat.events", "mail.messages", "booking.public.appointments"];
    let settings = Settings::new(shared_broker(), "maker", "one");
    let specs = topics.map(|topic| {
        let spec = TopicSpec::new(&format!("{name}.{topic}"), 2, Cleanup::Delete);
        TopicSpec { is_append_time: false, ..spec }
    });
    ensure(&settings, &specs).expect("topics");
    let examples = folder_of("deploy/examples");
    let text = std::fs::read_to_string(examples.join("desirepath.toml")).expect("the example");
    let (_, sources) = text.split_once("[[source]]").expect("sources");
    let sources = sources
        .replace("topic = \"", &format!("topic = \"{name}."))
        .replace("mapping = \"", &format!("mapping = \"{}/", examples.display()));
    let program = Program::shared(folder, name, "", "");
    let own = std::fs::read_to_string(program.config()).expect("a configuration");
    std::fs::write(program.config(), format!("{own}\n[[source]]{sources}")).expect("a file");
    program
}

/// What became of the records of each source, as the counters have it.
fn fates(program: &Program) -> BTreeMap<String, i64> {
    let rows = program.lines(&["insights", "--family", "admission"]);
    let fate = |row: &Value| {
        let dim = |name: &str| row["dims"][name].as_str().expect("a word").to_owned();
        (format!("{} {}", dim("source"), dim("result")), row["count"].as_i64().expect("a count"))
    };
    rows.iter().map(fate).collect()
}

/// The kinds of a customer's touchpoints in their order, with their channels.
fn touches(program: &Program, customer: &str) -> Vec<String> {
    let told = program.lines(&["customer", customer]).remove(0);
    let rows = told["timeline"].as_array().expect("a timeline").iter();
    // What time alone has changed has no kind.
    let touch =
        |row: &Value| Some(format!("{} {}", row["channel"].as_str()?, row["kind"].as_str()?));
    rows.filter_map(touch).collect()
}

#[test]
fn one_customer_seen_by_chat_mail_and_booking_is_one_journey() {
    for (name, schemas, decimals) in [("studio", "true", "base64"), ("plain", "false", "numeric")] {
        let folder = tempfile::tempdir().expect("a folder");
        let program = program(folder.path(), name);
        let sample = folder_of("deploy/examples/chat.fixture.jsonl");
        let sample = std::fs::read(sample).expect("the chat system's events");
        let mut kcat = Command::new("kcat");
        kcat.args(["-P", "-b", shared_broker(), "-t", &format!("{name}.chat.events")]);
        run(&mut kcat, &sample);
        let mut records = Command::new(folder_of("tests/connect/records.sh"));
        let topics = ["mail.messages", "booking.public.appointments"];
        let [mail, booking] = topics.map(|topic| format!("{name}.{topic}"));
        records.args([shared_broker(), &mail, &booking, schemas, decimals]);
        run(&mut records, b"");

        let mut child = program.start();
        program.wait_until_ready();
        let wanted = [
            ("booking counted", 3),
            // One for another column, one because the connector sent it twice.
            ("booking conflict", 1),
            ("booking duplicate", 2),
            ("chat counted", 3),
            ("mail counted", 3),
        ];
        let wanted = wanted.map(|(fate, count)| (fate.to_owned(), count));
        let begun = Instant::now();
        while fates(&program) != BTreeMap::from(wanted.clone()) {
            let found = fates(&program);
            assert!(begun.elapsed() < PATIENCE, "{name}: {found:?}, not {wanted:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
        let kept = program.lines(&["customers", "--flow-stage", "retention"]);
        let journeys = kept.iter().map(|row| row["customer"].as_str().expect("a customer"));
        let mut journeys: Vec<_> = journeys.map(|id| touches(&program, id)).collect();
        journeys.sort_by_key(Vec::len);
        assert_eq!(journeys.len(), 2, "{name}: {journeys:?}");
        let ann = [
            "chat enquiry_received",
            "chat message_sent",
            "chat ticket_solved",
            "email message_received",
            "email quote_sent",
            "booking booking_made",
            "booking appointment_kept",
        ];
        assert_eq!(journeys[1], ann, "{name}");
        assert_eq!(journeys[0], ["booking appointment_kept"], "{name}");
        assert_eq!(program.lines(&["audit"])[0]["differences"], 0, "{name}");
        assert!(program.lines(&["dead-letters", "list"]).is_empty(), "{name}");
        child.kill().expect("a kill");
        child.wait().expect("an end");
    }
}

#[test]
fn the_examples_are_what_check_accepts() {
    let mut check = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    check.current_dir(folder_of("deploy/examples"));
    let output = check.args(["check", "--offline", "chat.toml", "mail.toml", "booking.toml"]);
    let output = output.output().expect("the program");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("lines as expected").count(), 3, "{said}");
}
