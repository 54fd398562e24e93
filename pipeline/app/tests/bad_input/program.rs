//! The program on a folder of its own: its commands, and it as an instance.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Its answer, one object.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Its answer, an object a line.
    pub fn lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        self.out.lines().map(line).collect()
    }

    /// Holds it to an exit code and to everything that an error has to say: words, the code of a
    /// page that exists, and what to do.
    #[track_caller]
    pub fn fails(&self, exit: i32, code: &str, words: &str) {
        assert_eq!(self.exit, exit, "{self:?}");
        assert!(self.err.contains(code) && self.err.contains(words), "{code} {words}: {self:?}");
        let page = serve::page(code).unwrap_or_else(|| panic!("{code} has no page"));
        assert!(page.contains("**What to do.**"), "{page}");
        let says_fix = self.err.contains("What to do: ") || self.err.contains("help: ");
        assert!(says_fix, "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
    }
}

/// An installation of a test.
pub struct Program {
    pub data: PathBuf,
    folder: TempDir,
}

impl Program {
    pub fn new() -> Program {
        let folder = tempfile::tempdir().expect("a folder");
        Program { data: folder.path().join("data"), folder }
    }

    /// A file beside the data folder.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// A new key.
    pub fn key(&self, right: &str) -> String {
        let made = self.say(&["key", "create", right]).json();
        made["key"].as_str().expect("a key").to_owned()
    }

    /// A command on the data folder.
    pub fn say(&self, arguments: &[&str]) -> Said {
        self.say_to(arguments, b"")
    }

    /// A command on the data folder that is told something.
    pub fn say_to(&self, arguments: &[&str], input: &[u8]) -> Said {
        let data = self.data.to_str().expect("a path");
        said(self.command(&[arguments, &["--data", data, "--json"]].concat()), input)
    }

    /// Counters of admission by source and result.
    pub fn admission(&self) -> BTreeMap<(String, String), i64> {
        let rows = self.say(&["insights", "--family", "admission"]).lines();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let row = |row: &Value| {
            let key = (text(&row["dims"]["source"]), text(&row["dims"]["result"]));
            (key, row["count"].as_i64().expect("a count"))
        };
        rows.iter().map(row).collect()
    }

    /// The sum of one result over all sources.
    pub fn admitted(&self, result: &str) -> i64 {
        let rows = self.admission();
        rows.iter().filter(|((_, known), _)| known == result).map(|(_, count)| count).sum()
    }

    /// Holds the log to its law: records in = counted + duplicates + late + dead letters, and every
    /// counter to the specification.
    #[track_caller]
    pub fn adds_up(&self, records: i64) {
        let results = ["counted", "duplicate", "late", "dead"].map(|r| self.admitted(r));
        assert_eq!(results.iter().sum::<i64>(), records, "{results:?}");
        let audit = self.say(&["audit"]);
        assert_eq!(audit.exit, 0, "{audit:?}");
    }

    /// The dead letters: class and error.
    pub fn dead_letters(&self) -> Vec<(String, String)> {
        let rows = self.say(&["topic", "read", "dead-letters"]).lines();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let letter = |row: &Value| (text(&row["value"]["class"]), text(&row["value"]["error"]));
        rows.iter().map(letter).collect()
    }

    /// It as an instance.
    pub fn start(&self) -> Instance {
        self.start_with(&[])
    }

    /// It as an instance, with further arguments.
    pub fn start_with(&self, arguments: &[&str]) -> Instance {
        self.started(&format!("127.0.0.1:{}", tests::free_ports()), arguments)
    }

    /// It as an instance at an address.
    pub fn start_at(&self, listen: &str) -> Instance {
        self.started(listen, &[])
    }

    fn started(&self, listen: &str, arguments: &[&str]) -> Instance {
        let url = format!("http://{listen}");
        let mut run = self.command(&["run", "--listen", listen, "--data"]);
        let run = run.arg(&self.data).args(arguments).stderr(Stdio::null());
        let child = run.spawn().expect("the program");
        let mut instance = Instance { url, bearer: String::new(), child };
        let begun = Instant::now();
        while instance.get("/readyz").0 != 200 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the instance does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
        instance.bearer = tests::bearer(&self.data);
        instance
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Runs a command to its end.
pub fn said(mut command: Command, input: &[u8]) -> Said {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program");
    let mut stdin = child.stdin.take().expect("an input");
    std::thread::scope(|scope| {
        // Whoever fails early reads none of it.
        scope.spawn(move || stdin.write_all(input).is_ok());
        let output = child.wait_with_output().expect("the program");
        Said {
            exit: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    })
}

/// The program while it runs.
pub struct Instance {
    pub url: String,
    /// What it wants to be sent.
    bearer: String,
    child: Child,
}

impl Instance {
    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().http_status_as_error(false).build().into()
    }

    /// It as somebody who sends another header `Authorization`.
    pub fn status_of(&self, method: &str, path: &str, bearer: &str) -> u16 {
        let url = format!("{}{path}", self.url);
        let request = ureq::http::Request::builder().method(method).uri(url);
        let request = request.header("authorization", bearer).body("").expect("a request");
        Instance::agent().run(request).expect("an answer").status().as_u16()
    }

    /// Status and answer.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let request = Instance::agent().get(format!("{}{path}", self.url));
        match request.header("authorization", &self.bearer).call() {
            Ok(answer) => read(answer),
            Err(_) => (0, Value::Null),
        }
    }

    /// Status and answer; `encoding` as it is said to be.
    pub fn post(&self, path: &str, body: &[u8], encoding: Option<&str>) -> (u16, Value) {
        let mut request = Instance::agent().post(format!("{}{path}", self.url));
        request = request.header("authorization", &self.bearer);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        read(request.send(body).expect("an answer"))
    }

    /// Ends it as Ctrl-C does.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().expect("kill");
        assert!(sent.success());
        assert!(self.child.wait().expect("an end").success(), "Ctrl-C is a good end");
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Of one that was stopped there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> (u16, Value) {
    let text = answer.body_mut().read_to_string().expect("text");
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}
