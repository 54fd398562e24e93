//! What can be asked of an installation: by a command that opens the folder, or over HTTP.

use crate::Correction;
use codec::DeadClass;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use model::{Cost, Draft, Size, Span, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A question. The same value gives the same answer to the digit, whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A report by name, finished from counters.
    Report {
        /// The report: `funnel`, `moves`, …
        name: String,
        /// The period by its name, in place of its first and last instant: `30d`.
        period: Option<String>,
        /// First window asked for, by its start; all of them without one.
        from: Option<Timestamp>,
        /// Last instant asked for.
        to: Option<Timestamp>,
        /// A dimension to divide by.
        by: Option<String>,
        /// The model that credit is shared out by.
        model: Option<String>,
        /// Fold the stored histories at this time instead of reading live counters.
        as_of: Option<Timestamp>,
    },
    /// A funnel folded from the stored histories.
    Funnel {
        /// What it is, by name: `steps` → `enquiry_received, purchase_made`, `window` → `30d`, …
        words: BTreeMap<String, String>,
        /// First instant at which a way may begin.
        from: Option<Timestamp>,
        /// Last instant at which a way may begin.
        to: Option<Timestamp>,
        /// What to divide by: `channel`, or a size of windows.
        by: Option<String>,
        /// Cut the histories at this time.
        as_of: Option<Timestamp>,
    },
    /// Yesterday in short, and who is about to go cold.
    Digest {
        /// How far ahead leads are looked for that go cold; 48 hours without one.
        within: Option<Span>,
        /// Fold the stored histories at this time: yesterday is the day before.
        as_of: Option<Timestamp>,
    },
    /// Counters as they stand, or as the stored histories give them at a time.
    Insights {
        /// One family alone.
        family: Option<String>,
        /// Fold the stored histories at this time.
        as_of: Option<Timestamp>,
    },
    /// The entries behind a number.
    Customers(People),
    /// One customer's timeline.
    Customer {
        /// The customer.
        id: String,
    },
    /// Records of a topic.
    Topic {
        /// The topic by its full name.
        name: String,
        /// The partition; all of them without one.
        partition: Option<u32>,
        /// From which position; from the beginning without one.
        offset: Option<u64>,
        /// How many records at most.
        limit: usize,
    },
    /// What channels have cost.
    Costs,
    /// The topics, and where each partition begins and ends.
    Topics,
    /// Recompute every counter by the specification and compare.
    Audit,
    /// Begin a backup, without waiting for it.
    Backup {
        /// The folder that it is written into: an absolute path, on the instance's machine.
        folder: String,
    },
    /// How far the last backup is.
    BackupProgress,
}

/// Who is asked for: the people behind a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Values of dimensions by `family-dimension`: `flow-stage` → `decision`.
    pub filters: BTreeMap<String, String>,
    /// Only entries of this window, by its size and an instant in it.
    pub window: Option<(Size, Timestamp)>,
    /// Only entries from this instant on: whole windows, as a report takes them.
    pub from: Option<Timestamp>,
    /// Only entries up to this instant.
    pub to: Option<Timestamp>,
    /// Cut the histories at this time and judge them there.
    pub as_of: Option<Timestamp>,
    /// How much further than `as_of` each partition was judged, in milliseconds: where a report of
    /// live counters stood.
    pub cut: Vec<u32>,
    /// What goes cold first comes first, in place of the order of customers and times.
    pub by_cold: bool,
}

/// What has changed so far: what whoever waits for news compares with what was told before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// A number for each family that has changed since the start; it grows with each change.
    pub revisions: BTreeMap<&'static str, u64>,
    /// The event time up to which everything is judged.
    pub as_of: Option<Timestamp>,
}

/// Why there is no answer, or why nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The question cannot be understood: what, and the fix.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
    /// Too much at once: the same again later.
    #[error("{0}")]
    Busy(String),
    /// Something is broken here.
    #[error("{0}")]
    Broken(String),
}

/// What a door could not read: its bytes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The source that it counts for.
    pub source: String,
    /// The file that it came from.
    pub file: String,
    /// Its number in the file, from 1.
    pub row: u64,
    /// How many bad rows of the same bytes stood before it in the file.
    pub alike: u32,
    /// The first row of the file, where that names the columns.
    pub header: Option<Vec<u8>>,
    /// Its bytes as they came.
    pub bytes: Vec<u8>,
    /// What sort of fault it is.
    pub class: DeadClass,
    /// What is wrong, and the fix.
    pub error: String,
}

impl Letter {
    /// As it is sent to a running instance: bytes as hexadecimal digits.
    pub fn to_json(&self) -> Value {
        json!({
            "source": self.source, "file": self.file, "row": self.row, "alike": self.alike,
            "header": self.header.as_deref().map(|bytes| HEXLOWER.encode(bytes)),
            "bytes": HEXLOWER.encode(&self.bytes),
            "class": self.class as u8, "error": self.error,
        })
    }

    /// Reads what `to_json` writes; `None` where it is something else.
    pub fn from_json(value: &Value) -> Option<Letter> {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let class = match value["class"].as_u64()? {
            0 => DeadClass::Malformed,
            1 => DeadClass::Schema,
            2 => DeadClass::Invalid,
            3 => DeadClass::Future,
            4 => DeadClass::Oversize,
            _ => return None,
        };
        Some(Letter {
            source: text("source")?,
            file: text("file")?,
            row: value["row"].as_u64()?,
            alike: value["alike"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            header: match value["header"].as_str() {
                Some(digits) => Some(unhex(digits)?),
                None => None,
            },
            bytes: unhex(value["bytes"].as_str()?)?,
            class,
            error: text("error")?,
        })
    }
}

/// A record for a topic, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The key.
    pub key: Vec<u8>,
    /// The value; a tombstone without one.
    pub value: Option<Vec<u8>>,
    /// The partition; that of the key without one.
    pub partition: Option<u32>,
}

impl Raw {
    /// What a record in JSON looks like.
    pub const FORM: &str =
        "{\"key\": \"c-102\", \"value\": \"text\" or null, or \"hex\": \"00ff\", \"partition\": 0}";

    /// As it is sent to a running instance: its value as hexadecimal digits.
    pub fn to_json(&self) -> Value {
        let mut told =
            json!({ "key_hex": HEXLOWER.encode(&self.key), "partition": self.partition });
        let (name, value) = match &self.value {
            Some(value) => ("hex", HEXLOWER.encode(value).into()),
            None => ("value", Value::Null),
        };
        told[name] = value;
        told
    }

    /// Reads a record; `None` where it is something else.
    pub fn from_json(value: &Value) -> Option<Raw> {
        let object = value.as_object()?;
        let known = ["key", "key_hex", "value", "hex", "partition"];
        if object.keys().any(|name| !known.contains(&name.as_str())) {
            return None;
        }
        let key = match (object.get("key"), object.get("key_hex")) {
            (None, None) => Vec::new(),
            (Some(key), None) => key.as_str()?.as_bytes().to_vec(),
            (None, Some(digits)) => unhex(digits.as_str()?)?,
            (Some(_), Some(_)) => return None,
        };
        let value = match (object.get("value"), object.get("hex")) {
            (Some(Value::Null), None) => None,
            (Some(text), None) => Some(text.as_str()?.as_bytes().to_vec()),
            (None, Some(digits)) => Some(unhex(digits.as_str()?)?),
            (None, None) | (Some(_), Some(_)) => return None,
        };
        let partition = match object.get("partition") {
            None | Some(Value::Null) => None,
            Some(number) => Some(u32::try_from(number.as_u64()?).ok()?),
        };
        Some(Raw { key, value, partition })
    }
}

/// Hexadecimal digits as bytes, large ones too.
fn unhex(digits: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()
}

/// How far an instance is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Whether it serves: every task has replayed.
    pub is_ready: bool,
    /// Why not, in words.
    pub reasons: Vec<String>,
}

/// An installation, as the doors see it.
pub trait Backend: Send + Sync + 'static {
    /// Takes touchpoints; once it returns they are durable in the log.
    fn append(&self, drafts: Vec<Draft>) -> Result<(), Refusal>;
    /// Counts and keeps what a door could not read.
    fn refuse(&self, letters: Vec<Letter>) -> Result<(), Refusal>;
    /// Takes what channels have cost; once it returns that is durable in the log. Of one date,
    /// channel and currency the last holds.
    fn spend(&self, costs: Vec<Cost>) -> Result<(), Refusal>;
    /// Takes what people say that touchpoints are about, all of it or nothing; once it returns that
    /// is durable in the log. Tells how many of their texts the model has learned from.
    fn label(&self, labels: Vec<Correction>) -> Result<usize, Refusal>;
    /// Appends records to a topic as they are.
    fn write(&self, topic: &str, records: Vec<Raw>) -> Result<(), Refusal>;
    /// Everything of a source up to a time has been sent: a clock record into every partition.
    fn clock(&self, source: &str, time: Timestamp) -> Result<(), Refusal>;
    /// Answers a question as JSON: lists are arrays of objects.
    fn answer(&self, question: &Question) -> Result<Value, Refusal>;
    /// The part of an answer that the tasks here have, as another instance asks for it.
    fn part(&self, name: &str, question: Value) -> Result<Value, Refusal>;
    /// What has changed so far. Asked often, so it waits for nothing.
    fn news(&self) -> News;
    /// How far it is.
    fn readiness(&self) -> Readiness;
    /// Metrics in the text format of Prometheus.
    fn metrics(&self) -> String;
}
