//! What each command does.

mod audit;
mod check;
mod customers;
mod demo;
mod describe;
mod import;
mod insights;
mod report;
mod run;
mod topic;

use crate::cli::{Cli, Command, Place};
use crate::config::Config;
use crate::failure::Failure;
pub use demo::Demo;
use std::io::{BufWriter, Write};

/// Does what the command line says.
pub fn run(cli: Cli) -> Result<(), Failure> {
    let config = configuration(&cli.place)?;
    let place = &cli.place;
    match cli.command {
        Command::Run { listen } => run::run(config, listen),
        Command::Demo(demo) => demo::demo(config, place.data.is_some(), &demo),
        Command::Import { files, mapping, source } => {
            import::import(place, &config, &files, mapping.as_deref(), source.as_deref())
        }
        Command::Report { name, from, to, by, as_of, csv, funnel } => {
            let times = [from.as_deref(), to.as_deref(), by.as_deref(), as_of.as_deref()];
            report::report(place, &config, name.as_deref(), times, &funnel.words(), csv)
        }
        Command::Customers { window, filters } => {
            customers::customers(place, &config, &filters, window.as_deref())
        }
        Command::Customer { id } => customers::customer(place, &config, &id),
        Command::Insights { family, as_of } => {
            insights::insights(place, &config, family.as_deref(), as_of.as_deref())
        }
        Command::Topic(command) => topic::topic(place, &config, command),
        Command::Audit => audit::audit(place, &config),
        Command::Check => check::check(&config, place.json),
        Command::Describe => describe::describe(&config),
    }
}

fn configuration(place: &Place) -> Result<Config, Failure> {
    let mut config = Config::read(place.config.as_deref())?;
    if let Some(data) = &place.data {
        config.log.data.clone_from(data);
    }
    Ok(config)
}

/// Standard output for results, written at once and not line by line.
fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::Write(format!("could not print: {error}"))),
    }
}
