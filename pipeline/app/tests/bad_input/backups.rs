//! Backups, restores and resets of what will not do.

use crate::program::{Program, Said, said};
use crate::touchpoint;
use rocks::{EmbeddedLog, LogOptions, TopicSpec};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with a few touchpoints, and a backup of it.
fn backed_up() -> (Program, PathBuf) {
    let program = Program::new();
    let lines: String = (0..40)
        .map(|number| format!("{}\n", touchpoint(&format!("e{number}"), json!({}))))
        .collect();
    assert_eq!(program.say_to(&["topic", "write", "touchpoints"], lines.as_bytes()).exit, 0);
    let folder = program.data.with_file_name("backup");
    let said = program.say(&["backup", "backup"]);
    assert_eq!(said.exit, 0, "{said:?}");
    (program, folder)
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp").success());
}

/// The sums as they would be if whoever altered the backup knew how.
fn sum_anew(backup: &Path) {
    let sums = "find . -type f ! -name SHA256SUMS -printf '%P\\n' | sort | xargs sha256sum > s \
                && mv s SHA256SUMS && sed -i '/  s$/d' SHA256SUMS";
    let done = Command::new("sh").args(["-c", sums]).current_dir(backup).status();
    assert!(done.expect("sh").success());
}

fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let text = std::fs::read_to_string(path).expect("a text");
    let changed = change(text.clone());
    assert_ne!(text, changed, "{path:?} has changed its form");
    std::fs::write(path, changed).expect("a write");
}

/// The largest file of a folder of the backup whose name ends so.
fn largest(backup: &Path, folder: &str, end: &str) -> PathBuf {
    let entries = std::fs::read_dir(backup.join(folder)).expect("a folder").flatten();
    let files = entries.map(|entry| entry.path());
    let files = files.filter(|path| path.to_string_lossy().ends_with(end));
    files.max_by_key(|path| path.metadata().expect("its data").len()).expect("a file")
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).expect("a file");
    let at = at % bytes.len();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).expect("a write");
}

fn cut(path: &Path, by: u64) {
    let file = std::fs::OpenOptions::new().write(true).open(path).expect("a file");
    let length = file.metadata().expect("its data").len();
    file.set_len(length - by).expect("a cut");
}

fn restore(program: &Program, backup: &Path, data: &Path) -> Said {
    let (backup, data) = (backup.to_str().expect("a path"), data.to_str().expect("a path"));
    said(program.command(&["restore", backup, "--data", data]), b"")
}

#[test]
fn a_backup_that_is_not_whole_is_refused_and_nothing_is_restored() {
    let (program, whole) = backed_up();
    let broken = whole.with_file_name("broken");
    let data = whole.with_file_name("restored");
    type Change = fn(&Path);
    let rows: &[(&str, Change, &str, &str)] = &[
        (
            "no sums",
            |b| std::fs::remove_file(b.join("SHA256SUMS")).expect("gone"),
            "D0753",
            "never",
        ),
        (
            "no manifest",
            |b| std::fs::remove_file(b.join("backup.json")).expect("gone"),
            "D0753",
            "",
        ),
        ("sums cut", |b| cut(&b.join("SHA256SUMS"), 5), "D0753", "breaks off"),
        (
            "sums cut by a line",
            |b| {
                edit(&b.join("SHA256SUMS"), |text| {
                    let lines: Vec<&str> = text.lines().collect();
                    lines[..lines.len() - 1].iter().map(|line| format!("{line}\n")).collect()
                });
            },
            "D0754",
            "different files",
        ),
        (
            "a file gone",
            |b| std::fs::remove_file(largest(b, "log", "")).expect("gone"),
            "D0753",
            "log/",
        ),
        ("a file cut", |b| cut(&largest(b, "log", ""), 1), "D0753", "bytes"),
        ("a bit of the log", |b| flip(&largest(b, "log", ""), 99), "D0754", "log/"),
        ("a bit of the states", |b| flip(&largest(b, "state", ""), 99), "D0754", "state/"),
        ("a bit of the secret", |b| flip(&b.join("secret"), 3), "D0754", "secret"),
        ("a bit of the sums", |b| flip(&b.join("SHA256SUMS"), 0), "D075", "["),
        (
            "a file longer",
            |b| edit(&b.join("journey.toml"), |text| text + "\n"),
            "D0754",
            "journey.toml",
        ),
        (
            "the manifest altered",
            |b| {
                edit(&b.join("backup.json"), |text| {
                    text.replace("\"records\": 40", "\"records\": 41")
                })
            },
            "D0754",
            "backup.json",
        ),
        (
            "another form",
            |b| {
                edit(&b.join("backup.json"), |t| t.replace("\"format\": 1", "\"format\": 2"));
                sum_anew(b);
            },
            "D0755",
            "format 2",
        ),
        (
            "a key that nobody knows",
            |b| {
                edit(&b.join("backup.json"), |t| {
                    t.replace("\"format\": 1", "\"format\": 1, \"a\": 1")
                });
                sum_anew(b);
            },
            "D0754",
            "unknown field",
        ),
        (
            "a path that leads out",
            |b| {
                std::fs::write(b.join("../outside"), "x").expect("a file");
                edit(&b.join("backup.json"), |t| t.replace("\"journey.toml\"", "\"../outside\""));
                sum_anew(b);
                edit(&b.join("SHA256SUMS"), |t| t.replace("  journey.toml", "  ../outside"));
            },
            "D0754",
            "that no backup has",
        ),
        (
            "positions that the log lacks",
            |b| {
                edit(&b.join("backup.json"), |t| t.replace("\"end\": 40", "\"end\": 4000"));
                sum_anew(b);
            },
            "D0754",
            "ends at 40",
        ),
        (
            "another number of partitions",
            |b| {
                edit(&b.join("backup.json"), |t| {
                    t.replace("\"partitions\": 4", "\"partitions\": 5")
                });
                sum_anew(b);
            },
            "D0759",
            "log.partitions = 5",
        ),
        (
            "another secret",
            |b| {
                flip(&b.join("secret"), 3);
                sum_anew(b);
            },
            "D0759",
            "another secret",
        ),
        (
            "a log that is another",
            |b| {
                flip(&largest(b, "log", ".sst"), 900);
                sum_anew(b);
            },
            "D0",
            "",
        ),
    ];
    for (name, change, code, words) in rows {
        copy(&whole, &broken);
        change(&broken);
        let said = restore(&program, &broken, &data);
        assert_ne!(said.exit, 0, "{name}: {said:?}");
        assert!(said.err.contains(code) && said.err.contains(words), "{name}: {said:?}");
        assert!(said.err.contains("What to do: "), "{name}: {said:?}");
        assert!(!data.exists(), "{name}: something is restored");
    }
    let elsewhere = whole.with_file_name("nowhere");
    restore(&program, &elsewhere, &data).fails(66, "D0753", "there is no folder");
    assert_eq!(restore(&program, &whole, &data).exit, 0);
}

#[test]
fn a_restore_writes_over_nothing_and_is_whole_or_not_started() {
    let (program, backup) = backed_up();
    restore(&program, &backup, &program.data).fails(73, "D0756", "not empty");
    program.adds_up(40);
    let file = program.file("file", "not a folder");
    restore(&program, &backup, &file).fails(73, "D0756", "");
    // An empty folder will do, and stays where what comes is refused.
    let data = backup.with_file_name("empty");
    std::fs::create_dir(&data).expect("a folder");
    let sums = std::fs::read(backup.join("SHA256SUMS")).expect("sums");
    let state = largest(&backup, "state", "");
    let whole = std::fs::read(&state).expect("a file");
    flip(&state, 7);
    restore(&program, &backup, &data).fails(65, "D0754", "state/");
    assert_eq!(std::fs::read_dir(&data).expect("a folder").count(), 0);
    std::fs::write(&state, whole).expect("a write");
    assert_eq!(std::fs::read(backup.join("SHA256SUMS")).expect("sums"), sums);
    assert_eq!(restore(&program, &backup, &data).exit, 0);
    // As a restore that was killed leaves it.
    std::fs::write(data.join("restoring"), "").expect("a file");
    let text = data.to_str().expect("a path");
    for command in
        [vec!["insights"], vec!["run", "--listen", "127.0.0.1:0"], vec!["reset", "--yes"]]
    {
        let arguments = [&command[..], &["--data", text]].concat();
        said(program.command(&arguments), b"").fails(65, "D0758", "is not whole");
    }
}

#[test]
fn a_secret_that_lies_elsewhere_is_not_in_the_backup_and_is_asked_for() {
    let program = Program::new();
    let secret = "a secret of the environment";
    let run = |arguments: &[&str], data: &str, secret: &str, input: &[u8]| {
        let mut command = program.command(&[arguments, &["--data", data]].concat());
        command.env("DESIREPATH__LOG__SECRET__ENV", "OWN_SECRET").env("OWN_SECRET", secret);
        said(command, input)
    };
    let line = touchpoint("a", json!({})).to_string();
    let written = run(&["topic", "write", "touchpoints"], "data", secret, line.as_bytes());
    assert_eq!(written.exit, 0, "{written:?}");
    let made = run(&["backup", "backup"], "data", secret, b"");
    assert_eq!(made.exit, 0, "{made:?}");
    let backup = program.data.with_file_name("backup");
    assert!(!backup.join("secret").exists());
    let found = Command::new("grep").arg("-rq").arg(secret).arg(&backup).status().expect("grep");
    assert_eq!(found.code(), Some(1), "the secret is in the backup");
    run(&["restore", "backup"], "other", "one that is another", b"").fails(78, "D0759", "secret");
    assert_eq!(run(&["restore", "backup"], "other", secret, b"").exit, 0);
}

#[test]
fn places_that_will_not_do_for_a_backup_are_refused() {
    let (program, backup) = backed_up();
    let data = program.data.to_str().expect("a path");
    let inside = program.data.join("backups/monday");
    let link = program.data.with_file_name("link");
    std::os::unix::fs::symlink(&program.data, &link).expect("a link");
    let by_link = link.join("backups");
    let up = program.data.join("log/../../data/backups");
    for (place, words) in [
        (backup.to_str().expect("a path"), "not empty"),
        (inside.to_str().expect("a path"), "in the data folder itself"),
        (by_link.to_str().expect("a path"), "in the data folder itself"),
        (up.to_str().expect("a path"), ".. in it"),
        (data, "in the data folder itself"),
    ] {
        program.say(&["backup", place]).fails(64, "D0750", words);
    }
    assert!(!inside.exists() && !by_link.exists());
    program.file("file", "not a folder");
    program.say(&["backup", "file"]).fails(64, "D0750", "Not a directory");
    let nothing = said(program.command(&["backup", "a", "--data", "nowhere"]), b"");
    nothing.fails(66, "D0741", "there is nothing");

    let instance = program.start();
    let url = said(program.command(&["backup", "a", "--url", &instance.url]), b"");
    url.fails(64, "D0750", "name that by --data");
    let door = format!("{}/v1/backup", instance.url);
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for token in [None, Some("Bearer guessed")] {
        let mut request = agent.post(&door);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let mut answer = request.send_json(json!({ "folder": "/tmp/a" })).expect("an answer");
        let body = answer.body_mut().read_to_string().expect("a body");
        assert_eq!(answer.status(), 401, "{body}");
        assert!(body.contains("D0605") && body.contains("desirepath key create"), "{body}");
        assert_eq!(agent.get(&door).call().expect("an answer").status(), 401);
    }
    let bearer = tests::bearer(&program.data);
    let send = |body: serde_json::Value| {
        let request = agent.post(&door).header("authorization", &bearer);
        let mut answer = request.send_json(body).expect("an answer");
        let text = answer.body_mut().read_to_string().expect("a body");
        (answer.status().as_u16(), text)
    };
    let none = agent.get(&door).header("authorization", &bearer).call().expect("an answer");
    assert_eq!(none.status(), 404);
    for (body, status, code) in [
        (json!({ "folder": "relative" }), 422, "D0750"),
        (json!({ "folder": inside }), 422, "D0750"),
        (json!({ "folder": 7 }), 400, "D0607"),
        (json!({ "folder": "/tmp/a", "other": 1 }), 400, "D0607"),
        (json!(["/tmp/a"]), 400, "D0607"),
    ] {
        let (is, text) = send(body);
        assert!(is == status && text.contains(code), "{is} {text}");
    }
    instance.stop();
    program.adds_up(40);
}

#[test]
fn states_are_removed_when_somebody_is_sure_and_counters_are_the_same_afterwards() {
    let (program, _) = backed_up();
    program.say(&["reset"]).fails(64, "D0757", "--yes");
    let state = program.data.join("state");
    assert!(state.is_dir());
    let instance = program.start();
    program.say(&["reset", "--yes"]).fails(75, "D0302", "held by another process");
    instance.stop();
    let before = program.say(&["insights"]).out;
    let told = program.say(&["reset", "--yes"]);
    assert!(told.exit == 0 && told.json()["bytes"].as_u64() > Some(0), "{told:?}");
    assert!(!state.exists());
    program.say(&["reset", "--yes"]).fails(66, "D0741", "state");
    assert_eq!(program.say(&["insights"]).out, before);
    program.adds_up(40);
    // Damaged ones go all the more.
    std::fs::write(state.join("CURRENT"), "nonsense").expect("a write");
    assert_eq!(program.say(&["reset", "--yes"]).exit, 0);
    assert_eq!(program.say(&["insights"]).out, before);
}

/// What the log no longer holds only the states know.
#[test]
fn states_that_could_not_be_made_anew_are_not_removed() {
    let (program, _) = backed_up();
    let topics = engine::Topics::new("desirepath", "", 4);
    let specs = topics.all().map(|(name, compacted)| {
        let name = name.to_owned();
        TopicSpec { name, partitions: topics.partitions, compacted }
    });
    let now = || model::Timestamp::from_millis(0);
    let log = EmbeddedLog::open(&program.data, &specs, LogOptions::default(), now).expect("a log");
    let busy = (0..4).find(|partition| log.end("touchpoints", *partition).expect("it") > 0);
    let busy = busy.expect("a partition with touchpoints");
    assert!(log.retain("touchpoints", busy, u64::MAX).expect("it") > 0);
    drop(log);
    program.say(&["reset", "--yes"]).fails(65, "D0311", "the states stay");
    assert!(program.data.join("state/CURRENT").exists());
}
