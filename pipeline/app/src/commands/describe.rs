//! `describe`: the topology as it would run.

use super::print;
use crate::config::Config;
use crate::failure::Failure;

/// Prints the topology.
pub fn describe(config: &Config) -> Result<(), Failure> {
    let topics = config.topics();
    let partitions = topics.partitions;
    print(|out| {
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
