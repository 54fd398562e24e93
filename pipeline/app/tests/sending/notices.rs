//! A running instance says when leads go cold: once each, and over restarts.

use crate::program::{Program, Running};
use crate::receiver::{Receiver, SECRET};
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The map that ships, with leads that go cold at once; who has bought does not.
fn quick() -> String {
    let map = include_str!("../../../../deploy/journey.example.toml");
    let is_quick = |line: &str| line.starts_with("cold_after = \"") && !line.contains("90d");
    let line = |line: &str| match is_quick(line) {
        true => "cold_after = \"2s\"".to_owned(),
        false => line.to_owned(),
    };
    map.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn program(receiver: &Receiver) -> Program {
    let mut program = Program::new();
    program.file("quick.toml", &quick());
    program.file("whsec", SECRET);
    program.config = format!(
        "{}[notify]\ncold = true\n[map]\nfile = \"quick.toml\"\n[time]\nidle_bound = \"0s\"\n",
        receiver.webhook()
    );
    program
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("now").as_millis() as i64
}

fn enquiry(customer: &str, time: i64) -> Value {
    json!({
        "event_id": format!("{customer}-{time}"), "time": time, "customer_id": customer,
        "channel": "chat", "kind": "enquiry_received", "text": "hidden",
    })
}

/// Customers by message.
fn told(arrived: &[Value]) -> Vec<Vec<String>> {
    let customers = |message: &Value| {
        assert_eq!(
            (&message["verified"], &message["body"]["type"]),
            (&json!(true), &json!("cold"))
        );
        let leads = message["body"]["data"]["leads"].as_array().expect("leads");
        leads.iter().map(|lead| lead["customer"].as_str().expect("a customer").to_owned()).collect()
    };
    arrived.iter().map(customers).collect()
}

/// Waits until a customer has gone cold so often, as the moves say that are not withdrawn.
fn wait_until_cold(program: &Program, running: &Running, customer: &str) {
    let begun = Instant::now();
    let asked = ["customers", "--move-to", "cold", "--json", "--url", &running.url];
    while !program.say(&asked).out.contains(&format!("\"{customer}\"")) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{customer}: {}", program.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn each_lead_that_goes_cold_is_told_once_over_restarts() {
    let receiver = Receiver::start();
    let program = program(&receiver);
    let day = 86_400_000;
    let running = program.start();
    // What went cold long ago is history, however it comes in.
    running.post(&json!([enquiry("old", now() - 2 * day), enquiry("ann", now())]));
    let mut imported = enquiry("imported", now() - 400 * day);
    imported["history"] = true.into();
    program.file("past.jsonl", &imported.to_string());
    assert_eq!(program.say(&["import", "past.jsonl", "--url", &running.url]).exit, 0);
    let first = receiver.wait_for(1, || program.log());
    assert_eq!(told(&first), [["ann"]]);
    assert_eq!(first[0]["body"]["data"]["leads"][0]["stage"], "consideration");
    assert_eq!(first[0]["body"]["data"]["more"], 0);
    assert_eq!(running.metric("desirepath_notices_total{result=\"sent\"}"), Some(1.0));

    // The next message waits for its minute: until then who comes back is taken out.
    let begun = now();
    running.post(&json!([enquiry("bea", begun), enquiry("cyd", begun)]));
    wait_until_cold(&program, &running, "bea");
    wait_until_cold(&program, &running, "cyd");
    let mut bought = enquiry("bea", begun + 1_000);
    bought["kind"] = "purchase_made".into();
    running.post(&json!([bought]));
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(receiver.arrived().len(), 1, "two messages within a minute");
    running.stop();

    let running = program.start();
    let second = receiver.wait_for(2, || program.log());
    assert_eq!(told(&second), [["ann"], ["cyd"]]);
    running.stop();
    let running = program.start();
    std::thread::sleep(Duration::from_secs(8));
    assert_eq!(receiver.arrived().len(), 2, "something is told twice: {}", program.log());
    assert_eq!(running.metric("desirepath_notices_total{result=\"sent\"}"), Some(0.0));
    running.stop();
    let log = program.log();
    assert!(log.contains("leads that go cold are told to the webhook at"), "{log}");
    for secret in ["hidden", "ann", "cyd", SECRET] {
        assert!(!log.contains(&format!("\"{secret}\"")) && !log.contains("/hidden"), "{log}");
    }
}

/// It may have been taken: the same message comes again, under the same id.
#[test]
fn a_message_that_nobody_acknowledged_comes_again_under_its_id() {
    let receiver = Receiver::start();
    receiver.answer(&json!({ "http": [500] }));
    let program = program(&receiver);
    let running = program.start();
    running.post(&json!([enquiry("ann", now()), enquiry("bea", now())]));
    receiver.wait_for(3, || program.log());
    // A receiver that does not answer holds up nobody.
    running.post(&json!([enquiry("cyd", now())]));
    wait_until_cold(&program, &running, "cyd");
    let failed = "desirepath_notices_total{result=\"failed\"}";
    let begun = Instant::now();
    while running.metric(failed) != Some(1.0) {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", program.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    running.kill();
    receiver.answer(&json!({ "http": [200] }));
    let running = program.start();
    let arrived = receiver.wait_for(4, || program.log());
    let ids: Vec<&Value> = arrived.iter().map(|message| &message["id"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(told(&arrived)[3], ["ann", "bea"]);
    running.stop();
    // Who went cold after that message was made is in the next one.
    let running = program.start();
    let arrived = receiver.wait_for(5, || program.log());
    assert_eq!(told(&arrived)[4], ["cyd"]);
    assert_ne!(arrived[4]["id"], arrived[0]["id"]);
    running.stop();
}

/// The topic is read by a reader of its own, and is in JSON where the configuration says so.
#[test]
fn on_kafka_it_is_the_same() {
    let receiver = Receiver::start();
    let folder = tempfile::tempdir().expect("a folder");
    let broker = tests::Broker::start(folder.path());
    let mut program = program(&receiver);
    program.log_section = "kind = \"kafka\"\nformat = \"json\"\npartitions = 2\n".to_owned();
    program.config += &format!("[kafka]\nbrokers = {:?}\n", broker.address);
    for (count, customer) in [(1, "ann"), (2, "bea")] {
        let running = program.start();
        let day = 86_400_000;
        running.post(&json!([enquiry("old", now() - 2 * day), enquiry(customer, now())]));
        let arrived = receiver.wait_for(count, || program.log());
        assert_eq!(told(&arrived).concat(), ["ann", "bea"][..count]);
        running.stop();
    }
    broker.stop();
}

#[test]
fn a_receiver_that_hangs_holds_up_neither_counting_nor_the_end() {
    let receiver = Receiver::start();
    receiver.answer(&json!({ "http": [0] }));
    let program = program(&receiver);
    let running = program.start();
    running.post(&json!([enquiry("ann", now())]));
    receiver.wait_for(1, || program.log());
    running.post(&json!([enquiry("bea", now())]));
    wait_until_cold(&program, &running, "bea");
    let begun = Instant::now();
    running.stop();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn nothing_is_told_unless_it_is_configured_and_a_secret_that_is_missing_refuses_the_start() {
    let receiver = Receiver::start();
    let mut program = program(&receiver);
    program.config = program.config.replace("cold = true", "cold = false");
    let running = program.start();
    running.post(&json!([enquiry("ann", now())]));
    wait_until_cold(&program, &running, "ann");
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(receiver.arrived(), Vec::<Value>::new());
    running.stop();
    program.config = program.config.replace("cold = false", "cold = true").replace("whsec", "gone");
    program.say(&["run", "--listen", "127.0.0.1:0"]).fails(78, "D0775", "webhook.secret");
}
