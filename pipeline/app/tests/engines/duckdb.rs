//! DuckDB, asked by a script that knows nothing of this project.

use crate::program::{Counters, dims_text};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every counter of a file of touchpoints, as `tests/data/counters.sql` has it. `form` says what
/// the file is: `lines`, `cdnow` or `ecom`; `times` as_of and the time of the log, with the file of
/// the installation's secret.
pub fn count(map: &Path, form: &str, file: &Path, times: Option<([i64; 2], &Path)>) -> Counters {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(root.join("tests/data/duckdb.sh"));
    command.arg("counters.py").arg(absolute(map)).arg(form).arg(absolute(file));
    if let Some((times, secret)) = times {
        command.args(times.map(|time| time.to_string())).arg(secret);
        let labels = file.with_file_name("labels.csv");
        labels.exists().then(|| command.arg(absolute(&labels)));
    }
    let output = command.output().expect("the script runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "DuckDB did not answer: {error}");
    let text = String::from_utf8(output.stdout).expect("text");
    let row = |line: &str| -> Value { serde_json::from_str(line).expect("json") };
    text.lines()
        .map(|line| {
            let row = row(line);
            let word = |name: &str| row[name].as_str().expect("a word").to_owned();
            let window = match row["start"].as_i64().zip(row["end"].as_i64()) {
                Some((start, end)) => format!("{} {start}-{end}", word("size")),
                None => word("size"),
            };
            let key = format!("{} {window} {}", word("family"), dims_text(&row["dims"]));
            (key, (row["count"].as_i64().expect("a count"), row["amounts"].clone()))
        })
        .collect()
}

fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).expect("a file")
}
