//! What each command does.

mod audit;
mod check;
mod customers;
mod describe;
mod insights;
mod run;
mod topic;

use crate::cli::{Cli, Command, Place};
use crate::config::Config;
use crate::failure::Failure;
use crate::installation::Installation;
use model::{Civil, Span, Timestamp, Zone};
use std::io::{BufWriter, Write};
use std::sync::Arc;

/// Does what the command line says.
pub fn run(cli: Cli) -> Result<(), Failure> {
    let config = configuration(&cli.place)?;
    match cli.command {
        Command::Run => run::run(&config),
        Command::Customers { window, filters } => {
            customers::customers(&config, cli.place.json, &filters, window.as_deref())
        }
        Command::Customer { id } => customers::customer(&config, cli.place.json, &id),
        Command::Insights { family, as_of } => {
            insights::insights(&config, cli.place.json, family.as_deref(), as_of.as_deref())
        }
        Command::Topic(command) => topic::topic(&config, cli.place.json, command),
        Command::Audit => audit::audit(&config, cli.place.json),
        Command::Check => check::check(&config, cli.place.json),
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

/// Opens the folder, counts everything in its log without a wall clock, lets something happen, and
/// closes it.
fn with_folder<T>(
    config: &Config,
    use_it: impl FnOnce(&Arc<Installation>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let installation = Installation::open(config, Span::NEVER)?;
    let done = installation.catch_up().map_err(Failure::from).and_then(|()| use_it(&installation));
    let closed = installation.close();
    let done = done?;
    closed.map(|()| done)
}

/// A time as it is written on the command line: RFC 3339, or a date, which is its last millisecond
/// in the business's zone.
fn time(zone: &Zone, text: &str) -> Result<Timestamp, Failure> {
    let date = Civil::parse(text).map(|date| zone.day_end(date));
    date.or_else(|| Timestamp::parse_rfc3339(text)).ok_or_else(|| {
        Failure::Usage(format!("{text:?} is no time: say 2026-03-25 or 2026-03-25T09:00:00+01:00"))
    })
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
