//! A mail server and receivers of webhooks from PyPI, beside a test.

use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What `receiver.py` knows the sender by.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const PASSWORD: &str = "hunter2";

/// The servers, which end with this.
pub struct Receiver {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Receiver {
    pub fn start() -> Receiver {
        let folder = tempfile::tempdir().expect("a folder");
        let port = six_ports();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sending/receiver.sh");
        let mut command = Command::new(script);
        command.arg(folder.path()).arg(port.to_string()).stdin(Stdio::piped());
        let child = command.stdout(Stdio::null()).spawn().expect("the script");
        let mut receiver = Receiver { folder, port, child };
        let begun = Instant::now();
        while !receiver.folder.path().join("ready").exists() {
            let ended = receiver.child.try_wait().expect("a state");
            let is_late = begun.elapsed() > Duration::from_secs(300);
            assert!(ended.is_none() && !is_late, "the receiver does not come up: {ended:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
        receiver
    }

    /// The place of a server by its number in `receiver.py`.
    pub fn at(&self, scheme: &str, host: &str, number: u16) -> String {
        format!("{scheme}://{host}:{}", self.port + number)
    }

    /// The authority of its certificates.
    pub fn authority(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    /// How it answers from now on.
    pub fn answer(&self, answers: &Value) {
        let new = self.folder.path().join("answers.new");
        std::fs::write(&new, answers.to_string()).expect("a file");
        std::fs::rename(new, self.folder.path().join("answers.json")).expect("renamed");
    }

    /// Everything that has arrived.
    pub fn arrived(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("arrived.jsonl"));
        let text = text.unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let line = |line| serde_json::from_str(line).expect("JSON");
        whole.lines().map(line).collect()
    }

    /// Waits until so many have arrived.
    #[track_caller]
    pub fn wait_for(&self, count: usize, log: impl Fn() -> String) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let arrived = self.arrived();
            if arrived.len() >= count {
                return arrived;
            }
            let is_late = begun.elapsed() > Duration::from_secs(120);
            assert!(!is_late, "{} of {count}: {arrived:?}\n{}", arrived.len(), log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// `[webhook]` with the secret that it knows.
    pub fn webhook(&self) -> String {
        format!(
            "[webhook]\nurl = \"{}/hidden\"\nsecret = {{ file = \"../whsec\" }}\n",
            self.at("http", "127.0.0.1", 0)
        )
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Six ports in a row, which nobody else in this process is given.
fn six_ports() -> u16 {
    let is_row = |[a, b, c]: &[u16; 3]| (*b, *c) == (a + 2, a + 4);
    let mut rows = (0..100).map(|_| [(); 3].map(|()| tests::free_ports()));
    rows.find(is_row).expect("six free ports in a row")[0]
}
