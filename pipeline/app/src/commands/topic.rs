//! `topic`: looks into a topic, or appends to one.

use super::{print, with_folder};
use crate::answers;
use crate::cli::TopicCommand;
use crate::config::Config;
use crate::failure::Failure;
use codec::{Limits, draft_from_bytes};
use std::io::BufRead;

/// Lists, reads or writes.
pub fn topic(config: &Config, is_json: bool, command: TopicCommand) -> Result<(), Failure> {
    match command {
        TopicCommand::List => list(config, is_json),
        TopicCommand::Read { name, partition, offset, from_beginning: _, limit } => {
            let rows = with_folder(config, |installation| {
                Ok(answers::topic(installation, &name, partition, offset, limit)?)
            })?;
            print(|out| {
                rows.as_array().into_iter().flatten().try_for_each(|row| writeln!(out, "{row}"))
            })
        }
        TopicCommand::Write { name } => write(config, &name),
    }
}

fn list(config: &Config, is_json: bool) -> Result<(), Failure> {
    let rows = with_folder(config, |installation| {
        let topics = &installation.settings().topics;
        let mut rows = Vec::new();
        for (name, _) in topics.all() {
            for partition in 0..topics.partitions {
                let (mut start, mut end) = (None, 0);
                installation.log().read(name, partition, None, &mut |record| {
                    start.get_or_insert(record.position);
                    end = record.position + 1;
                    true
                })?;
                rows.push((name.to_owned(), partition, (start.unwrap_or(0), end)));
            }
        }
        Ok(rows)
    })?;
    print(|out| {
        for (name, partition, (start, end)) in &rows {
            if is_json {
                let row = serde_json::json!({
                    "topic": name, "partition": partition, "start": start, "end": end,
                });
                writeln!(out, "{row}")?;
            } else {
                writeln!(out, "{name} {partition} {start} {end}")?;
            }
        }
        Ok(())
    })
}

/// How many touchpoints are appended at once.
const BATCH: usize = 500;

fn write(config: &Config, name: &str) -> Result<(), Failure> {
    let input = std::io::stdin().lock();
    with_folder(config, |installation| {
        if name != installation.settings().topics.touchpoints {
            return Err(Failure::Usage(format!(
                "topic {name:?} is written by the pipeline alone: only touchpoints takes lines"
            )));
        }
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
                installation.append(std::mem::take(&mut drafts))?;
            }
        }
        installation.append(drafts)?;
        Ok(installation.catch_up()?)
    })
}
