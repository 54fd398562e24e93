//! The program on a disk.

use crate::disk::Disk;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running instance.
pub struct Program {
    child: Child,
    words: Option<std::thread::JoinHandle<String>>,
    port: u16,
}

impl Program {
    /// Starts an instance; whether it gets far is another question.
    pub fn start(disk: &mut Disk, port: u16) -> Program {
        let mut run = Command::new(env!("CARGO_BIN_EXE_desirepath"));
        run.arg("run").arg("--data").arg(disk.data());
        run.arg("--listen").arg(format!("127.0.0.1:{port}"));
        disk.under(&mut run);
        let mut child =
            run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program");
        let mut stderr = child.stderr.take().expect("a pipe");
        let words = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Program { child, words: Some(words), port }
    }

    /// Waits until it has replayed and answers.
    pub fn wait_until_ready(&self) {
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let begun = Instant::now();
        while ureq::get(&url).call().is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "not ready");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to end, as `kill` and Ctrl-C do.
    pub fn tell_to_stop(&self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").arg(pid).status().expect("kill");
        assert!(told.success());
    }

    /// `kill -9`.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("a kill");
        self.child.wait().expect("an end");
        self.words()
    }

    /// Waits until it ends by itself; answers how, and what it said.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return (status, self.words());
            }
            if begun.elapsed() > Duration::from_secs(20) {
                panic!("it did not end: {}", self.kill());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn words(&mut self) -> String {
        self.words.take().map(|words| words.join().expect("words")).unwrap_or_default()
    }
}
