//! The program in a folder of its own.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with a configuration.
pub struct Program {
    folder: TempDir,
    /// What the configuration says besides the data folder.
    pub config: String,
    /// And of the log.
    pub log_section: String,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Holds it to an exit code and an error with its page, which names nobody and no secret.
    #[track_caller]
    pub fn fails(&self, exit: i32, code: &str, words: &str) {
        assert_eq!(self.exit, exit, "{self:?}");
        assert!(self.err.contains(code) && self.err.contains(words), "{code} {words}: {self:?}");
        assert!(self.err.contains("What to do: "), "{self:?}");
        for secret in ["hunter2", "owner@", "MfKQ9r8G", "aGlkZGVu", "hidden"] {
            assert!(!self.err.contains(secret) && !self.out.contains(secret), "{self:?}");
        }
    }
}

impl Program {
    pub fn new() -> Program {
        let folder = tempfile::tempdir().expect("a folder");
        Program { folder, config: String::new(), log_section: String::new() }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command in the folder, on `data` in it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let config = format!("{}\n[log]\ndata = \"data\"\n{}", self.config, self.log_section);
        std::fs::write(self.folder().join("own.toml"), config).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        command.args(arguments).args(["--config", "own.toml"]).current_dir(self.folder());
        if arguments.contains(&"--url") {
            command.env("DESIREPATH_KEY", self.key());
        }
        command
    }

    /// A new key, for whoever asks an instance by its address.
    fn key(&self) -> String {
        let made = self.json(&["key", "create", "admin"]);
        made["key"].as_str().expect("a key").to_owned()
    }

    pub fn say(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().expect("the program");
        Said {
            exit: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let said = self.say(&[arguments, &["--json"]].concat());
        assert_eq!(said.exit, 0, "{arguments:?}: {said:?}");
        said.json()
    }

    /// Plays the demo's past into the data folder.
    pub fn play(&self, leads: &str) {
        let data = self.folder().join("data");
        let data = data.to_str().expect("a path");
        let demo = ["demo", "--once", "--seed", "7", "--leads", leads, "--data", data];
        let said = self.say(&demo);
        assert_eq!(said.exit, 0, "{said:?}");
    }

    /// The program as an instance.
    pub fn start(&self) -> Running {
        let listen = format!("127.0.0.1:{}", tests::free_ports());
        let path = self.folder().join("log");
        let log = std::fs::File::options().create(true).append(true).open(path).expect("a file");
        let mut run = self.command(&["run", "--listen", &listen]);
        let child = run.stderr(log).stdout(Stdio::null()).spawn().expect("the program");
        let url = format!("http://{listen}");
        let mut running = Running { url, bearer: String::new(), child };
        let begun = Instant::now();
        while ureq::get(format!("{}/readyz", running.url)).call().is_err() {
            let ended = running.child.try_wait().expect("a state");
            assert!(
                ended.is_none() && begun.elapsed() < Duration::from_secs(120),
                "{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        running.bearer = tests::bearer(&self.folder().join("data"));
        running
    }

    /// What instances have logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// A file beside the configuration.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }
}

/// An instance, which ends with its owner.
pub struct Running {
    pub url: String,
    /// What it wants to be sent.
    pub bearer: String,
    child: Child,
}

impl Running {
    /// Sends touchpoints.
    pub fn post(&self, touchpoints: &Value) {
        let request = ureq::post(format!("{}/v1/touchpoints", self.url));
        let sent = request.header("authorization", &self.bearer).send_json(touchpoints);
        let answer: Value = sent.expect("taken").body_mut().read_json().expect("json");
        assert_eq!(answer["refused"].as_array().map(Vec::len), Some(0), "{answer}");
    }

    /// The value of a metric.
    pub fn metric(&self, series: &str) -> Option<f64> {
        let request = ureq::get(format!("{}/metrics", self.url));
        let mut answer = request.header("authorization", &self.bearer).call().expect("metrics");
        let text = answer.body_mut().read_to_string().expect("text");
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        line.and_then(|value| value.trim().parse().ok())
    }

    /// Ends it as Ctrl-C does.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
        assert!(self.child.wait().expect("an end").success(), "Ctrl-C is a good end");
    }

    /// Ends it as a power failure does.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("an end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Of one that was stopped there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
