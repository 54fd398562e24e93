//! An import that was cut off, and one of a file that was imported before: only what is new is
//! sent.

use crate::program::{Instance, Program, Said, said};
use crate::{gzip, touchpoint};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Touchpoints that are sent at once.
const BATCH: u64 = 10_000;

const MAPPING: &str = "source = 'shop'\ntime = { at = '.at', zone = 'UTC' }\nchannel = 'store'\n\
    kind = 'purchase_made'\ncustomer_id = '.who'\n[file]\nformat = 'csv'\n";

/// A generator whose seed repeats it.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Rows of which many are alike and some bad.
fn table(random: &mut Random, rows: u64) -> String {
    let row = |_| match random.below(50) {
        0 => format!("never,c{}\n", random.below(20)),
        _ => format!("2026-03-{:02},c{}\n", 1 + random.below(28), random.below(300)),
    };
    let rows: String = (0..rows).map(row).collect();
    format!("at,who\n{rows}")
}

/// Touchpoints with ids, a line each, and some lines that are none.
fn lines(random: &mut Random, rows: u64) -> String {
    let line = |n: u64| match random.below(50) {
        0 => "no touchpoint\n".to_owned(),
        _ => {
            touchpoint(&n.to_string(), json!({ "customer_id": format!("c{}", n % 300) }))
                .to_string()
                + "\n"
        }
    };
    (0..rows).map(line).collect()
}

/// What an import has noted: how many rows of its only file are durable.
fn noted(data: &Path) -> u64 {
    let notes = std::fs::read_dir(data.join("imports"));
    let paths = notes.into_iter().flatten().map(|entry| entry.expect("a note").path());
    let Some(path) = paths.into_iter().find(|path| path.extension().is_some_and(|e| e == "json"))
    else {
        return 0;
    };
    let text = std::fs::read_to_string(path).expect("a note");
    let note: Value = serde_json::from_str(&text).expect("a note is whole at every instant");
    note["place"]["rows"].as_u64().expect("a number")
}

/// Every counter but what became of each record, which another batch of duplicates changes.
fn counters(program: &Program) -> BTreeMap<String, Value> {
    let rows = program.say(&["insights"]).lines();
    let own = rows.into_iter().filter(|row| row["family"] != "admission");
    own.map(|row| {
        (format!("{} {} {}", row["family"], row["dims"], row["window"]), row["count"].clone())
    })
    .collect()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Kills the program once it has noted so many rows and a moment has passed.
fn kill_at(mut child: Child, data: &Path, rows: u64, moment: Duration) {
    let begun = Instant::now();
    while noted(data) < rows {
        assert!(begun.elapsed() < Duration::from_secs(120), "it does not get to row {rows}");
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(moment);
    child.kill().expect("a kill");
    child.wait().expect("an end");
}

#[test]
fn an_import_that_was_killed_goes_on_and_counts_what_a_whole_one_counts() {
    const ROWS: u64 = 60_000;
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    for (name, bytes, is_instance) in [
        ("rows.csv", table(&mut random, ROWS).into_bytes(), false),
        ("lines.jsonl.gz", gzip(lines(&mut random, ROWS).as_bytes()), false),
        ("rows.csv", table(&mut random, ROWS).into_bytes(), true),
    ] {
        let (whole, program) = (Program::new(), Program::new());
        for program in [&whole, &program] {
            program.file(name, &bytes);
            program.file("rows.toml", MAPPING);
        }
        let mut import = vec!["import", name];
        if name.ends_with("csv") {
            import.extend(["--mapping", "rows.toml"]);
        }
        assert_eq!(whole.say(&import).exit, 0);
        let instance = is_instance.then(|| program.start());
        let mut kills = 0;
        for _ in 0..2 {
            let behind = noted(&program.data);
            let until = behind + BATCH + random.below(ROWS - behind - BATCH) / 2;
            let mut command = program.command(&import);
            let command = command.arg("--data").arg(&program.data);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            kill_at(
                child.expect("the program"),
                &program.data,
                until,
                Duration::from_micros(random.below(20_000)),
            );
            kills += 1;
        }
        let behind = noted(&program.data);
        let said = program.say(&import);
        assert_eq!(said.exit, 0, "SEED={seed}: {said:?}");
        let answer = said.json();
        assert_eq!((&answer["passed"], &answer["read"]), (&json!(behind), &json!(ROWS - behind)));
        assert!(said.err.contains(&format!("goes on at row {}", behind + 1)), "{said:?}");
        if let Some(instance) = instance {
            instance.stop();
        }
        // An instance judges by the clock on the wall, which goes on between two of them.
        let is_compared = |key: &String| !is_instance || key.contains("activity");
        let [made, expected] = [&program, &whole].map(|program| {
            let all = counters(program).into_iter();
            all.filter(|(key, _)| is_compared(key)).collect::<BTreeMap<_, _>>()
        });
        let others = made.iter().filter(|(key, count)| expected.get(*key) != Some(*count));
        let others: Vec<_> = others.take(5).collect();
        assert!(others.is_empty(), "SEED={seed} {name}: {others:?}");
        assert_eq!(made.len(), expected.len(), "SEED={seed} {name}");
        let all = |program: &Program| -> i64 {
            ["counted", "duplicate", "late", "dead"].map(|fate| program.admitted(fate)).iter().sum()
        };
        assert_eq!(program.admitted("counted"), whole.admitted("counted"), "SEED={seed} {name}");
        let beyond = all(&program) - all(&whole);
        assert!((0..=kills * BATCH as i64).contains(&beyond), "SEED={seed} {name}: {beyond}");
        assert_eq!(program.say(&["audit"]).exit, 0, "SEED={seed} {name}");
    }
}

#[test]
fn of_a_file_that_was_imported_before_only_what_is_new_is_sent() {
    let row = |n: usize| format!("2026-03-{:02},c{n}\n", 1 + n % 28);
    let of = |numbers: Vec<usize>| -> String {
        "at,who\n".to_owned() + &numbers.into_iter().map(row).collect::<String>()
    };
    let first = of((0..30).collect());
    let changed = |at: usize| of((0..30).map(|n| if n == at { 99 } else { n }).collect());
    let torn = first.clone() + "2026-03-01,c7";
    let other = MAPPING.replace("'purchase_made'", "'quote_sent'");
    let plain: &[&str] = &[];
    // What comes second; rows passed over, counted and duplicates.
    for (name, first, second, mapping, more, expected) in [
        ("the same", &first, &*first, MAPPING, plain, [30, 0, 0]),
        ("a longer one", &first, &*of((0..50).collect()), MAPPING, plain, [30, 20, 0]),
        ("newest first", &first, &*of((0..50).rev().collect()), MAPPING, plain, [0, 20, 30]),
        ("changed at its beginning", &first, &*changed(0), MAPPING, plain, [0, 1, 29]),
        ("changed within", &first, &*changed(20), MAPPING, plain, [0, 1, 29]),
        ("a shorter one", &first, &*of((0..20).collect()), MAPPING, plain, [0, 0, 20]),
        ("whose last row was cut", &torn, &*(torn.clone() + "7\n"), MAPPING, plain, [0, 1, 30]),
        ("under another mapping", &first, &*first, &*other, plain, [0, 0, 30]),
        ("as another source", &first, &*first, MAPPING, &["--source", "web"], [0, 30, 0]),
        ("from its start", &first, &*first, MAPPING, &["--from-start"], [0, 0, 30]),
    ] {
        for is_packed in [false, true] {
            let program = Program::new();
            let import = |text: &str, mapping: &str, more: &[&str]| {
                let bytes = if is_packed { gzip(text.as_bytes()) } else { text.into() };
                let file = program.file("rows.csv", bytes);
                let mapping = program.file("rows.toml", mapping);
                let asked = ["import", path(&file), "--mapping", path(&mapping)];
                let said = program.say(&[&asked, more].concat());
                assert_eq!(said.exit, 0, "{name}: {said:?}");
                said.json()
            };
            import(first, MAPPING, &[]);
            let answer = import(second, mapping, more);
            let told = ["passed", "counted", "duplicates"].map(|key| answer[key].as_i64());
            assert_eq!(told, expected.map(Some), "{name}: {answer}");
            assert_eq!((&answer["adds_up"], &answer["dead_letters"]), (&json!(true), &json!(0)));
        }
    }
}

#[test]
fn a_log_that_does_not_have_what_was_taken_gets_all_of_it() {
    let (old, new, asking) = (Program::new(), Program::new(), Program::new());
    let file = asking.file("rows.csv", table(&mut Random(3), 2_000));
    let mapping = asking.file("rows.toml", MAPPING);
    let import = |instance: &Instance, key: &str| {
        let asked = ["import", path(&file), "--mapping", path(&mapping), "--url", &instance.url];
        let mut command = asking.command(&[&asked[..], &["--json"]].concat());
        command.env("DESIREPATH_KEY", key);
        let said = said(command, b"");
        assert_eq!(said.exit, 0, "{said:?}");
        said.json()
    };
    let listen = format!("127.0.0.1:{}", tests::free_ports());
    let instance = old.start_at(&listen);
    let key = old.key("admin");
    let whole = import(&instance, &key);
    assert_eq!(whole["passed"], 0);
    assert_eq!(import(&instance, &key)["passed"], 2_000, "by its address as by its folder");
    instance.stop();
    // Another one at the same address.
    let instance = new.start_at(&listen);
    let answer = import(&instance, &new.key("admin"));
    assert_eq!((&answer["passed"], &answer["counted"]), (&json!(0), &whole["counted"]));
    instance.stop();
}

/// A command that is told a signal once it has noted so many rows.
fn signalled(program: &Program, arguments: &[&str], signal: &str, rows: u64) -> Said {
    let mut command = program.command(arguments);
    command.arg("--data").arg(&program.data);
    let data = program.data.clone();
    let pid = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.expect("the program");
        pid.0.send(child.id()).expect("a number");
        scope.spawn(move || {
            let pid = pid.1.recv().expect("a number").to_string();
            while noted(&data) < rows {
                std::thread::sleep(Duration::from_millis(1));
            }
            let sent = Command::new("kill").args([signal, &pid]).status().expect("kill");
            assert!(sent.success());
        });
        let output = child.wait_with_output().expect("an end");
        Said {
            exit: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    })
}

#[test]
fn ctrl_c_ends_an_import_and_says_how_to_go_on() {
    const ROWS: u64 = 300_000;
    let program = Program::new();
    let text = lines(&mut Random(5), ROWS);
    program.file("lines.jsonl", &text);
    for (signal, exit, rows) in [("-INT", 130, BATCH), ("-TERM", 143, 6 * BATCH)] {
        let said = signalled(&program, &["import", "lines.jsonl"], signal, rows);
        said.fails(exit, "D0761", "the same command goes on there");
        let told = format!("stopped after row {} of", noted(&program.data));
        assert!(said.err.contains(&told), "{told}: {said:?}");
        assert!(noted(&program.data) >= rows);
    }
    let behind = noted(&program.data);
    let answer = program.say(&["import", "lines.jsonl"]).json();
    assert_eq!((&answer["passed"], &answer["read"]), (&json!(behind), &json!(ROWS - behind)));
    // Who is stopped politely sends nothing twice.
    program.adds_up(ROWS as i64);
}

/// An instance that takes so many bodies of touchpoints and is gone then.
fn leaving(listener: &TcpListener, bodies: usize) {
    let mut taken = 0;
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let Some(request) = request(&mut stream) else { continue };
        if request.starts_with("POST /v1/touchpoints") {
            taken += 1;
            if taken > bodies {
                return;
            }
        }
        let record = json!({ "partition": 0, "offset": 6, "value": "a record" });
        let topic = json!({
            "topic": "touchpoints", "partitions": [{ "partition": 0, "start": 0, "end": 7 }]
        });
        let items = match &*request {
            line if line.starts_with("GET /v1/topics/touchpoints") => json!([record]),
            line if line.starts_with("GET /v1/topics") => json!([topic]),
            _ => json!([]),
        };
        let body = json!({ "items": items, "refused": [] }).to_string();
        let (size, end) = (body.len(), "connection: close\r\n\r\n");
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n{end}");
        stream.write_all((head + &body).as_bytes()).expect("an answer");
    }
}

/// The first line of a request, once all of it has come.
fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut room) = (Vec::new(), vec![0; 65_536]);
    loop {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
            let length: usize = length.unwrap_or(0);
            if text.contains("transfer-encoding: chunked") && !text.ends_with("\r\n0\r\n\r\n") {
                // More is to come.
            } else if bytes.len() >= end + 4 + length {
                break;
            }
        }
        match stream.read(&mut room).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&room[..count]),
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().next().map(str::to_owned)
}

#[test]
fn what_an_instance_has_not_acknowledged_is_not_noted() {
    let program = Program::new();
    program.file("lines.jsonl", lines(&mut Random(9), 5 * BATCH).replace("no touchpoint\n", ""));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || leaving(&listener, 2));
    let said = said(program.command(&["import", "lines.jsonl", "--url", &url]), b"");
    said.fails(69, "D0718", "rows up to 20000 are taken: the same command goes on there");
    assert_eq!(noted(&program.folder().join("desirepath-data")), 2 * BATCH, "{said:?}");
}
