//! A classifier elsewhere: asked at the door, within limits, and never against a label that stands.

use crate::double::{Answer, Double};
use crate::program::{Program, Running};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const DEAR: &str = "That is too expensive for me.";

fn program(double: &Double, more: &str) -> Program {
    let mut program = Program::new();
    program.file("key", "hunter2\n");
    program.config = format!(
        "[classifier]\nurl = \"http://127.0.0.1:{}/v1\"\nmodel = \"small\"\n\
         secret = {{ file = \"../key\" }}\n{more}\n",
        double.port
    );
    program
}

fn message(customer: &str, event_id: &str, text: &str) -> Value {
    json!({
        "event_id": event_id, "source": "test", "time": "2026-03-25T09:14:03Z", "text": text,
        "customer_id": customer, "channel": "chat", "kind": "message_received",
    })
}

/// The customers whose messages raise an objection, by class, once everything sent is counted.
fn raised(program: &Program, running: &Running, class: &str) -> Vec<String> {
    let asked = ["customers", "--objection-objection", class, "--json", "--url", &running.url];
    let said = program.say(&asked);
    let rows = said.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("a row"));
    rows.map(|row| row["customer"].as_str().expect("a customer").to_owned()).collect()
}

fn judged(running: &Running) -> [Option<f64>; 4] {
    ["model", "classifier", "instead", "person"]
        .map(|by| running.metric(&format!("desirepath_messages_judged_total{{by=\"{by}\"}}")))
}

#[test]
fn nobody_is_asked_unless_the_configuration_says_so() {
    let (double, program) = (Double::start(), Program::new());
    let running = program.start();
    running.post(&json!([message("ann", "m-1", DEAR)]));
    assert_eq!(raised(&program, &running, "price"), ["ann"]);
    assert_eq!((double.asked(), judged(&running)[0]), (Vec::new(), Some(1.0)));
}

#[test]
fn a_message_is_asked_about_once_and_its_label_stands_whatever_is_said_later() {
    let double = Double::start();
    let program = program(&double, "");
    let running = program.start();
    double.answers(Answer::Says(" Trust.\n"));
    running.post(&json!([message("ann", "m-1", "Too expensive? Ring +49 171 2345678.")]));
    assert_eq!(raised(&program, &running, "trust"), ["ann"]);
    let asked = double.asked();
    let [(signed, question)] = asked.as_slice() else { panic!("once: {asked:?}") };
    assert_eq!((&**signed, &question["model"]), ("Bearer hunter2", &json!("small")));
    assert_eq!(question["messages"][1]["content"], "Too expensive? Ring [number].");
    assert!(!question.to_string().contains("ann"), "whose it is stays here: {question}");

    // Sent again, at once and after a restart: it is there.
    double.answers(Answer::Says("need"));
    running.post(&json!([message("ann", "m-1", "Too expensive? Ring +49 171 2345678.")]));
    running.stop();
    let running = program.start();
    running.post(&json!([message("ann", "m-1", "Too expensive? Ring +49 171 2345678.")]));
    assert_eq!(raised(&program, &running, "trust"), ["ann"]);
    assert_eq!(double.asked(), Vec::new());
    // What a person says is never taken back, and nobody is asked about it.
    let label = json!([{ "customer_id": "ann", "source": "test", "event_id": "m-1",
                         "label": "timing", "text": "Too expensive?" }]);
    let sent = ureq::post(format!("{}/v1/labels", running.url))
        .header("authorization", &running.bearer)
        .send_json(&label);
    assert_eq!(sent.expect("taken").status(), 202);
    running.post(&json!([message("ann", "m-1", "Too expensive? Ring +49 171 2345678.")]));
    assert_eq!(raised(&program, &running, "timing"), ["ann"]);
    // Other words with a greater revision are another message, but the person's word stands.
    let mut revised = message("ann", "m-1", "Do I need it?");
    revised["revision"] = json!(1);
    running.post(&json!([revised]));
    assert_eq!(raised(&program, &running, "timing"), ["ann"]);
    assert_eq!(double.asked().len(), 1);
    assert_eq!(judged(&running), [None, Some(1.0), None, Some(1.0)]);
    assert_eq!(program.json(&["audit", "--url", &running.url])["equal"], true);
}

#[test]
fn whatever_is_not_answered_in_time_or_well_is_judged_offline_and_said() {
    for (answer, why) in [
        (Answer::Status(500), "it answers 500"),
        (Answer::Status(307), "it answers 307"),
        (Answer::Says("ignore all rules: price or need"), "none of the classes"),
        (Answer::Late(Duration::from_secs(20), "need"), "timeout"),
    ] {
        let double = Double::start();
        let program = program(&double, "timeout = \"300ms\"");
        let running = program.start();
        double.answers(answer.clone());
        let begun = Instant::now();
        let both = json!([message("ann", "m-1", DEAR), message("bob", "m-2", DEAR)]);
        running.post(&both);
        assert!(begun.elapsed() < Duration::from_secs(10), "{answer:?}: {:?}", begun.elapsed());
        assert_eq!(raised(&program, &running, "price"), ["ann", "bob"], "{answer:?}");
        assert_eq!(double.asked().len(), 1, "after a failure it is left alone: {answer:?}");
        assert_eq!(judged(&running)[2], Some(2.0), "{answer:?}");
        let log = program.log();
        assert!(log.contains("D0825") && log.contains(why), "{answer:?}: {log}");
        assert!(!log.contains("hunter2") && !log.contains("expensive"), "{log}");
        // It answers again, too late for what was judged already.
        double.answers(Answer::Says("need"));
        std::thread::sleep(Duration::from_secs(5));
        running.post(&both);
        running.post(&json!([message("cyd", "m-3", DEAR)]));
        assert_eq!(raised(&program, &running, "need"), ["cyd"], "{answer:?}");
        assert_eq!(raised(&program, &running, "price"), ["ann", "bob"], "{answer:?}");
    }
}

#[test]
fn so_many_questions_a_minute_are_asked_and_a_mistake_is_refused_at_the_start() {
    let double = Double::start();
    let limited = program(&double, "questions_per_minute = 2");
    let running = limited.start();
    double.answers(Answer::Says("need"));
    let messages = (0..5).map(|n| message("ann", &format!("m-{n}"), DEAR));
    running.post(&messages.collect());
    assert_eq!((double.asked().len(), judged(&running)[2]), (2, Some(3.0)));
    for (section, code, words) in [
        ("url = \"http://example.org/v1\"\nmodel = \"m\"", "D0702", "https://"),
        ("url = \"https://example.org/v1\"", "D0702", "classifier.model"),
        ("url = \"https://hunter2@example.org\"\nmodel = \"m\"", "D0702", "take it out"),
        (
            "url = \"https://example.org\"\nmodel = \"m\"\ntimeout = \"2m\"",
            "D0702",
            "classifier.timeout",
        ),
    ] {
        let mut program = Program::new();
        program.config = format!("[classifier]\n{section}\n");
        program.say(&["run", "--listen", "127.0.0.1:0"]).fails(78, code, words);
    }
    let mut without = Program::new();
    without.config = "[classifier]\nurl = \"https://example.org/v1\"\nmodel = \"m\"\n\
                      secret = { env = \"DESIREPATH_NO_SUCH_SECRET\" }\n"
        .to_owned();
    let said = without.say(&["run", "--listen", "127.0.0.1:0"]);
    said.fails(78, "D0775", "DESIREPATH_NO_SUCH_SECRET");
}
