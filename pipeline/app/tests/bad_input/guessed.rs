//! A table without a mapping: guessed, shown, written down, and imported only when somebody agrees.

use crate::gzip;
use crate::program::{Program, Said, said};
use serde_json::json;
use std::process::Command;

const GERMAN: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../intake/tests/guess/kasse-2026-01.csv"));

#[test]
fn a_guess_is_written_down_and_imports_nothing_until_somebody_agrees() {
    let program = Program::new();
    let file = program.file("kasse.csv", GERMAN);
    let name = file.to_str().expect("a path");
    let said = program.say(&["import", name]);
    said.fails(1, "D0746", "nothing is imported yet");
    for words in
        ["row 3 has 31.12.2025", "line 2 is not UTF-8", "1234.56 EUR", "6 rows: 6 touchpoints"]
    {
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    assert!(!program.data.exists(), "a guess makes no folder");
    // The mapping stands beside the file, and is the one of the next import.
    let beside = format!("{name}.mapping.toml");
    assert_eq!(program.say(&["map", "test", &beside, name]).exit, 0);
    let again = program.say(&["import", name]);
    assert_eq!((again.exit, &again.json()["counted"]), (0, &json!(6)), "{again:?}");
    assert!(again.err.contains("which stands beside it"));
    program.adds_up(6);
}

#[test]
fn a_longer_export_brings_only_what_is_new() {
    let program = Program::new();
    let rows = |count: usize| {
        // Two rows in a day may be alike, and are two.
        let row = |n: usize| format!("{:02}.03.2026;K-{};5,00\n", n / 2 + 1, n / 4);
        let rows: String = (0..count).map(row).collect();
        format!("Datum;Kunde;Betrag\n{rows}")
    };
    let import = |name: &str, count| {
        let file = program.file(name, rows(count));
        let said =
            program.say(&["import", file.to_str().expect("a path"), "--yes", "--dates", "dmy"]);
        assert_eq!(said.exit, 0, "{said:?}");
        let answer = said.json();
        (answer["counted"].as_i64(), answer["passed"].as_i64())
    };
    assert_eq!(import("sales-2026-03-10.csv", 20), (Some(20), Some(0)));
    assert_eq!(import("sales-2026-03-20.csv", 40), (Some(20), Some(20)));
    assert_eq!(import("sales-2026-03-20.csv", 40), (Some(0), Some(40)));
    program.adds_up(40);
}

#[test]
fn lines_of_another_program_are_guessed_as_tables_are() {
    let program = Program::new();
    let line = |n: u64| {
        let email = format!("user{}@example.org", n % 7);
        json!({
            "created_at": format!("2026-03-{:02}T09:00:00Z", 1 + n), "type": "purchase",
            "user": { "email": email }, "price": { "amount": n as f64 / 4.0, "currency": "EUR" },
        })
    };
    let text: String = (0..25).map(|n| format!("{}\n", line(n))).collect();
    let file = program.file("export.jsonl.gz", gzip(text.as_bytes()));
    let name = file.to_str().expect("a path");
    let said = program.say(&["import", name]);
    said.fails(1, "D0746", "nothing is imported yet");
    for words in ["user.email", "20 rows: 20 touchpoints", "email user3@example.org", "2.50 EUR"] {
        assert!(said.err.contains(words), "{words}: {said:?}");
    }
    assert!(!program.data.exists(), "a guess makes no folder");
    let again = program.say(&["import", name]);
    assert_eq!((again.exit, &again.json()["counted"]), (0, &json!(25)), "{again:?}");
    assert!(again.err.contains("which stands beside it"));
    program.adds_up(25);
}

#[test]
fn what_no_row_proves_is_refused_even_where_the_guess_is_accepted() {
    let program = Program::new();
    let table = "date,customer,total\n03/04/2026,ann,1.5\n";
    let file = program.file("a.csv", table);
    let name = file.to_str().expect("a path");
    program.say(&["import", name, "--yes"]).fails(65, "D0749", "03/04/2026");
    assert!(!program.folder().join("a.csv.mapping.toml").exists());
    let said = program.say(&["import", name, "--yes", "--dates", "mdy"]);
    assert_eq!(said.json()["counted"], 1, "{said:?}");
    let row = &program.say(&["customer", "ann"]).json();
    assert!(row.to_string().contains("2026-03-0"), "{row}");

    let file = program.file("b.csv", "date,customer\n2026-03-04,ann\n");
    let name = file.to_str().expect("a path");
    program.say(&["import", name, "--yes"]).fails(65, "D0749", "--kind");
    let file = program.file("c.csv", "one\ntwo\n");
    program.say(&["import", file.to_str().expect("a path")]).fails(65, "D0550", "no delimiter");
}

/// What the program says on a terminal to which these lines are typed, and its exit code.
fn typed(program: &Program, arguments: &str, lines: &str) -> Said {
    let data = program.data.to_str().expect("a path");
    let command = format!("{} {arguments} --data {data}", env!("CARGO_BIN_EXE_desirepath"));
    // Of bsdutils, which every Debian has.
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).current_dir(program.folder());
    said(script, lines.as_bytes())
}

#[test]
fn on_a_terminal_it_asks_what_no_row_proves_and_whether_to_import() {
    for (lines, format, exit, counted) in [
        ("y\nn\n", "%d/%m/%Y", 1, 0),
        ("n\ny\n", "%m/%d/%Y", 0, 1),
        ("maybe\nja\nOui\n", "%d/%m/%Y", 0, 1),
    ] {
        let program = Program::new();
        program.file("a.csv", "date,customer,total\n03/04/2026,ann,1.5\n");
        let said = typed(&program, "import a.csv", lines);
        assert_eq!(said.exit, exit, "{lines:?}: {said:?}");
        assert!(said.out.contains("Is 03/04/2026 in column date written with the day first?"));
        let mapping = program.folder().join("a.csv.mapping.toml");
        let mapping = std::fs::read_to_string(mapping).expect("a mapping");
        assert!(mapping.contains(format), "{lines:?}: {mapping}");
        assert_eq!(program.data.exists(), counted > 0);
        if counted > 0 {
            program.adds_up(counted);
        }
    }
}
