//! The JSON of every report against its published schema, and each as a table and as CSV.

use crate::program::Program;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const STEPS: [&str; 5] =
    ["report", "funnel", "--steps", "enquiry_received, purchase_made", "--window"];

/// Every report that there is, with what it can be asked for, by its schema.
fn questions() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut questions = vec![
        ("summary", vec!["report"]),
        ("summary", vec!["report", "summary", "--period", "30d"]),
        ("system", vec!["report", "system"]),
        ("digest", vec!["digest"]),
        ("digest", vec!["digest", "--as-of", "2020-01-01"]),
        ("digest", vec!["report", "digest"]),
        ("funnel_steps", [&STEPS[..], &["30d"]].concat()),
        ("funnel_steps", [&STEPS[..], &["30d", "--by", "channel"]].concat()),
        ("funnel_steps", [&STEPS[..], &["30d", "--by", "1d"]].concat()),
        ("funnel_steps", [&STEPS[..], &["30d", "--exclude", "lost"]].concat()),
    ];
    questions.push(("forecast", vec!["report", "forecast"]));
    questions.push(("forecast", vec!["report", "forecast", "--as-of", "2020-01-01"]));
    questions.push(("cadence", vec!["report", "cadence"]));
    questions.push(("cadence", vec!["report", "cadence", "--by", "channel"]));
    questions.push(("cadence", vec!["report", "cadence", "--as-of", "2020-01-01"]));
    questions.push(("findings", vec!["report", "findings"]));
    questions.push(("findings", vec!["report", "findings", "--as-of", "2020-01-01"]));
    questions.push(("value", vec!["report", "value"]));
    questions.push(("value", vec!["report", "value", "--by", "channel"]));
    questions.push(("value", vec!["report", "value", "--as-of", "2020-01-01"]));
    for (name, divided) in [
        ("funnel", &["channel", "entry", "1d"][..]),
        ("moves", &["channel", "1d"]),
        ("channels", &[]),
        ("dropoffs", &["channel"]),
        ("activity", &["stage", "channel", "kind", "7d"]),
    ] {
        questions.push((name, vec!["report", name]));
        questions.push((name, vec!["report", name, "--period", "7d"]));
        questions.push((name, vec!["report", name, "--as-of", "2020-01-01"]));
        for by in divided {
            questions.push((name, vec!["report", name, "--by", by]));
        }
    }
    questions
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema(name: &str) -> String {
    root().join(format!("schemas/report/{name}.schema.json")).display().to_string()
}

/// What a validator of somebody else says of each.
fn judged(program: &Program, rows: &[(String, Value)]) -> Vec<String> {
    let line = |(schema, value): &(String, Value)| json!({ "schema": schema, "value": value });
    let lines: Vec<String> = rows.iter().map(|row| line(row).to_string()).collect();
    let file = program.file("values.jsonl", &lines.join("\n"));
    let script = root().join("tests/data/schemas.sh");
    let output = Command::new(script).arg(file).output().expect("the script");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn every_report_is_what_its_schema_says_also_over_http() {
    let mut program = Program::new();
    program.play("800");
    let mut rows = Vec::new();
    for (name, asked) in questions() {
        rows.push((schema(name), program.json(&asked)));
    }
    program.config = "[time]\nidle_bound = \"never\"".to_owned();
    let running = program.start();
    for name in [
        "summary", "funnel", "moves", "channels", "dropoffs", "activity", "cadence", "value",
        "forecast", "findings", "system", "digest",
    ] {
        let request = ureq::get(format!("{}/v1/report/{name}", running.url));
        let answer = request.header("authorization", &running.bearer).call();
        rows.push((schema(name), answer.expect(name).body_mut().read_json().expect("JSON")));
    }
    running.stop();
    let verdicts = judged(&program, &rows);
    assert_eq!(verdicts.len(), rows.len());
    let wrong: Vec<&String> = verdicts.iter().filter(|verdict| *verdict != "ok").collect();
    assert_eq!(wrong, [""; 0]);

    // Whoever finds nothing wrong with anything has not looked.
    let spoiled: Vec<(String, Value)> = rows
        .iter()
        .map(|(schema, value)| {
            let mut value = value.clone();
            value["tables"][0]["surplus"] = 1.into();
            (schema.clone(), value)
        })
        .collect();
    assert!(judged(&program, &spoiled).iter().all(|verdict| verdict != "ok"));
}

#[test]
fn every_report_has_a_schema_and_every_schema_is_asked_for() {
    let folder = root().join("schemas/report");
    let names = std::fs::read_dir(folder).expect("a folder").filter_map(|entry| {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        name.strip_suffix(".schema.json").map(str::to_owned)
    });
    let mut published: Vec<String> = names.collect();
    published.sort();
    let mut asked: Vec<String> = questions().iter().map(|(name, _)| (*name).to_owned()).collect();
    asked.sort();
    asked.dedup();
    assert_eq!(asked, published);
    // Those that the program names when it is asked for one that is not there.
    let program = Program::new();
    program.play("100");
    let said = program.say(&["report", "nonsense"]);
    let known = said.err.split("say one of ").nth(1).and_then(|rest| rest.split(" [").next());
    let mut known: Vec<&str> = known.expect("names").split(", ").collect();
    known.push("funnel_steps");
    known.sort_unstable();
    assert_eq!(known, published);
}

#[test]
fn every_report_is_a_table_and_csv_as_well() {
    let program = Program::new();
    program.play("800");
    for (name, asked) in questions() {
        let text = program.say(&asked);
        assert!(text.exit == 0 && text.out.lines().count() > 2, "{asked:?}: {text:?}");
        if asked[0] == "digest" {
            continue;
        }
        let csv = program.say(&[&asked[..], &["--csv"]].concat());
        assert_eq!(csv.exit, 0, "{asked:?}: {csv:?}");
        let tables = program.json(&asked)["tables"].as_array().expect("tables").len();
        // Tables one after the other, an empty line between: each whole, with a header of its own.
        let parts: Vec<&str> = csv.out.split("\r\n\r\n").collect();
        assert_eq!(parts.len(), tables, "{name}: {}", csv.out);
        for part in parts {
            let mut reader = csv::Reader::from_reader(part.as_bytes());
            let header = reader.headers().expect("a header").len();
            let rows: Result<Vec<csv::StringRecord>, csv::Error> = reader.records().collect();
            let rows = rows.unwrap_or_else(|error| panic!("{name}: {error}: {part}"));
            assert!(header > 0 && rows.iter().all(|row| row.len() == header), "{name}: {part}");
        }
    }
}
