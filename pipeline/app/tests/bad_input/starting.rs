//! Starting: folders, ports, maps and brokers that will not do.

use crate::program::{Program, Said, said};
use crate::touchpoint;
use engine::{Append, Produced, Topics, Verdict};
use model::Timestamp;
use rocks::{EmbeddedLog, LogOptions, TopicSpec};
use serde_json::json;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;

/// A command on a configuration of its own, which names its data folder.
fn configured(program: &Program, text: &str, arguments: &[&str]) -> Said {
    let text = format!("{text}\n[log]\ndata = {:?}\n", program.data);
    let config = program.file("own.toml", text);
    let config = config.to_str().expect("a path");
    said(program.command(&[arguments, &["--config", config]].concat()), b"")
}

fn run(program: &Program, data: &str, listen: &str) -> Said {
    said(program.command(&["run", "--data", data, "--listen", listen]), b"")
}

#[test]
fn folders_that_will_not_do_are_refused() {
    let program = Program::new();
    program.file("file", "not a folder");
    for command in [vec!["run", "--listen", "127.0.0.1:0"], vec!["import", "a.jsonl"]] {
        program.file("a.jsonl", touchpoint("a", json!({})).to_string());
        for (folder, words) in [
            ("file", "File exists"),
            ("file/below", "could not make data folder file/below"),
            ("/proc/nothing/can/be/made/here", "could not make data folder"),
        ] {
            let arguments = [&command[..], &["--data", folder]].concat();
            said(program.command(&arguments), b"").fails(73, "D0303", words);
        }
    }
    // Who only asks of a folder that is not there is not given an empty answer.
    for command in [
        vec!["insights"],
        vec!["report"],
        vec!["customers", "--flow-stage", "decision"],
        vec!["customer", "ann"],
        vec!["audit"],
        vec!["topic", "list"],
        vec!["topic", "read", "late"],
    ] {
        program.say(&command).fails(66, "D0741", "there is nothing in folder");
        assert!(!program.data.exists(), "{command:?} makes a folder");
    }
}

/// To root nothing is read-only, so that root lets another user try.
#[test]
fn a_folder_that_cannot_be_written_is_refused_and_nothing_in_it_is_lost() {
    let program = Program::new();
    let line = touchpoint("a", json!({})).to_string();
    assert_eq!(program.say_to(&["topic", "write", "touchpoints"], line.as_bytes()).exit, 0);
    let set = |mode: &str| {
        let mut chmod = std::process::Command::new("chmod");
        assert!(chmod.args(["-R", mode]).arg(program.folder()).status().expect("chmod").success());
    };
    set("a+rX,a-w");
    let data = program.data.to_str().expect("a path");
    let mut command = program.command(&["insights", "--data", data]);
    let is_root = std::process::Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
    // The program itself may lie where another user may not go: a copy does not.
    let copy = is_root.then(|| {
        let copy =
            tempfile::Builder::new().prefix("desirepath").tempfile_in("/tmp").expect("a file");
        let (file, path) = copy.keep().expect("a file");
        drop(file);
        std::fs::copy(env!("CARGO_BIN_EXE_desirepath"), &path).expect("a copy");
        path
    });
    if let Some(copy) = &copy {
        command = std::process::Command::new(copy);
        command.args(["insights", "--data", data]).current_dir("/").uid(65_534).gid(65_534);
    }
    let said = said(command, b"");
    if let Some(copy) = copy {
        std::fs::remove_file(copy).expect("removed");
    }
    set("u+w");
    said.fails(73, "D0303", "Permission denied");
    program.adds_up(1);
}

#[test]
fn a_used_folder_without_its_secret_is_refused_and_takes_it_back() {
    let program = Program::new();
    let line = touchpoint("a", json!({})).to_string();
    assert_eq!(program.say_to(&["topic", "write", "touchpoints"], line.as_bytes()).exit, 0);
    let (secret, away) = (program.data.join("secret"), program.data.join("elsewhere"));
    std::fs::rename(&secret, &away).expect("renamed");
    program.say(&["insights"]).fails(78, "D0744", "was signed with it");
    assert!(!secret.exists(), "another secret was made");
    std::fs::rename(&away, &secret).expect("renamed");
    assert_eq!(program.say(&["insights"]).exit, 0);
}

#[test]
fn two_processes_do_not_share_a_folder_or_a_port() {
    let program = Program::new();
    let instance = program.start();
    let data = program.data.to_str().expect("a path");
    run(&program, data, "127.0.0.1:0").fails(75, "D0302", "");
    // A command finds the instance instead.
    let line = touchpoint("a", json!({})).to_string();
    let said = program.say_to(&["topic", "write", "touchpoints"], line.as_bytes());
    assert_eq!(said.exit, 0, "{said:?}");
    let port = instance.url.trim_start_matches("http://").to_owned();
    run(&program, "other", &port).fails(78, "D0633", "choose another port");
    instance.stop();
    program.adds_up(1);

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").to_string();
    run(&program, data, &port).fails(78, "D0633", &port);
    for (address, code, words) in [
        ("0.0.0.0:0", "D0632", "listen on 127.0.0.1"),
        ("nonsense", "D0631", "127.0.0.1:8080"),
        ("127.0.0.1:99999", "D0631", "invalid port"),
    ] {
        run(&program, data, address).fails(78, code, words);
    }
    program.adds_up(1);
}

const MAP: &str = include_str!("../../../../deploy/journey.example.toml");

#[test]
fn maps_that_do_not_parse_or_are_another_one_are_refused() {
    let program = Program::new();
    let configured = |map: &str| {
        let map = program.file("map.toml", map);
        configured(&program, &format!("[map]\nfile = {map:?}"), &["run", "--listen", "127.0.0.1:0"])
    };
    for (map, code, words) in [
        ("[map".to_owned(), "D0201", "map.toml"),
        (MAP.replace("conversion = \"retention\"", "conversion = \"gone\""), "D0213", "gone"),
        (
            MAP.replace("timezone = \"Europe/Berlin\"", "timezone = \"Berlin\""),
            "D0209",
            "Europe/Berlin",
        ),
        (MAP.replace("cold_after = \"14d\"", "cold_after = 14"), "D0205", "14d"),
        (MAP.replace("conversion =", "convertion ="), "D0202", "did you mean \"conversion\"?"),
    ] {
        assert_ne!(map, MAP, "{code}: the example has changed");
        configured(&map).fails(78, code, words);
        assert!(!program.data.join("journey.toml").exists(), "a bad map is kept");
    }
    let missing = "[map]\nfile = \"nowhere.toml\"";
    self::configured(&program, missing, &["check", "--offline"]).fails(66, "D0701", "nowhere");

    let line = touchpoint("a", json!({})).to_string();
    assert_eq!(program.say_to(&["topic", "write", "touchpoints"], line.as_bytes()).exit, 0);
    let other = MAP.replace("cold_after = \"14d\"", "cold_after = \"15d\"");
    configured(&other).fails(78, "D0705", "is not the one that this folder counts with");
    let next = MAP.replace("version = 1", "version = 2");
    configured(&next).fails(78, "D0705", "counts with map default version 1");
    program.adds_up(1);
}

#[test]
fn a_broker_that_is_not_there_and_an_instance_that_is_not_there_are_named() {
    let program = Program::new();
    // A port that nobody else takes meanwhile, and where nobody answers Kafka.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address").to_string();
    let text = format!("[log]\nkind = \"kafka\"\n[kafka]\nbrokers = {address:?}\n");
    let text = text.replace("[log]\n", &format!("[log]\ndata = {:?}\n", program.data));
    let config = program.file("kafka.toml", text);
    let config = config.to_str().expect("a path");
    let broker = said(program.command(&["insights", "--config", config]), b"");
    broker.fails(69, "D0455", &address);
    said(program.command(&["insights", "--url", "http://127.0.0.1:9"]), b"").fails(
        69,
        "D0718",
        "http://127.0.0.1:9",
    );
}

#[test]
fn configuration_and_command_lines_that_cannot_be_are_refused() {
    let program = Program::new();
    for (text, words) in [
        ("[http]\nlistn = \"127.0.0.1:1\"", "did you mean \"listen\"?"),
        ("[time]\nidle_bound = \"soon\"", "time.idle_bound is \"soon\""),
        ("[time", "unclosed"),
    ] {
        configured(&program, text, &["check", "--offline"]).fails(78, "D0702", words);
    }
    for (name, value, words) in [
        ("DESIREPATH__HTTP__LISTN", "x", "did you mean \"listen\"?"),
        ("DESIREPATH__LOG__PARTITIONS", "0", "log.partitions is 0"),
        ("DESIREPATH__LOG__SECRET", "hunter2", "{ env = \"NAME\" }"),
    ] {
        let mut command = program.command(&["check", "--offline"]);
        command.env(name, value);
        let said = said(command, b"");
        said.fails(78, "D0702", words);
        assert!(!said.err.contains("hunter2"), "{said:?}");
    }
    // Where none is named, the file is desirepath.toml.
    let default = program.file("desirepath.toml", "[http]\nlisten = 7\n");
    said(program.command(&["describe"]), b"").fails(78, "D0702", "desirepath.toml line 2");
    std::fs::remove_file(default).expect("removed");
    let mut command = program.command(&["run", "--listen", "127.0.0.1:0", "--data", "d"]);
    command.env("DESIREPATH__LOG__SECRET__ENV", "NOT_SET");
    said(command, b"").fails(78, "D0703", "NOT_SET");
    for arguments in [
        vec!["frobnicate"],
        vec!["import"],
        vec!["customers", "--flow-stge", "decision"],
        vec!["run", "--url", "http://127.0.0.1:1"],
        vec!["report", "--csv", "--json"],
    ] {
        let said = said(program.command(&arguments), b"");
        assert_eq!(said.exit, 64, "{arguments:?}: {said:?}");
    }
}

/// Puts a frame between the tasks into the log of a folder, as another release tells it.
fn append_frame_of_another_fold(data: &Path) {
    let frame = codec::DeltaFrame {
        partition: 0,
        position: 1,
        as_of: Timestamp::from_millis(1_767_571_200_000),
        sequence: 1,
        map: "default",
        version: 1,
        fold: 1,
        series: vec![],
        cells: vec![],
    };
    let mut value = Vec::new();
    frame.encode(&mut value);
    let topics = Topics::new("desirepath", "", 4);
    let specs = topics.all().map(|(name, compacted)| TopicSpec {
        name: name.to_owned(),
        partitions: topics.partitions,
        compacted,
    });
    let now = || Timestamp::from_millis(1_767_571_200_000);
    let log = EmbeddedLog::open(data, &specs, LogOptions::default(), now).expect("a log");
    let records = vec![Produced { key: b"x".to_vec(), value: Some(value) }];
    let append = Append { topic: topics.frames.clone(), partition: 2, records };
    assert_eq!(log.append(&[append]), Verdict::Done);
}

#[test]
fn what_another_release_has_counted_is_refused_and_left_as_it_is() {
    let program = Program::new();
    let fold = program.data.join("fold");
    let line = touchpoint("a", json!({})).to_string();
    assert_eq!(program.say_to(&["topic", "write", "touchpoints"], line.as_bytes()).exit, 0);
    let before = program.say(&["insights"]);
    let ours = std::fs::read(&fold).expect("it says by which version it counts");
    std::fs::write(&fold, "1").expect("a file");
    for command in ["insights", "audit"] {
        program.say(&[command]).fails(78, "D0801", "counted by version 1 of the fold");
    }
    std::fs::write(&fold, &ours).expect("a file");
    assert_eq!(program.say(&["insights"]).out, before.out);
    // A folder of an older release does not say it: its frames do.
    std::fs::remove_file(&fold).expect("removed");
    assert_eq!(program.say(&["insights"]).out, before.out);
    assert_eq!(std::fs::read(&fold).expect("it says so again"), ours);
    let program = Program::new();
    let arguments = ["topic", "write", "late", "--raw"];
    assert_eq!(program.say_to(&arguments, b"{\"value\": \"x\"}").exit, 0);
    append_frame_of_another_fold(&program.data);
    std::fs::remove_file(program.data.join("fold")).expect("removed");
    program.say(&["insights"]).fails(78, "D0801", "counted by version 1 of the fold");
    assert!(!program.data.join("fold").exists(), "it was changed");
}
