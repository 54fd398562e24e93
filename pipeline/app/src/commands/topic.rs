//! `topic`: looks into a topic, or appends to one.

use super::print;
use crate::cli::{Place, TopicCommand};
use crate::config::Config;
use crate::failure::Failure;
use crate::target::with_target;
use codec::{Limits, draft_from_bytes};
use engine::Topics;
use serve::Question;
use std::io::BufRead;

/// Lists, reads or writes.
pub fn topic(place: &Place, config: &Config, command: TopicCommand) -> Result<(), Failure> {
    match command {
        TopicCommand::List => list(place, config),
        TopicCommand::Read { name, partition, offset, from_beginning: _, limit } => {
            let question = Question::Topic { name, partition, offset, limit };
            let rows = with_target(place, config, |target| target.ask(&question))?;
            print(|out| {
                rows.as_array().into_iter().flatten().try_for_each(|row| writeln!(out, "{row}"))
            })
        }
        TopicCommand::Write { name, partition } => write(place, config, &name, partition),
    }
}

fn list(place: &Place, config: &Config) -> Result<(), Failure> {
    let topics = config.topics();
    print(|out| {
        for (name, is_compacted) in topics.all() {
            let kind = if is_compacted { "compacted" } else { "append" };
            if place.json {
                let row = serde_json::json!({
                    "topic": name, "partitions": topics.partitions, "kind": kind,
                });
                writeln!(out, "{row}")?;
            } else {
                writeln!(out, "{name:<32} {} partitions, {kind}", topics.partitions)?;
            }
        }
        Ok(())
    })
}

/// How many touchpoints are appended at once.
const BATCH: usize = 500;

fn write(
    place: &Place,
    config: &Config,
    name: &str,
    partition: Option<u32>,
) -> Result<(), Failure> {
    let Topics { touchpoints, .. } = config.topics();
    if name != touchpoints {
        return Err(Failure::Usage(format!(
            "topic {name:?} is written by the pipeline alone: only {touchpoints} takes lines"
        )));
    }
    let input = std::io::stdin().lock();
    with_target(place, config, |target| {
        let append = |drafts| match partition {
            Some(partition) => target.append_to(partition, drafts),
            None => target.append(drafts),
        };
        let mut drafts = Vec::new();
        for (index, line) in input.lines().enumerate() {
            let number = index + 1;
            let line = line
                .map_err(|error| Failure::Data(format!("line {number} cannot be read: {error}")))?;
            if line.trim().is_empty() {
                continue;
            }
            let draft = draft_from_bytes(line.as_bytes(), &Limits::default())
                .map_err(|error| Failure::Data(format!("line {number}: {error}")))?;
            drafts.push(draft);
            if drafts.len() >= BATCH {
                append(std::mem::take(&mut drafts))?;
            }
        }
        if !drafts.is_empty() {
            append(drafts)?;
        }
        target.catch_up()
    })?;
    Ok(())
}
