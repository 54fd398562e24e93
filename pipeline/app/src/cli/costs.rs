//! `costs` on the command line.

use clap::Subcommand;
use std::path::PathBuf;

/// What to do with costs.
#[derive(Subcommand)]
pub enum CostsCommand {
    /// Takes tables of costs: CSV with the columns date, channel, amount and currency.
    ///
    /// Amounts are in major units, 120.50. Of one date, channel and currency the last amount holds,
    /// so the same table may be imported again. Of a table that cannot be read nothing is taken.
    ///
    /// Example: desirepath costs import spend.csv
    Import {
        /// The tables.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Every cost that is known, by date.
    ///
    /// Example: desirepath costs list --json
    List,
}
