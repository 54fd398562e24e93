//! The program on a folder of its own, and what it has counted.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Counters by family, size, window in milliseconds and dimensions: count and amounts.
pub type Counters = BTreeMap<String, (i64, Value)>;

/// Dimensions as text, whatever order they came in.
pub fn dims_text(dims: &Value) -> String {
    let dims: BTreeMap<_, _> = dims.as_object().expect("dims").iter().collect();
    let words =
        dims.iter().map(|(name, value)| format!("{name}={}", value.as_str().expect("text")));
    words.collect::<Vec<_>>().join(" ")
}

/// An installation whose as_of is what touchpoints and imports make it.
pub struct Program {
    config: PathBuf,
}

impl Program {
    pub fn new(folder: &Path, map: &Path) -> Program {
        let (data, config) = (folder.join("data"), folder.join("desirepath.toml"));
        let text = format!(
            "[log]\ndata = {data:?}\npartitions = 3\n[map]\nfile = {map:?}\n\
             [time]\nidle_bound = \"never\"\n"
        );
        std::fs::write(&config, text).expect("a file");
        Program { config }
    }

    fn run(&self, arguments: &[&str], input: &str) -> Vec<Value> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        command.args(arguments).arg("--json").arg("--config").arg(&self.config);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(input.as_bytes()).expect("a write");
        drop(pipe);
        let output = child.wait_with_output().expect("an end");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("json")).collect()
    }

    /// Appends lines as they happen: they move as_of.
    pub fn write(&self, lines: &str) {
        self.run(&["topic", "write", "touchpoints"], lines);
    }

    /// Imports a file, with a mapping that ships where there is one.
    pub fn import(&self, file: &Path, mapping: Option<&str>) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/mappings");
        let mapping = mapping.map(|name| root.join(name));
        let mut arguments = vec!["import", file.to_str().expect("a path")];
        if let Some(mapping) = &mapping {
            arguments.extend(["--mapping", mapping.to_str().expect("a path")]);
        }
        let sum = self.run(&arguments, "").remove(0);
        assert_eq!(sum["adds_up"], true, "{sum}");
    }

    /// Says what touchpoints are about, by a table.
    pub fn correct(&self, file: &Path) {
        self.run(&["label", "--correct", file.to_str().expect("a path")], "");
    }

    /// Every counter, as it stands or as the histories give it at a time.
    pub fn counters(&self, as_of: Option<i64>) -> Counters {
        let as_of = as_of.map(|at| model::Timestamp::from_millis(at).to_string());
        let mut arguments = vec!["insights"];
        if let Some(as_of) = &as_of {
            arguments.extend(["--as-of", as_of]);
        }
        let instant = |value: &Value| {
            let text = value.as_str().expect("a time");
            model::Timestamp::parse_rfc3339(text).expect("a time").millis()
        };
        let row = |row: Value| {
            let window = match &row["window"] {
                Value::Null => "total".to_owned(),
                window => {
                    let (start, end) = (instant(&window["start"]), instant(&window["end"]));
                    format!("{} {start}-{end}", window["size"].as_str().expect("a size"))
                }
            };
            let family = row["family"].as_str().expect("a family");
            let key = format!("{family} {window} {}", dims_text(&row["dims"]));
            (key, (row["count"].as_i64().expect("a count"), row["amounts"].clone()))
        };
        let rows = self.run(&arguments, "");
        let total = rows.len();
        let counters: Counters = rows.into_iter().map(row).collect();
        assert_eq!(counters.len(), total, "a counter is printed twice");
        counters
    }
}
