//! The yardstick: one job, the same for every system, measured on one broker and one machine.
//!
//! `benches/yardstick.sh` runs all of it. Begin at `load` for the records and the answers, at
//! `bare` for what the machine can do at best, at `measure` for how it is measured, at `check` for
//! how an answer is held against what it should be.

mod bare;
mod broker;
mod check;
mod load;
mod measure;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

// The controls get what the product has: librdkafka allocates by it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the product, bare clients and peers by one job.
#[derive(Parser)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Sends the load, and writes the answers to it.
    Load(load::Flags),
    /// Runs one control, and says in a line what it took.
    Bare(bare::Flags),
    /// Holds an answer against what it should be.
    Check(check::Flags),
    /// Runs everything in rounds, and prints the table.
    Measure(measure::Flags),
}

fn main() -> ExitCode {
    let is_well = match Command::parse().what {
        What::Load(flags) => {
            load::play(&flags);
            true
        }
        What::Bare(flags) => {
            bare::run(&flags);
            true
        }
        What::Check(flags) => {
            let outcome = check::check(&flags);
            say(&outcome.text());
            outcome.differences.is_empty()
        }
        What::Measure(flags) => measure::measure(&flags),
    };
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says a line to whoever runs this.
fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "{line}").expect("somebody who listens");
}
