//! Writers over HTTP, and what must be true of the log and the counters afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const WRITERS: usize = 4;

/// Numbers that were sent, and what became of them by the answers.
#[derive(Default)]
pub struct Written {
    pub sent: BTreeSet<u64>,
    pub accepted: BTreeSet<u64>,
    /// By status and code.
    pub refused: BTreeMap<(u16, String), BTreeSet<u64>>,
}

/// Writers that go on until they are told to stop, over all lives of the program.
pub struct Writers {
    url: String,
    data: PathBuf,
    next: AtomicU64,
    is_over: AtomicBool,
    written: Mutex<Written>,
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Writers {
    /// Lets something happen while four writers post to a port, and tells what they wrote.
    pub fn around(port: u16, data: &Path, happen: impl FnOnce(&Writers)) -> Written {
        let writers = Writers {
            url: format!("http://127.0.0.1:{port}/v1/touchpoints"),
            data: data.to_owned(),
            next: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            written: Mutex::default(),
        };
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| writers.write());
            }
            // Also when what happens fails: else the writers would never end.
            let _over = Over(&writers.is_over);
            happen(&writers);
        });
        writers.written.into_inner().expect("a lock")
    }

    /// How many have been accepted so far.
    #[allow(dead_code, reason = "one of two test programs asks")]
    pub fn accepted(&self) -> usize {
        self.written.lock().expect("a lock").accepted.len()
    }

    /// Which have been accepted so far.
    #[allow(dead_code, reason = "one of two test programs asks")]
    pub fn accepted_so_far(&self) -> BTreeSet<u64> {
        self.written.lock().expect("a lock").accepted.clone()
    }

    /// Posts touchpoints of three at a time; whatever gets no answer is in doubt.
    fn write(&self) {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.timeout_global(Some(Duration::from_secs(5))).build().into();
        let mut bearer = String::new();
        while !self.is_over.load(Ordering::Relaxed) {
            let first = self.next.fetch_add(3, Ordering::Relaxed);
            let numbers = first..first + 3;
            let lines: Vec<String> = numbers.clone().map(touchpoint).collect();
            self.written.lock().expect("a lock").sent.extend(numbers.clone());
            let request = agent.post(&self.url).header("content-type", "application/x-ndjson");
            match request.header("authorization", &bearer).send(lines.join("\n")) {
                Ok(answer) if answer.status() == 202 => {
                    self.written.lock().expect("a lock").accepted.extend(numbers);
                }
                // Another life has another key.
                Ok(answer) if answer.status() == 401 => bearer = tests::bearer(&self.data),
                Ok(mut answer) => {
                    let body = answer.body_mut().read_to_string().unwrap_or_default();
                    let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
                    let code = body["code"].as_str().unwrap_or_default().to_owned();
                    let key = (answer.status().as_u16(), code);
                    let mut written = self.written.lock().expect("a lock");
                    written.refused.entry(key).or_default().extend(numbers);
                    drop(written);
                    std::thread::sleep(Duration::from_millis(5));
                }
                // Nobody there: the next life begins soon.
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

fn touchpoint(number: u64) -> String {
    let (customer, time) = (number % 17, 1_767_571_200_000 + number * 1_000);
    let id = format!(r#""event_id":"e{number}","customer_id":"c{customer}""#);
    format!(r#"{{{id},"time":{time},"channel":"chat","kind":"enquiry_received"}}"#)
}

/// What a command prints about a folder, or what it complains about.
pub fn json(data: &Path, arguments: &[&str]) -> Result<Vec<serde_json::Value>, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_desirepath"));
    let output = command.args(arguments).arg("--json").arg("--data").arg(data).output();
    let output = output.expect("the program");
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{arguments:?}: {}: {error}", output.status));
    }
    let text = String::from_utf8(output.stdout).expect("text");
    Ok(text.lines().map(|line| serde_json::from_str(line).expect("json")).collect())
}

impl Written {
    /// Every touchpoint that was accepted is in the log and counts once, none that was not sent is
    /// there, and every counter is that of the batch fold. Answers how many count.
    pub fn judge(&self, data: &Path) -> Result<usize, String> {
        let in_log = self.find(data)?;
        let audit = json(data, &["audit"])?.remove(0);
        if audit["differences"] != 0 {
            return Err(format!("the audit differs: {audit}"));
        }
        let admission = json(data, &["insights", "--family", "admission"])?;
        let result = |row: &serde_json::Value| row["dims"]["result"].clone();
        match admission.as_slice() {
            [row] if result(row) == "counted" && row["count"] == in_log.len() as u64 => {}
            rows => return Err(format!("{} are in the log, counted: {rows:?}", in_log.len())),
        }
        Ok(in_log.len())
    }

    /// The numbers in the log of a folder, which holds everything accepted and each once.
    pub fn find(&self, data: &Path) -> Result<BTreeSet<u64>, String> {
        let rows = json(data, &["topic", "read", "touchpoints", "--limit", "100000000"])?;
        let numbers = rows.iter().map(|row| {
            let id = row["value"]["event_id"].as_str().expect("an id");
            id[1..].parse::<u64>().expect("a number")
        });
        let in_log: BTreeSet<u64> = numbers.collect();
        if in_log.len() < rows.len() {
            return Err(format!("{} are in the log twice", rows.len() - in_log.len()));
        }
        let lost = self.accepted.difference(&in_log).count();
        if lost > 0 {
            return Err(format!("{lost} of {} accepted are lost", self.accepted.len()));
        }
        match in_log.difference(&self.sent).next() {
            Some(number) => Err(format!("nobody sent {number}")),
            None => Ok(in_log),
        }
    }
}
