//! What the configuration says of the cluster and its topics, tried on a real broker.

use crate::kcat::{Counters, agree, by_command, consume, note, produce, records_in, run, value};
use crate::load::{Random, touchpoint};
use crate::program::{Program, shared_broker};
use kafka::topics::{Cleanup, TopicSpec, ensure};
use kafka::{Sender, Settings};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The values of a topic, each of which is a JSON object.
fn objects(topic: &str) -> Vec<Value> {
    let values = consume(topic).into_iter().map(|(_, _, value)| value);
    values.map(|value| serde_json::from_slice(&value).expect("a JSON object")).collect()
}

/// Holds that a command is refused as misconfigured, with a code.
#[track_caller]
fn refused(program: &Program, code: &str) {
    let output = program.command(&["insights"]).output().expect("the program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{error}");
    assert!(error.contains(code), "{error}");
}

#[test]
fn with_json_and_the_partitioner_of_librdkafka_kcat_needs_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let json = "format = \"json\"";
    let program = |kafka| Program::shared(folder.path(), "json", json, kafka);
    let crc32 = program("partitioner = \"crc32\"");
    assert!(crc32.lines(&["insights"]).is_empty());
    let mut random = Random(1);
    let records: Vec<_> = (0..300).map(|number| touchpoint(&mut random, number)).collect();
    let records = records.into_iter().map(|(customer, json)| (customer, value(&json, false)));
    produce("json-touchpoints", &[], &records.collect::<Vec<_>>());
    produce("json-touchpoints", &[], &[("c1".to_owned(), b"\x00\x00nonsense".to_vec())]);
    // By our own door, which places as they do.
    let line = r#"{"event_id":"d1","customer_id":"c1","time":1767571200000,"channel":"chat","#;
    let line = format!("{line}\"kind\":\"lost\"}}");
    run(&mut crc32.command(&["topic", "write", "json-touchpoints"]), line.as_bytes());
    assert_eq!(records_in(&crc32), 302);
    assert_eq!(consume("json-touchpoints").len(), 302, "something was forwarded");
    assert_eq!(crc32.lines(&["audit"])[0]["differences"], 0);

    let mut told = Counters::new();
    objects("json-insights").iter().for_each(|row| note(&mut told, row));
    agree(&told, &by_command(&crc32), 1);
    assert!(objects("json-transitions").iter().all(|row| row["customer_id"].is_string()));
    let dead = objects("json-dead-letters");
    assert_eq!((dead.len(), &dead[0]["bytes"]), (1, &"AABub25zZW5zZQ==".into()), "{dead:?}");
    let read = crc32.lines(&["topic", "read", "json-dead-letters"]);
    assert_eq!(read[0]["value"], dead[0]);

    refused(&program("partitioner = \"murmur2\""), "[D0722]");
}

#[test]
fn the_time_of_producers_is_taken_only_where_the_configuration_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = |kafka| Program::shared(folder.path(), "created", "", kafka);
    let topic = TopicSpec::new("created-touchpoints", 3, Cleanup::Delete);
    let settings = Settings::new(shared_broker(), "maker", "one");
    ensure(&settings, &[TopicSpec { is_append_time: false, ..topic }]).expect("a topic");
    refused(&program(""), "[D0453]");
    let creates = program("append_time = \"create\"");
    assert!(creates.lines(&["insights"]).is_empty());
    let mut random = Random(1);
    let (customer, json) = touchpoint(&mut random, 1);
    produce("created-touchpoints", &[], &[(customer, value(&json, true))]);
    assert_eq!(records_in(&creates), 1);
}

/// The log is the cluster's: a backup has the rest, and says so. What is restored of it counts the
/// same from the log, under another name than the instance that it was made of.
#[test]
fn a_backup_of_a_folder_beside_a_cluster_is_what_the_cluster_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::shared(folder.path(), "backed", "", "");
    let mut random = Random(1);
    let records = (0..60).map(|number| touchpoint(&mut random, number));
    let records = records.map(|(customer, json)| (customer, value(&json, true)));
    assert!(program.lines(&["insights"]).is_empty());
    produce("backed-touchpoints", &[], &records.collect::<Vec<_>>());
    let counted = program.lines(&["insights"]);
    assert!(!counted.is_empty());
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let (backup, restored) = (path("backup"), path("restored"));
    let told = program.lines(&["backup", &backup]);
    assert_eq!((&told[0]["log_is"], &told[0]["records"]), (&"kafka".into(), &0.into()));
    let entries = std::fs::read_dir(&backup).expect("a folder").flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let known = ["SHA256SUMS", "backup.json", "journey.toml", "partitioner", "secret"];
    assert_eq!(names, known);
    let told = program.lines(&["restore", &backup, "--data", &restored]);
    assert_eq!(told[0]["audit"], Value::Null);
    assert_eq!(program.lines(&["insights", "--data", &restored]), counted);
    assert_eq!(program.lines(&["audit", "--data", &restored])[0]["differences"], 0);
    let name = |data: &str| std::fs::read(format!("{data}/instance")).expect("a name");
    assert_ne!(name(&restored), name(&path("data")));
    // And what is counted in the folder itself may be counted anew.
    assert!(program.lines(&["reset", "--yes"])[0]["bytes"].as_u64() > Some(0));
    assert_eq!(program.lines(&["insights"]), counted);
}

/// Commits that were done, as a running instance says.
fn commits(program: &Program) -> Option<u64> {
    let request = ureq::get(format!("{}/metrics", program.url));
    let mut answer = request.header("authorization", program.bearer()).call().ok()?;
    let text = answer.body_mut().read_to_string().ok()?;
    let name = "desirepath_commits_total{verdict=\"done\"} ";
    text.lines().find_map(|line| line.strip_prefix(name))?.parse().ok()
}

#[test]
fn commits_are_as_far_apart_as_the_configuration_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::shared(folder.path(), "rare", "", "commit_interval = \"100ms\"");
    let settings = Settings::new(shared_broker(), "writer", "one");
    let mut sender = Sender::open(&settings).expect("a sender");
    let begun = Instant::now();
    let mut child = program.start();
    while commits(&program).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no instance answers");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut random = Random(1);
    let (before, begun) = (commits(&program).expect("a number"), Instant::now());
    for number in 0..150 {
        let (customer, json) = touchpoint(&mut random, number);
        let partition = codec::partition(customer.as_bytes(), 3);
        let (key, value) = (customer.as_bytes(), Some(json.as_bytes()));
        sender.append("rare-touchpoints", partition, key, value).expect("room");
        sender.flush().expect("a flush");
        std::thread::sleep(Duration::from_millis(10));
    }
    let done = commits(&program).expect("a number") - before;
    let most = begun.elapsed().as_millis() as u64 / 100 + 3;
    child.kill().expect("a kill");
    child.wait().expect("an end");
    assert!((3..=most).contains(&done), "{done} commits, at most {most} were wanted");
}

#[test]
fn a_broker_that_is_not_there_is_said_within_a_bounded_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = format!("127.0.0.1:{}", tests::free_ports());
    let program = Program::new(folder.path(), &nowhere);
    for command in ["run", "insights"] {
        let begun = Instant::now();
        let output = program.command(&[command]).output().expect("the program");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(69), "{command}: {error}");
        assert!(error.contains("[D0455]") && error.contains(&nowhere), "{command}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{command}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_longer_file_brings_what_is_new_and_a_topic_that_was_made_anew_gets_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let import = |name: &str, rows: u64| {
        let program = Program::shared(folder.path(), name, "", "");
        let line = |n: u64| {
            format!(
                "{{\"event_id\":\"e{n}\",\"time\":\"2026-03-25T09:14:03Z\",\"source\":\"file\",\
                 \"customer_id\":\"c{}\",\"channel\":\"chat\",\"kind\":\"enquiry_received\"}}\n",
                n % 40
            )
        };
        let file = folder.path().join("lines.jsonl");
        std::fs::write(&file, (0..rows).map(line).collect::<String>()).expect("a file");
        let answer = &program.lines(&["import", file.to_str().expect("a path")])[0];
        ["passed", "counted", "duplicates"].map(|key| answer[key].as_u64().expect("a number"))
    };
    assert_eq!(import("noted", 300), [0, 300, 0]);
    assert_eq!(import("noted", 500), [300, 200, 0]);
    assert_eq!(import("noted", 500), [500, 0, 0]);
    // Other topics, and so another log, under the notes of the same folder.
    std::fs::remove_dir_all(folder.path().join("data/state")).expect("its states");
    std::fs::remove_file(folder.path().join("data/application")).expect("whose they were");
    assert_eq!(import("noted-anew", 500), [0, 500, 0]);
}
