//! `topic`: looks into a topic, or appends to one.

use super::print;
use crate::cli::{Place, TopicCommand};
use crate::config::Config;
use crate::failure::Failure;
use crate::target::{Target, with_existing, with_target};
use codec::{Limits, draft_from_bytes};
use serde_json::{Value, json};
use serve::{Question, Raw};
use std::io::BufRead;

/// Lists, reads or writes.
pub fn topic(place: &Place, config: &Config, command: TopicCommand) -> Result<(), Failure> {
    match command {
        TopicCommand::List => list(place, config),
        TopicCommand::Read { name, partition, offset, from_beginning: _, limit } => {
            let question = Question::Topic { name, partition, offset, limit };
            let rows = with_existing(place, config, |target| target.ask(&question))?;
            print(|out| {
                rows.as_array().into_iter().flatten().try_for_each(|row| writeln!(out, "{row}"))
            })
        }
        TopicCommand::Write { name, raw: true, partition } => {
            write(place, config, &mut Records { name, partition, batch: Vec::new() })
        }
        TopicCommand::Write { name, partition, .. } if name == config.topics().touchpoints => {
            write(place, config, &mut Touchpoints { partition, batch: Vec::new() })
        }
        TopicCommand::Write { .. } => Err(Failure::Usage(format!(
            "only {} takes touchpoints: with --raw a topic takes records as they are [D0743]",
            config.topics().touchpoints
        ))),
    }
}

fn list(place: &Place, config: &Config) -> Result<(), Failure> {
    let rows = with_existing(place, config, |target| target.ask(&Question::Topics))?;
    print(|out| {
        for row in rows.as_array().into_iter().flatten() {
            if place.json {
                writeln!(out, "{row}")?;
                continue;
            }
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            writeln!(out, "{:<32} {}", text("topic"), text("kind"))?;
            for partition in row["partitions"].as_array().into_iter().flatten() {
                let number = |name: &str| partition[name].as_u64().unwrap_or(0);
                let (start, end) = (number("start"), number("end"));
                writeln!(out, "  partition {:<4} from {start} to {end}", number("partition"))?;
            }
        }
        Ok(())
    })
}

/// What lines are made into, some at a time.
trait Batch {
    fn add(&mut self, line: &[u8]) -> Result<(), String>;
    fn len(&self) -> usize;
    fn send(&mut self, target: &Target) -> Result<(), Failure>;
}

struct Touchpoints {
    partition: Option<u32>,
    batch: Vec<model::Draft>,
}

impl Batch for Touchpoints {
    fn add(&mut self, line: &[u8]) -> Result<(), String> {
        let draft = draft_from_bytes(line, &Limits::default());
        self.batch.push(draft.map_err(|invalid| invalid.to_string())?);
        Ok(())
    }

    fn len(&self) -> usize {
        self.batch.len()
    }

    fn send(&mut self, target: &Target) -> Result<(), Failure> {
        let drafts = std::mem::take(&mut self.batch);
        match self.partition {
            Some(partition) => target.append_to(partition, drafts),
            None => target.append(drafts),
        }
    }
}

struct Records {
    name: String,
    partition: Option<u32>,
    batch: Vec<Raw>,
}

impl Batch for Records {
    fn add(&mut self, line: &[u8]) -> Result<(), String> {
        let value: Option<Value> = serde_json::from_slice(line).ok();
        let raw = value.as_ref().and_then(Raw::from_json);
        let mut raw = raw.ok_or_else(|| format!("is no record: write {} [D0743]", Raw::FORM))?;
        raw.partition = raw.partition.or(self.partition);
        self.batch.push(raw);
        Ok(())
    }

    fn len(&self) -> usize {
        self.batch.len()
    }

    fn send(&mut self, target: &Target) -> Result<(), Failure> {
        target.write(&self.name, std::mem::take(&mut self.batch))
    }
}

/// How many lines are appended at once.
const BATCH: usize = 500;

/// Appends line after line; one that cannot be taken ends it, and what came before it stands.
fn write(place: &Place, config: &Config, batch: &mut impl Batch) -> Result<(), Failure> {
    let written = with_target(place, config, |target| {
        let mut written = 0;
        let mut fault = None;
        for (index, line) in std::io::stdin().lock().split(b'\n').enumerate() {
            let line = line.map_err(|error| error.to_string());
            let taken = match &line {
                Ok(line) if line.trim_ascii().is_empty() => continue,
                Ok(line) => batch.add(line.trim_ascii()),
                Err(error) => Err(format!("cannot be read: {error}")),
            };
            if let Err(why) = taken {
                fault = Some(format!("line {}: {why}", index + 1));
                break;
            }
            if batch.len() >= BATCH {
                written += batch.len();
                batch.send(target)?;
            }
        }
        written += batch.len();
        batch.send(target)?;
        target.catch_up()?;
        match fault {
            None => Ok(written),
            Some(why) => Err(Failure::Data(format!("{written} written, then {why}"))),
        }
    })?;
    print(|out| match place.json {
        true => writeln!(out, "{}", json!({ "written": written })),
        false => writeln!(out, "{written} written"),
    })
}
