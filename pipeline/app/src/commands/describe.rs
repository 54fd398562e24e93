//! `describe`: the topology as it would run.

use super::print;
use crate::config::Config;
use crate::failure::Failure;
use serde_json::json;

/// Prints the topology.
pub fn describe(config: &Config, is_json: bool) -> Result<(), Failure> {
    let topics = config.topics();
    let partitions = topics.partitions;
    print(|out| {
        if is_json {
            let journey = [&topics.transitions, &topics.late, &topics.dead_letters, &topics.frames];
            let nodes = json!([
                { "node": "journey", "reads": topics.touchpoints, "writes": journey },
                { "node": "insight", "reads": topics.frames, "writes": [topics.insights] },
            ]);
            return writeln!(out, "{}", json!({ "partitions": partitions, "nodes": nodes }));
        }
        writeln!(out, "source     {} ({partitions} partitions)", topics.touchpoints)?;
        writeln!(out, "  └─► journey   one task a partition, state by customer")?;
        writeln!(out, "        ├─► {}", topics.transitions)?;
        writeln!(out, "        ├─► {}", topics.late)?;
        writeln!(out, "        ├─► {}", topics.dead_letters)?;
        writeln!(out, "        └─► {}", topics.frames)?;
        writeln!(out, "              └─► insight   one task a partition, state by counter")?;
        writeln!(out, "                    └─► {} (compacted)", topics.insights)
    })
}
