//! ClickHouse, asked by a script that knows nothing of this project.

use std::path::Path;
use std::process::Command;

/// The rows of each query: a name and a number.
pub fn ask(folder: &Path, queries: &[String]) -> Vec<Vec<(String, u64)>> {
    let file = folder.join("queries.json");
    std::fs::write(&file, serde_json::to_string(queries).expect("json")).expect("a file");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/clickhouse.sh");
    let output = Command::new(script).arg(&file).output().expect("the script runs");
    let error = String::from_utf8_lossy(&output.stderr);
    let answers = serde_json::from_slice(&output.stdout);
    answers.unwrap_or_else(|_| panic!("ClickHouse did not answer: {error}"))
}
