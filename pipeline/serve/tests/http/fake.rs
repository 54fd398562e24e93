//! An installation in memory that does as it is told.

use model::{Cost, Draft, Timestamp};
use serde_json::{Value, json};
use serve::{Backend, Correction, Letter, News, Question, Raw, Readiness, Refusal};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

#[derive(Default)]
pub struct Fake {
    /// What was appended.
    pub log: Mutex<Vec<Draft>>,
    /// What was said by sources.
    pub clocks: Mutex<Vec<(String, Timestamp)>>,
    /// What a door could not read.
    pub letters: Mutex<Vec<Letter>>,
    /// What was written to topics as it is.
    pub records: Mutex<Vec<(String, Raw)>>,
    /// What channels have cost.
    pub costs: Mutex<Vec<Cost>>,
    /// What people have said of touchpoints.
    pub labels: Mutex<Vec<Correction>>,
    /// What was asked.
    pub asked: Mutex<Vec<Question>>,
    /// What everything is refused with.
    pub refusal: Mutex<Option<Refusal>>,
    /// What has changed.
    pub news: Mutex<News>,
    /// Rows of every list.
    pub rows: Mutex<usize>,
    /// How many requests wait for the gate, and whether it is shut.
    gate: Mutex<(usize, bool)>,
    turn: Condvar,
}

impl Fake {
    pub fn event_ids(&self) -> Vec<String> {
        self.log.lock().expect("a log").iter().map(|draft| draft.event_id.clone()).collect()
    }

    pub fn last_question(&self) -> Question {
        self.asked.lock().expect("questions").last().expect("one was asked").clone()
    }

    pub fn refuse(&self, refusal: Refusal) {
        *self.refusal.lock().expect("a refusal") = Some(refusal);
    }

    /// From now on every request waits.
    pub fn shut(&self) {
        self.gate.lock().expect("a gate").1 = true;
    }

    /// Lets go whoever waits.
    pub fn open(&self) {
        self.gate.lock().expect("a gate").1 = false;
        self.turn.notify_all();
    }

    /// Waits until so many requests wait at the gate.
    pub fn wait_for(&self, count: usize) {
        let gate = self.gate.lock().expect("a gate");
        let is_less = |gate: &mut (usize, bool)| gate.0 < count;
        let wait = self.turn.wait_timeout_while(gate, Duration::from_secs(30), is_less);
        assert!(!wait.expect("a gate").1.timed_out(), "nobody came to the gate");
    }

    fn pass(&self) -> Result<(), Refusal> {
        let mut gate = self.gate.lock().expect("a gate");
        gate.0 += 1;
        self.turn.notify_all();
        let mut gate = self.turn.wait_while(gate, |gate| gate.1).expect("a gate");
        gate.0 -= 1;
        self.refusal.lock().expect("a refusal").clone().map_or(Ok(()), Err)
    }
}

impl Backend for Fake {
    fn append(&self, drafts: Vec<Draft>) -> Result<(), Refusal> {
        self.pass()?;
        self.log.lock().expect("a log").extend(drafts);
        Ok(())
    }

    fn refuse(&self, letters: Vec<Letter>) -> Result<(), Refusal> {
        self.pass()?;
        self.letters.lock().expect("letters").extend(letters);
        Ok(())
    }

    fn write(&self, topic: &str, records: Vec<Raw>) -> Result<(), Refusal> {
        self.pass()?;
        let records = records.into_iter().map(|record| (topic.to_owned(), record));
        self.records.lock().expect("records").extend(records);
        Ok(())
    }

    fn clock(&self, source: &str, time: Timestamp) -> Result<(), Refusal> {
        self.pass()?;
        self.clocks.lock().expect("clocks").push((source.to_owned(), time));
        Ok(())
    }

    fn spend(&self, costs: Vec<Cost>) -> Result<(), Refusal> {
        self.pass()?;
        self.costs.lock().expect("costs").extend(costs);
        Ok(())
    }

    fn label(&self, labels: Vec<Correction>) -> Result<usize, Refusal> {
        self.pass()?;
        let learned = labels.iter().filter(|label| label.text.is_some()).count();
        self.labels.lock().expect("labels").extend(labels);
        Ok(learned)
    }

    fn part(&self, name: &str, question: Value) -> Result<Value, Refusal> {
        self.pass()?;
        Ok(json!({ "name": name, "question": question }))
    }

    fn answer(&self, question: &Question) -> Result<Value, Refusal> {
        self.pass()?;
        self.asked.lock().expect("questions").push(question.clone());
        let count = *self.rows.lock().expect("rows");
        match question {
            Question::Report { name, .. } if name == "funnel" => {
                let mut told = json!({ "report": name });
                // As a report has it: nobody looks at it here but who asks for it.
                if count > 0 {
                    told["csv"] = "stage,entered\r\n".into();
                }
                Ok(told)
            }
            Question::Report { name, .. } if name == "panic" => panic!("as it was told"),
            Question::Report { name, .. } => {
                Err(Refusal::Missing(format!("there is no report {name:?}; there is funnel")))
            }
            Question::Funnel { words, .. } => Ok(json!({ "funnel": words })),
            Question::Digest { .. } => Ok(json!({ "report": "digest" })),
            Question::Customer { id } => Ok(json!({ "customer": id })),
            Question::Audit => Ok(json!({ "equal": true })),
            Question::Backup { .. } | Question::BackupProgress => Ok(json!({ "state": "running" })),
            Question::Insights { .. }
            | Question::Topics
            | Question::Topic { .. }
            | Question::Costs => Ok((0..count).map(|n| json!({ "n": n })).collect()),
            Question::Customers(_) => {
                // Two rows each.
                let row = |n: usize| json!({ "n": n, "customer": format!("c-{}", n / 2) });
                Ok((0..count).map(row).collect())
            }
        }
    }

    fn news(&self) -> News {
        self.news.lock().expect("news").clone()
    }

    fn readiness(&self) -> Readiness {
        match &*self.refusal.lock().expect("a refusal") {
            None => Readiness { is_ready: true, reasons: Vec::new() },
            Some(refusal) => Readiness { is_ready: false, reasons: vec![refusal.to_string()] },
        }
    }

    fn metrics(&self) -> String {
        "desirepath_touchpoints_total{result=\"accepted\"} 1\n".to_owned()
    }
}
