//! The program on a folder of its own, asked by its commands.

use journey::FOLD_VERSION;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the data sets are, fetched when they are missing.
pub fn data_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let fetch = Command::new(root().join("deploy/data/fetch.sh")).output();
        assert!(fetch.expect("the script runs").status.success());
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache");
        cache.unwrap_or_else(home).join("desirepath/data")
    })
}

/// What DuckDB says of the data sets.
pub fn expected() -> Value {
    let output = Command::new(root().join("tests/data/expected.sh")).output();
    let output = output.expect("the script runs");
    let error = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no figures: {error}"))
}

/// A counter's key on the topic, of its JSON: `family|map|version|fold|size|start|dim=value|…`.
pub fn key(row: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let window = &row["window"];
    let size = if window.is_null() { "total".to_owned() } else { text(&window["size"]) };
    let start = model::Timestamp::parse_rfc3339(&text(&window["start"]));
    let start = start.map_or(String::new(), |start| start.to_string());
    let mut key = format!("{}|default|1|{FOLD_VERSION}|{size}|{start}", text(&row["family"]));
    for (name, value) in row["dims"].as_object().into_iter().flatten() {
        key.push_str(&format!("|{name}={}", text(value)));
    }
    key
}

/// An installation on one of the logs.
pub struct Installation {
    config: PathBuf,
    data: PathBuf,
}

impl Installation {
    /// A new one, whose topics on a shared broker have names of their own.
    pub fn new(folder: &Path, log: &str, brokers: &str, name: &str) -> Installation {
        let config = folder.join(format!("{log}-{name}.toml"));
        let data = folder.join(format!("{log}-{name}"));
        let text = format!(
            "[log]\nkind = {log:?}\ndata = {data:?}\npartitions = 3\n\
             [kafka]\nbrokers = {brokers:?}\napplication_id = {name:?}\n\
             topic_prefix = \"{name}-\"\n"
        );
        std::fs::write(&config, text).expect("a file");
        Installation { config, data }
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its configuration.
    pub fn config(&self) -> &Path {
        &self.config
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        // Filters of a list stand last.
        let (first, rest) = arguments.split_first().expect("a command");
        command.arg(first).arg("--json").arg("--config").arg(&self.config).args(rest);
        let output = command.output().expect("the program");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        output
    }

    fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.output(arguments);
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("json")).collect()
    }

    /// The answer of a command that prints one object.
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.lines(arguments).remove(0)
    }

    /// Imports a file with a mapping that ships.
    pub fn import(&self, file: &Path, mapping: &str) -> Value {
        let mapping = root().join("deploy/mappings").join(mapping);
        let (file, mapping) = (file.to_str().expect("a path"), mapping.to_str().expect("a path"));
        // From its first row also where it was imported before.
        self.json(&["import", file, "--mapping", mapping, "--from-start"])
    }

    /// Counters of one family.
    pub fn insights(&self, family: &str) -> Vec<Value> {
        self.lines(&["insights", "--family", family])
    }

    /// Every counter by its key, with what it holds.
    pub fn counters(&self) -> BTreeMap<String, (Value, Value)> {
        let rows = self.lines(&["insights"]);
        rows.iter().map(|row| (key(row), (row["count"].clone(), row["amounts"].clone()))).collect()
    }

    /// The list behind a number.
    pub fn customers(&self, filters: &[&str]) -> Vec<Value> {
        let arguments = [&["customers"], filters].concat();
        self.lines(&arguments)
    }

    /// The last count of each key on the topic `insights`, as a reader of the topic has it.
    pub fn latest_insights(&self) -> BTreeMap<String, Value> {
        let text = std::fs::read_to_string(&self.config).expect("a file");
        let is_kafka = text.contains("kind = \"kafka\"");
        let name = if is_kafka { "cdnow-insights" } else { "insights" };
        let rows = self.lines(&["topic", "read", name, "--limit", "100000000"]);
        let rows = rows.into_iter().map(|mut row| {
            let key = row["key"].as_str().expect("a key").to_owned();
            (key, row["value"]["count"].take())
        });
        rows.collect()
    }
}
