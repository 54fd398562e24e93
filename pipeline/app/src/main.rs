//! The program: subcommands, wiring, threads, exit codes.

mod access;
mod admission;
mod answers;
mod backend;
mod backup;
mod bar;
mod cadence;
mod cli;
mod clock;
mod commands;
mod config;
mod costs;
mod delivery;
mod durable;
mod elsewhere;
mod failure;
mod findings;
mod fold;
mod installation;
mod instance;
mod interrupt;
mod logs;
mod map_file;
mod mapping_file;
mod measures;
mod members;
mod notices;
mod parts;
mod place;
mod pulse;
mod remote;
mod restoration;
mod retention;
mod secret;
mod sources;
mod states;
mod target;
mod tls;
mod trial;
mod waiting;
mod work;

use clap::Parser;
use std::process::ExitCode;

// RocksDB and librdkafka allocate by it too: the cheapest gain that was measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A usage mistake is 64 for whoever calls, as in sysexits.h; help and version are 0.
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            if let Some(fix) = failure.fix() {
                eprintln!("What to do: {fix}");
            }
            failure.code()
        }
    }
}
