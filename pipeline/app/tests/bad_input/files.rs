//! Files: CSV by a mapping and JSON lines, into the folder and into an instance.

use crate::http::code_of;
use crate::program::Program;
use crate::{gzip, touchpoint};
use serde_json::{Value, json};

const MAPPING: &str = "source = 'shop'\ntime = { at = '.at', zone = 'UTC' }\nchannel = 'store'\n\
    kind = 'purchase_made'\ncustomer_id = '.who'\n\
    value = { amount = '.sum', unit = 'major', currency = 'EUR' }\n[file]\nformat = 'csv'\n";

/// Rows that are no touchpoint, with class and code.
fn bad_rows() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let row = |text: &str| text.as_bytes().to_vec();
    vec![
        ("too few columns", row("2026-03-25,ann"), "malformed", "D0547"),
        ("too many columns", row("2026-03-25,ann,1,2"), "malformed", "D0547"),
        ("a quote that is never closed", row("2026-03-25,\"ann,1"), "malformed", "D0547"),
        ("empty fields", row(",,"), "invalid", "D0521"),
        ("nobody", row("2026-03-25,,1"), "invalid", "D0521"),
        ("the year 1", row("0001-01-01,ann,1"), "invalid", "D0523"),
        ("the year 9999", row("9999-12-31,ann,1"), "invalid", "D0523"),
        ("a negative time", row("-1,ann,1"), "invalid", "D0523"),
        ("NaN in money", row("2026-03-25,ann,NaN"), "invalid", "D0524"),
        ("overflow in money", row("2026-03-25,ann,99999999999999999999"), "invalid", "D0525"),
        ("half a cent", row("2026-03-25,ann,1.005"), "invalid", "D0525"),
        ("an over-long id", row(&format!("2026-03-25,{},1", "x".repeat(257))), "invalid", "D0124"),
        ("an over-long row", row(&"x".repeat(70_000)), "oversize", "D0124"),
        ("invalid UTF-8", b"2026-03-25,\xff,1".to_vec(), "malformed", "D0548"),
    ]
}

/// Lines that are no touchpoint.
fn bad_lines() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let with = |more: Value| touchpoint("bad", more).to_string().into_bytes();
    let pairs = (0..100_000).map(|n| (format!("i{n}"), json!("v")));
    let many = json!({ "identifiers": Value::Object(pairs.collect()) });
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    vec![
        ("malformed JSON", b"{\"event_id\": ".to_vec(), "malformed", "D0121"),
        ("a number", b"7".to_vec(), "invalid", "D0122"),
        ("no kind", with(json!({ "kind": null })), "invalid", "D0123"),
        ("a hundred thousand identifiers", with(many), "oversize", "D0124"),
        ("the year 9999", with(json!({ "time": "9999-01-01T00:00:00Z" })), "invalid", "D0125"),
        ("deep nesting", deep.into_bytes(), "malformed", "D0121"),
        ("invalid UTF-8", b"{\"event_id\": \"\xff\"}".to_vec(), "malformed", "D0548"),
    ]
}

/// Good rows before, between and behind bad ones.
fn mixed(good: impl Fn(usize) -> Vec<u8>, bad: &[Vec<u8>]) -> Vec<u8> {
    let mut text = good(0);
    for (index, row) in bad.iter().enumerate() {
        text.push(b'\n');
        text.extend_from_slice(row);
        text.push(b'\n');
        text.extend(good(index + 1));
    }
    text
}

fn row(number: usize) -> Vec<u8> {
    format!("2026-03-25,ann,{number}").into_bytes()
}

fn line(number: usize) -> Vec<u8> {
    touchpoint(&format!("good-{number}"), json!({})).to_string().into_bytes()
}

/// Imports, and holds the sum of the last line to what was in the file.
#[track_caller]
fn import(program: &Program, arguments: &[&str], good: usize, bad: usize) {
    let said = program.say(&[&["import"], arguments].concat());
    assert_eq!(said.exit, 0, "{said:?}");
    let sum = said.json();
    let expected = json!({
        "read": good + bad, "counted": good, "duplicates": 0, "late": 0, "dead_letters": bad,
        "dropped": {}, "passed": 0, "adds_up": true,
    });
    assert_eq!(sum, expected);
}

#[test]
fn bad_rows_and_lines_are_dead_letters_with_their_reasons() {
    for is_instance in [false, true] {
        let program = Program::new();
        let instance = is_instance.then(|| program.start());
        let (rows, lines) = (bad_rows(), bad_lines());
        let bytes = |all: &[(&str, Vec<u8>, &str, &str)]| -> Vec<Vec<u8>> {
            all.iter().map(|(_, bytes, _, _)| bytes.clone()).collect()
        };
        let table = [b"at,who,sum\n".to_vec(), mixed(row, &bytes(&rows))].concat();
        let table = program.file("rows.csv", table);
        let mapping = program.file("rows.toml", MAPPING);
        let jsonl = program.file("lines.jsonl.gz", gzip(&mixed(line, &bytes(&lines))));
        let path = |path: &std::path::Path| path.to_str().expect("a path").to_owned();
        let (table, mapping, jsonl) = (path(&table), path(&mapping), path(&jsonl));
        import(&program, &[&table, "--mapping", &mapping], rows.len() + 1, rows.len());
        import(&program, &[&jsonl], lines.len() + 1, lines.len());
        let letters = program.dead_letters();
        assert_eq!(letters.len(), rows.len() + lines.len());
        for (name, _, class, code) in rows.iter().chain(&lines) {
            let is_it = |(is, error): &&(String, String)| is == class && code_of(error) == *code;
            assert!(letters.iter().any(|letter| is_it(&letter)), "{name}: {letters:#?}");
        }
        if let Some(instance) = instance {
            instance.stop();
        }
        program.adds_up((2 * (rows.len() + lines.len()) + 2) as i64);
        // Rows count for the source of their mapping, lines for their own where it can be read.
        let dead = |source: &str| program.admission()[&(source.to_owned(), "dead".to_owned())];
        assert_eq!((dead("shop"), dead("test"), dead("")), (14, 2, 5));
    }
}

#[test]
fn rows_of_any_size_reach_an_instance() {
    let program = Program::new();
    let instance = program.start();
    let pad = |size: usize| json!({ "a": "x".repeat(size) });
    let line = |number: usize| {
        // Two hundred of them are more than a request takes.
        let size = if usize::is_multiple_of(number, 2) { 60_000 } else { 70_000 };
        touchpoint(&format!("e{number}"), pad(size)).to_string()
    };
    let lines: Vec<String> = (0..400).map(line).collect();
    let file = program.file("large.jsonl", lines.join("\n"));
    import(&program, &[file.to_str().expect("a path")], 200, 200);
    instance.stop();
    program.adds_up(400);
}

/// What ends a file: how it says so, and how many of its rows were counted before.
#[test]
fn a_file_that_breaks_off_says_so_and_keeps_what_was_read() {
    let rows: Vec<String> = (0..5_000).map(|n| format!("2026-03-25,c{n},{n}.5")).collect();
    let table = format!("at,who,sum\n{}", rows.join("\n"));
    let whole = gzip(table.as_bytes());
    let bomb = [table.as_bytes(), b"\n", &vec![b'x'; 70 << 20]].concat();
    let cut = &whole[..whole.len() / 2];
    let none = "";
    for (name, file, bytes, exit, code, words, is_kept) in [
        ("gzip that was cut off", "a.csv.gz", cut, 65, "D0542", "import the file again", true),
        ("a gzip bomb", "b.csv.gz", &gzip(&bomb), 65, "D0544", "200 times", true),
        ("a spreadsheet", "d.csv", b"PK\x03\x04rest", 65, "D0543", "save the table as CSV", false),
        ("an empty file", "e.csv", none.as_bytes(), 65, "D0545", "the file is empty", false),
        ("another header", "f.csv", b"a,b\n1,2\n", 78, "D0504", "", false),
    ] {
        let program = Program::new();
        let mapping = program.file("rows.toml", MAPPING);
        let file = program.file(file, bytes);
        let (file, mapping) = (file.to_str().expect("a path"), mapping.to_str().expect("a path"));
        let said = program.say(&["import", file, "--mapping", mapping]);
        said.fails(exit, code, words);
        let counted = program.admitted("counted");
        assert_eq!(counted > 0, is_kept, "{name}: {counted}");
        if is_kept {
            assert_eq!(said.json()["counted"], counted, "{name}: {said:?}");
            assert_eq!(said.json()["adds_up"], true, "{name}: {said:?}");
        }
        program.adds_up(counted);
        if code == "D0542" {
            let whole = program.file("whole.csv.gz", &whole);
            let whole = whole.to_str().expect("a path");
            assert_eq!(program.say(&["import", whole, "--mapping", mapping]).exit, 0);
            assert_eq!(program.admitted("counted"), 5_000, "the whole file counts once");
        }
    }
}

#[test]
fn files_and_mappings_that_are_not_there_or_do_not_fit_are_named() {
    let program = Program::new();
    let mapping = program.file("good.toml", MAPPING);
    let broken = program.file("broken.toml", "time = ");
    let unknown = program.file("unknown.toml", MAPPING.replace("channel", "chanel"));
    let table = program.file("rows.csv", "at,who,sum\n2026-03-25,ann,1\n");
    let list = program.file("list.jsonl", "[{}]");
    let folder = program.folder().to_str().expect("a path").to_owned();
    let path = |path: &std::path::PathBuf| path.to_str().expect("a path").to_owned();
    let (mapping, broken, unknown) = (path(&mapping), path(&broken), path(&unknown));
    let (table, list) = (path(&table), path(&list));
    for (arguments, exit, code, words) in [
        (vec!["nowhere.csv", "--mapping", &mapping], 66, "D0541", "nowhere.csv"),
        (vec![&*folder, "--mapping", &mapping], 66, "D0541", "it is a folder"),
        (vec![&*table, "--mapping", "nowhere.toml"], 66, "D0701", "nowhere.toml"),
        (vec![&*table, "--mapping", &broken], 78, "D0201", "broken.toml"),
        (vec![&*table, "--mapping", &unknown], 78, "D0202", "channel"),
        (vec![&*table], 1, "D0746", "--mapping"),
        (vec![&*list], 65, "D0546", "one object a line"),
    ] {
        program.say(&[&["import"], &*arguments].concat()).fails(exit, code, words);
    }
    // Of two files the first counts, though the second is not there.
    let said = program.say(&["import", &table, "nowhere.csv", "--mapping", &mapping]);
    said.fails(66, "D0541", "nowhere.csv");
    assert_eq!(said.json()["counted"], 1, "{said:?}");
    program.adds_up(1);
}
