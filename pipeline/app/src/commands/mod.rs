//! What each command does.

mod audit;
mod backup;
mod check;
mod completions;
mod costs;
mod customers;
mod dead_letters;
mod demo;
mod describe;
mod digest;
mod import;
mod insights;
mod key;
mod label;
mod link;
mod map;
mod report;
mod reset;
mod restore;
mod run;
mod topic;

use crate::cli::{Cli, Command};
use crate::config::{Config, Origins};
use crate::failure::Failure;
pub use demo::Demo;
pub use digest::Digest;
pub use label::Label;
use std::io::{BufWriter, Write};

/// Does what the command line says.
pub fn run(cli: Cli) -> Result<(), Failure> {
    let (config, origins) = configuration(&cli)?;
    let place = &cli.place;
    match cli.command {
        Command::Run { .. } => run::run(&config),
        Command::Demo(demo) => demo::demo(config, place.data.is_some(), &demo),
        Command::Import { files, mapping, source, from_start, guessing } => {
            let (mapping, source) = (mapping.as_deref(), source.as_deref());
            let asked = import::Asked { mapping, source, from_start, guessing: &guessing };
            import::import(place, &config, &files, &asked)
        }
        Command::Report { name, period, from, to, by, model, as_of, csv, funnel } => {
            let times = [from.as_deref(), to.as_deref(), by.as_deref(), as_of.as_deref()];
            let of = (period.as_deref(), model.as_deref());
            report::report(place, &config, name.as_deref(), of, times, &funnel.words(), csv)
        }
        Command::Digest(asked) => digest::digest(place, &config, &asked),
        Command::Customers { window, from, to, as_of, filters } => {
            let times = [from.as_deref(), to.as_deref(), as_of.as_deref()];
            customers::customers(place, &config, &filters.0, window.as_deref(), times)
        }
        Command::Customer { id } => customers::customer(place, &config, &id),
        Command::Insights { family, as_of } => {
            insights::insights(place, &config, family.as_deref(), as_of.as_deref())
        }
        Command::Costs(command) => costs::costs(place, &config, command),
        Command::Topic(command) => topic::topic(place, &config, command),
        Command::Audit => audit::audit(place, &config),
        Command::Backup { folder } => backup::backup(place, &config, &folder),
        Command::Restore { folder } => restore::restore(place, &config, &folder),
        Command::Reset { yes } => reset::reset(place, &config, yes),
        Command::DeadLetters(command) => dead_letters::dead_letters(place, &config, command),
        Command::Map(command) => map::map(place, command),
        Command::Check { offline, mappings } => {
            let mappings = match mappings.is_empty() {
                true => check::fixtures::beside(place.config.as_deref()),
                false => mappings,
            };
            check::check(&config, &origins, place.json, offline, &mappings)
        }
        Command::Key(command) => key::key(&config, place.json, command),
        Command::Label(asked) => label::label(place, &config, asked),
        Command::Link => link::link(&config, place.json),
        Command::Completions { shell } => completions::completions(shell),
        Command::Man { folder } => completions::manual(&folder),
        Command::Describe => describe::describe(&config, place.json),
    }
}

/// The configuration, and over it what the command line says.
fn configuration(cli: &Cli) -> Result<(Config, Origins), Failure> {
    let place = &cli.place;
    let is_local = matches!(
        cli.command,
        Command::Run { .. }
            | Command::Demo(_)
            | Command::Check { .. }
            | Command::Describe
            | Command::Restore { .. }
            | Command::Reset { .. }
            | Command::Key(_)
            | Command::Label(Label { correct: None, .. })
            | Command::Link
            | Command::Completions { .. }
            | Command::Man { .. }
    );
    if is_local && place.url.is_some() {
        let fix = "name its folder by --data or its file by --config";
        return Err(Failure::Usage(format!("--url is for asking a running instance: {fix}")));
    }
    let (mut config, mut origins) = Config::read(place.config.as_deref())?;
    if let Some(data) = &place.data {
        config.log.data.clone_from(data);
        origins.insert("log.data".to_owned(), "--data".to_owned());
    }
    if let Command::Run { listen, behind_proxy } = &cli.command {
        if let Some(address) = listen {
            config.http.listen.clone_from(address);
            origins.insert("http.listen".to_owned(), "--listen".to_owned());
        }
        if *behind_proxy {
            config.http.behind_proxy = true;
            origins.insert("http.behind_proxy".to_owned(), "--behind-proxy".to_owned());
        }
    }
    Ok((config, origins))
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
