//! The command line.

use crate::commands::Demo;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Maps the journeys that customers really take: where they stand, convert and drop off.
#[derive(Parser)]
#[command(name = "desirepath", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 good, 1 an honest negative (an audit that differs), \
    64 usage, 65 data, 66 no input, 69 not reachable, 70 a mistake of ours, 73 cannot write, \
    75 try again, 78 configuration.")]
pub struct Cli {
    #[command(flatten)]
    pub place: Place,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Which installation.
#[derive(Args, Clone)]
pub struct Place {
    /// The data folder [default: ./desirepath-data].
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A running instance by its address.
    #[arg(long, global = true, value_name = "URL", conflicts_with = "data")]
    pub url: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Runs the pipeline until Ctrl-C.
    ///
    /// Example: desirepath run --data ./shop
    Run {
        /// Address of the doors, on loopback [default: 127.0.0.1:8080].
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Plays a simulated clinic, whose truths are known: its past at once, then live.
    ///
    /// Example: desirepath demo --once
    Demo(Demo),
    /// Reads files of touchpoints: JSON lines, or CSV with a mapping. Twice changes nothing.
    ///
    /// Example: desirepath import sales.csv --mapping sales.toml
    Import {
        /// The files; .gz and .zst are unpacked.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The mapping that makes touchpoints of rows.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        /// Name of the source, in place of the one that the mapping says.
        #[arg(long, value_name = "NAME")]
        source: Option<String>,
    },
    /// Prints a report.
    ///
    /// Example: desirepath report funnel --by channel
    Report {
        /// summary, funnel, moves or channels; without a name the summary.
        name: Option<String>,
        /// First window, by a date or a time.
        #[arg(long, value_name = "T")]
        from: Option<String>,
        /// Last date or time.
        #[arg(long, value_name = "T")]
        to: Option<String>,
        /// Divide by a dimension: channel, entry.
        #[arg(long, value_name = "DIM")]
        by: Option<String>,
        /// Fold the stored histories as they were at this date or time.
        #[arg(long, value_name = "T")]
        as_of: Option<String>,
        /// Print CSV.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Prints the list behind a number: one row an entry.
    ///
    /// Example: desirepath customers --window 7d@2026-01-05 -- --flow-stage decision
    Customers {
        /// Only of this window: its size and a day in it.
        #[arg(long, value_name = "SIZE@START")]
        window: Option<String>,
        /// Dimensions and their values: --flow-stage decision --flow-outcome open.
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "--FAMILY-DIM VALUE"
        )]
        filters: Vec<String>,
    },
    /// Prints one customer's timeline, with stages and what each touchpoint changed.
    Customer {
        /// The customer.
        id: String,
    },
    /// Prints every counter, one line each.
    Insights {
        /// One family: admission, flow, move, activity, edge, duration.
        #[arg(long, value_name = "F")]
        family: Option<String>,
        /// As the stored histories give them at this date or time.
        #[arg(long, value_name = "T")]
        as_of: Option<String>,
    },
    /// Looks into a topic, or appends to one.
    #[command(subcommand)]
    Topic(TopicCommand),
    /// Recomputes every counter by the specification and compares.
    Audit,
    /// Validates configuration and map, and says what would run.
    Check,
    /// Prints the topology.
    Describe,
}

/// What to do with topics.
#[derive(Subcommand)]
pub enum TopicCommand {
    /// The topics, and where they begin and end.
    List,
    /// Records of a topic, one line each.
    Read {
        /// The topic.
        name: String,
        /// One partition.
        #[arg(long, value_name = "P")]
        partition: Option<u32>,
        /// From this position [default: the beginning].
        #[arg(long, value_name = "N")]
        offset: Option<u64>,
        /// From the beginning, which is the default.
        #[arg(long, conflicts_with = "offset")]
        from_beginning: bool,
        /// How many at most.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Appends lines of standard input: `touchpoints` takes touchpoints as JSON.
    Write {
        /// The topic.
        name: String,
        /// On this partition, whosever they are [default: the partition of each customer].
        #[arg(long, value_name = "P")]
        partition: Option<u32>,
    },
}
