//! Logs: one line each on standard error, for a reader at a terminal or for a collector.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt};

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Words, with colours.
    Human,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// Words where standard error is a terminal, JSON where something else reads it.
    pub fn of_stderr() -> Format {
        if std::io::stderr().is_terminal() { Format::Human } else { Format::Json }
    }
}

/// Why logs could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter is not understood.
    #[error(
        "the log level {given:?} cannot be read ({reason}); \
         write error, warn, info, debug or trace, or rooms such as engine=debug [D0651]"
    )]
    Filter {
        /// What was written.
        given: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another subscriber is there already.
    #[error("logs are set up twice in one process [D0652]")]
    Twice(#[source] TryInitError),
}

/// Sends logs to standard error, so that standard output holds results alone.
///
/// `filter` is a level or rooms with levels: `info`, `warn,engine=debug`. Called once a process.
/// Colours are left out where `NO_COLOR` is set.
pub fn start_logs(filter: &str, format: Format) -> Result<(), Error> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| Error::Filter { given: filter.to_owned(), reason: error.to_string() })?;
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(true);
    let lines = match format {
        Format::Human => {
            let has_colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            lines.with_ansi(has_colours).compact().boxed()
        }
        Format::Json => lines.with_ansi(false).json().flatten_event(true).boxed(),
    };
    registry().with(filter).with(lines).try_init().map_err(Error::Twice)
}
