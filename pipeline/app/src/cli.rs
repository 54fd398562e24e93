//! The command line.

mod costs;
mod key_command;

pub use costs::CostsCommand;
pub use key_command::KeyCommand;

use crate::commands::{Demo, Digest, Label};
use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Maps the journeys that customers really take: where they stand, convert and drop off.
#[derive(Parser)]
#[command(name = "desirepath", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 good, 1 an honest negative (an audit that differs), \
    64 usage, 65 data, 66 no input, 69 not reachable, 70 a mistake of ours, 73 cannot write, \
    74 the disk failed, 75 try again, 77 not allowed, 78 configuration.")]
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
    /// The configuration file [default: ./desirepath.toml, where it is there].
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
    /// Prints a link to the page, which works once; later ones come from `desirepath link`.
    ///
    /// Example: desirepath run --data ./shop
    ///
    /// Example: desirepath run --listen 127.0.0.1:9000 --behind-proxy
    Run {
        /// Address of the doors [default: 127.0.0.1:8080]. One that other machines reach needs
        /// http.tls in the configuration, or --behind-proxy.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// A proxy stands before the doors and ends TLS: browsers come by https.
        #[arg(long)]
        behind_proxy: bool,
    },
    /// Plays a simulated clinic, whose truths are known: its past at once, then live.
    ///
    /// Example: desirepath demo --once
    Demo(Demo),
    /// Reads files of touchpoints: JSON lines, tables, JSON lines of others. Twice changes nothing.
    ///
    /// What the columns of a table or the fields of objects mean is said by a mapping. Without one
    /// it is guessed, shown with 20 rows, asked about on a terminal, and written down beside the
    /// file. An import that was cut off goes on where it was when the same command is given again.
    ///
    /// Example: desirepath import sales.csv
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
        /// Read from the first row on, also what an import has taken before. Of rows that are there
        /// already nothing is counted twice.
        #[arg(long)]
        from_start: bool,
        #[command(flatten)]
        guessing: Guessing,
    },
    /// Prints a report.
    ///
    /// Examples: desirepath report funnel --by channel
    ///
    /// desirepath report funnel --steps "enquiry_received, quote_sent, purchase_made" --window 30d
    Report {
        /// summary, funnel, moves, channels, dropoffs, activity, cadence, value, forecast,
        /// findings, digest or system; without a name the summary.
        name: Option<String>,
        /// A period by its name: 30d for the last 30 dates, 2026-W13, 2026-03.
        #[arg(long, value_name = "PERIOD", conflicts_with_all = ["from", "to"])]
        period: Option<String>,
        /// First window, by a date or a time.
        #[arg(long, value_name = "T")]
        from: Option<String>,
        /// Last date or time.
        #[arg(long, value_name = "T")]
        to: Option<String>,
        /// Divide by a dimension: channel, entry, stage, kind, or a size of windows.
        #[arg(long, value_name = "DIM")]
        by: Option<String>,
        /// Of channels: share conversions out by this model, such as markov, linear or last.
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
        /// Fold the stored histories as they were at this date or time.
        #[arg(long, value_name = "T")]
        as_of: Option<String>,
        /// Print CSV.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
        #[command(flatten)]
        funnel: Box<FunnelArgs>,
    },
    /// Prints yesterday in short: moves, revenue, the worst leak, who is about to go cold.
    ///
    /// Each number stands beside that of the same weekday a week before. Nothing is sent unless
    /// --send is said and [mail] or [webhook] is set; a digest that is sent twice has one id.
    ///
    /// Example: desirepath digest --as-of 2026-03-25
    ///
    /// Example: desirepath digest --send
    Digest(Digest),
    /// Prints the list behind a number: one row an entry.
    ///
    /// Of several values of one filter, with | between them, any will do.
    ///
    /// Example: desirepath customers --flow-stage decision --flow-outcome open
    ///
    /// Example: desirepath customers --move-to cold --window 7d@2026-01-05
    Customers {
        /// Only of this window: its size and a day in it.
        #[arg(long, value_name = "SIZE@START")]
        window: Option<String>,
        /// Only from this date or time on, by whole windows as a report counts.
        #[arg(long, value_name = "T")]
        from: Option<String>,
        /// Only up to this date or time.
        #[arg(long, value_name = "T")]
        to: Option<String>,
        /// As the stored histories were at this date or time.
        #[arg(long, value_name = "T")]
        as_of: Option<String>,
        #[command(flatten)]
        filters: Filters,
    },
    /// Prints one customer's timeline, with stages and what each touchpoint changed.
    ///
    /// Example: desirepath customer c-102
    Customer {
        /// The customer.
        id: String,
    },
    /// Prints every counter, one line each.
    ///
    /// Example: desirepath insights --family flow --json
    Insights {
        /// One family: admission, flow, move, activity, edge, duration, credit, markov, cadence or
        /// value.
        #[arg(long, value_name = "F")]
        family: Option<String>,
        /// As the stored histories give them at this date or time.
        #[arg(long, value_name = "T")]
        as_of: Option<String>,
    },
    /// Says what channels have cost, for `report channels`, or lists it.
    #[command(subcommand)]
    Costs(CostsCommand),
    /// Looks into a topic, or appends to one.
    #[command(subcommand)]
    Topic(TopicCommand),
    /// Recomputes every counter by the specification and compares.
    ///
    /// Example: desirepath audit --data ./shop
    Audit,
    /// Copies the installation as it is now into a folder, also while it runs.
    ///
    /// The folder is new or empty. What is accepted before the command begins is in it, with the
    /// secret; on Kafka the log stays on the cluster. A running instance writes it, so the path is
    /// one of its machine. Copy the folder wherever you like; `sha256sum -c SHA256SUMS` tries it.
    ///
    /// Example: desirepath backup /mnt/backups/monday
    Backup {
        /// Where it goes.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Makes a data folder of a backup, and audits it.
    ///
    /// The folder that --data names is new or empty; it is left so where the backup is incomplete
    /// or altered. The configuration has to say the same log.kind and log.partitions as then.
    ///
    /// Example: desirepath restore /mnt/backups/monday --data ./shop
    Restore {
        /// The backup.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Removes the states, which the next start makes anew from the log. No instance may run.
    ///
    /// Nothing is lost: counters are the same afterwards. It is for when states are not trusted.
    ///
    /// Example: desirepath reset --yes
    Reset {
        /// Do not ask on the terminal.
        #[arg(long)]
        yes: bool,
    },
    /// Validates configuration, map and connections, and says what would run.
    ///
    /// Prints every key with its value and where that was set. Exit 1 where something is to mend.
    ///
    /// Example: desirepath check --config desirepath.toml
    Check {
        /// Look at no folder, port or broker.
        #[arg(long)]
        offline: bool,
        /// Mappings whose fixtures are run [default: mappings/*.toml beside the configuration].
        #[arg(value_name = "MAPPING")]
        mappings: Vec<PathBuf>,
    },
    /// Lists what could not be read, or reads it once more after the mapping was mended.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Looks at a journey map or a mapping before it is used.
    #[command(subcommand)]
    Map(MapCommand),
    /// Makes, lists and revokes keys for programs that send touchpoints or ask.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Prints an address that lets a browser into the page of the running instance, once.
    ///
    /// It works for 15 minutes; the browser then stays in for 30 days, or until desirepath key
    /// revoke ends its session.
    ///
    /// Example: desirepath link --data ./shop
    Link,
    /// Says which objection is in a text: price, timing, trust, need and so on, or none.
    ///
    /// Nothing is written down. With a ? behind the class it is too uncertain to be counted.
    ///
    /// Example: desirepath label "Sounds good, but it is over our budget."
    Label(Label),
    /// Prints what a shell reads to complete commands and options.
    ///
    /// Example: desirepath completions bash > /etc/bash_completion.d/desirepath
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Writes the manual pages into a folder.
    #[command(hide = true)]
    Man {
        /// The folder.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Prints the topology.
    ///
    /// Example: desirepath describe
    Describe,
}

/// What a table without a mapping does not say itself.
#[derive(Args)]
#[command(next_help_heading = "A table, or foreign objects, without a mapping")]
pub struct Guessing {
    /// Import by the guess without asking. What rows cannot decide is never guessed.
    #[arg(long)]
    pub yes: bool,
    /// Whether 03/04/2026 is in April (dmy) or in March (mdy), where no row proves it.
    #[arg(long, value_name = "ORDER", value_parser = ["dmy", "mdy"])]
    pub dates: Option<String>,
    /// The sign before a fraction, where no row proves it.
    #[arg(long, value_name = "SIGN", value_parser = sign)]
    pub decimal: Option<char>,
    /// What happened in each row, where no column says it: enquiry_received, or another kind.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
}

fn sign(text: &str) -> Result<char, String> {
    match text {
        "." => Ok('.'),
        "," => Ok(','),
        _ => Err("write . or ,".to_owned()),
    }
}

/// A funnel of steps, folded from the stored histories.
#[derive(Args)]
#[command(next_help_heading = "A funnel of your own steps (report funnel)")]
pub struct FunnelArgs {
    /// The steps: kinds, several with |, channels after @, a stage's kinds as stage:NAME, * for any
    /// kind: "enquiry_received|call_received@phone, stage:decision, purchase_made".
    #[arg(long, value_name = "STEPS")]
    pub steps: Option<String>,
    /// sequential, strict (nothing else between) or any [default: sequential].
    #[arg(long, value_name = "ORDER")]
    pub order: Option<String>,
    /// How long after the first step the last may be, or never [default: 30d].
    #[arg(long, value_name = "SPAN")]
    pub window: Option<String>,
    /// uniques (each customer once) or totals (each way) [default: uniques].
    #[arg(long, value_name = "WHAT")]
    pub count: Option<String>,
    /// Whether each first step begins a way, also while one is under way: on or off [default: on].
    #[arg(long, value_name = "ON|OFF")]
    pub reentry: Option<String>,
    /// Numbers of steps that may be passed over: 2,3.
    #[arg(long, value_name = "NUMBERS")]
    pub optional: Option<String>,
    /// What may not happen between the steps, or two of them: "lost, refund_made:2-3".
    #[arg(long, value_name = "STEPS")]
    pub exclude: Option<String>,
    /// A way that was excluded counts as far as it had come (stop) or not at all (remove)
    /// [default: stop].
    #[arg(long, value_name = "HOW")]
    pub excluded: Option<String>,
    /// Only steps of one deal, order or product are a way: subject.
    #[arg(long, value_name = "WHAT")]
    pub hold: Option<String>,
    /// Search as ClickHouse does: windowFunnel, or windowFunnel: and its modes with commas:
    /// windowFunnel:strict_order,strict_increase.
    #[arg(long, value_name = "MODE")]
    pub mode: Option<String>,
}

impl FunnelArgs {
    /// What was said, by name.
    pub fn words(self) -> BTreeMap<String, String> {
        let said = [
            ("steps", self.steps),
            ("order", self.order),
            ("window", self.window),
            ("count", self.count),
            ("reentry", self.reentry),
            ("optional", self.optional),
            ("exclude", self.exclude),
            ("excluded", self.excluded),
            ("hold", self.hold),
            ("mode", self.mode),
        ];
        said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// Values of dimensions by `family-dimension`, an option each.
#[derive(Clone, Debug, Default)]
pub struct Filters(pub BTreeMap<String, String>);

impl Args for Filters {
    fn augment_args(command: clap::Command) -> clap::Command {
        journey::filters().fold(command, |command, name| {
            let option = clap::Arg::new(name.clone()).long(name).value_name("VALUE");
            command.arg(option.help_heading("Filters: of one family"))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Filters::augment_args(command)
    }
}

impl FromArgMatches for Filters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Filters, clap::Error> {
        let value = |name: String| Some((name.clone(), matches.get_one::<String>(&name)?.clone()));
        Ok(Filters(journey::filters().filter_map(value).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Filters::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What to do with dead letters.
#[derive(Subcommand)]
pub enum DeadLettersCommand {
    /// Prints each with the file or topic, the row, the reason and the fix.
    ///
    /// Example: desirepath dead-letters list --file sales.csv
    List {
        /// Only of this file.
        #[arg(long, value_name = "NAME")]
        file: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Reads them once more. Twice changes nothing.
    ///
    /// Example: desirepath dead-letters replay --mapping sales.toml --file sales.csv
    Replay {
        /// The mapping that was mended; without one only touchpoints in JSON are read.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        /// Only rows of this file.
        #[arg(long, value_name = "NAME")]
        file: Option<String>,
        /// Say what would be read, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// What to do with journey maps and mappings.
#[derive(Subcommand)]
pub enum MapCommand {
    /// Validates journey maps and mappings; a mistake names its place and the fix.
    ///
    /// Example: desirepath map check journey.toml
    Check {
        /// The files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Shows what each row of a sample becomes, and why a row is not read.
    ///
    /// Without a sample the fixtures beside the mapping are run. Exit 1 where a row is not read, or
    /// a fixture becomes something else.
    ///
    /// Example: desirepath map test sales.toml sales.csv
    Test {
        /// The mapping.
        mapping: PathBuf,
        /// A file of rows.
        sample: Option<PathBuf>,
        /// How many rows at most.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Compares two journey maps by what they say, or two mappings by what they make of a sample.
    ///
    /// Exit 1 where they differ.
    ///
    /// Example: desirepath map diff journey.toml journey-new.toml
    Diff {
        /// The one.
        old: PathBuf,
        /// The other.
        new: PathBuf,
        /// A file of rows, for mappings.
        sample: Option<PathBuf>,
    },
}

/// What to do with topics.
#[derive(Subcommand)]
pub enum TopicCommand {
    /// The topics, and where they begin and end.
    ///
    /// Example: desirepath topic list --data ./shop
    List,
    /// Records of a topic, one line each.
    ///
    /// Example: desirepath topic read transitions --limit 10
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
    /// Appends lines of standard input: touchpoints as JSON, or with --raw any record.
    ///
    /// Example: desirepath topic write touchpoints < touchpoints.jsonl
    Write {
        /// The topic.
        name: String,
        /// Lines are records as they are: {"key": "c-102", "value": "text"}, or null for a
        /// tombstone, or "hex": "00ff" for bytes.
        #[arg(long)]
        raw: bool,
        /// On this partition, whosever they are [default: the partition of each customer or key].
        #[arg(long, value_name = "P")]
        partition: Option<u32>,
    },
}
