//! An installation, as the doors see it.

use crate::answers;
use crate::installation::Installation;
use crate::measures::Measures;
use crate::parts;
use crate::restoration;
use crate::sources::Trouble;
use model::{Cost, Draft, Timestamp};
use serde_json::Value;
use serve::{Backend, Correction, Letter, News, Question, Raw, Readiness, Refusal};
use std::sync::Arc;
use telemetry::Metrics;

/// An installation and its metrics.
pub struct Doors {
    /// The installation.
    pub installation: Arc<Installation>,
    /// What is counted about it.
    pub metrics: Arc<Metrics>,
    /// What brings them up to date.
    pub measures: Measures,
    /// Why nothing comes from the topics of others, if so.
    pub trouble: Arc<Trouble>,
}

/// Answers a question from an installation.
pub fn answer(installation: &Arc<Installation>, question: &Question) -> Result<Value, Refusal> {
    let settings = installation.settings();
    match question {
        Question::Report { name, period, from, to, by, model, as_of } => {
            let (period, by, model) = (period.as_deref(), by.as_deref(), model.as_deref());
            let (ends, as_of) = ((*from, *to), *as_of);
            answers::report(installation, &answers::Asked { name, period, ends, by, model, as_of })
        }
        Question::Funnel { words, from, to, by, as_of } => {
            answers::funnel(installation, words, (*from, *to), by.as_deref(), *as_of)
        }
        Question::Digest { within, as_of } => answers::digest(installation, *within, *as_of),
        Question::Insights { family, as_of } => {
            let snapshot = match as_of {
                None => answers::live_snapshot(installation)?,
                Some(as_of) => answers::snapshot_at(installation, *as_of)?,
            };
            answers::insights(settings, &snapshot, family.as_deref())
        }
        Question::Customers(people) => answers::customers(installation, people),
        Question::Customer { id } => answers::customer(installation, id),
        Question::Topic { name, partition, offset, limit } => {
            answers::topic(installation, name, *partition, *offset, *limit)
        }
        Question::Costs => installation.costs().told(installation),
        Question::Topics => answers::topics(installation),
        Question::Audit => answers::audit(installation),
        Question::Backup { folder } => installation.backups().begin(installation, folder),
        Question::BackupProgress => installation.backups().progress(),
    }
}

impl Backend for Doors {
    fn append(&self, drafts: Vec<Draft>) -> Result<(), Refusal> {
        self.installation.append(drafts)
    }

    fn refuse(&self, letters: Vec<Letter>) -> Result<(), Refusal> {
        self.installation.refuse(letters)
    }

    fn spend(&self, costs: Vec<Cost>) -> Result<(), Refusal> {
        self.installation.spend(&costs)
    }

    fn label(&self, labels: Vec<Correction>) -> Result<usize, Refusal> {
        self.installation.correct(&labels)
    }

    fn write(&self, topic: &str, records: Vec<Raw>) -> Result<(), Refusal> {
        self.installation.write_raw(topic, records)
    }

    fn clock(&self, source: &str, time: Timestamp) -> Result<(), Refusal> {
        self.installation.append_clock(source, time)
    }

    fn answer(&self, question: &Question) -> Result<Value, Refusal> {
        answer(&self.installation, question)
    }

    fn part(&self, name: &str, question: Value) -> Result<Value, Refusal> {
        parts::answer(&self.installation, name, question)
    }

    fn news(&self) -> News {
        self.installation.news()
    }

    fn readiness(&self) -> Readiness {
        let mut reasons: Vec<String> =
            match self.installation.ask(|tasks| Ok((tasks.replaying(), tasks.restoring()))) {
                Ok((count, restoring)) => {
                    let replaying = count - restoring.len();
                    let replaying =
                        (replaying > 0).then(|| format!("{replaying} tasks are replaying"));
                    restoring.iter().map(restoration::said).chain(replaying).collect()
                }
                Err(refusal) => vec![refusal.to_string()],
            };
        reasons.extend(self.trouble.said());
        Readiness { is_ready: reasons.is_empty(), reasons }
    }

    fn metrics(&self) -> String {
        self.measures.refresh(&self.installation, &self.metrics);
        self.metrics.render()
    }
}
