//! `costs`: what channels have cost, from a table, and as it is known.

use super::print;
use crate::cli::{CostsCommand, Place};
use crate::config::Config;
use crate::failure::Failure;
use crate::target::{with_existing, with_target};
use intake::costs_of_csv;
use serde_json::json;
use serve::Question;
use std::path::{Path, PathBuf};

/// Bytes of a table of costs at most: many years, as much as a body of a request.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Imports or lists.
pub fn costs(place: &Place, config: &Config, command: CostsCommand) -> Result<(), Failure> {
    match command {
        CostsCommand::Import { files } => import(place, config, &files),
        CostsCommand::List => list(place, config),
    }
}

/// All files are read before anything of them is taken.
fn import(place: &Place, config: &Config, files: &[PathBuf]) -> Result<(), Failure> {
    let mut costs = Vec::new();
    for file in files {
        let read = costs_of_csv(&read(file)?);
        costs.extend(read.map_err(|fault| Failure::Data(format!("{}: {fault}", file.display())))?);
    }
    with_target(place, config, |target| target.spend(&costs))?;
    print(|out| match place.json {
        true => writeln!(out, "{}", json!({ "costs": costs.len() })),
        false => writeln!(out, "{} costs taken", costs.len()),
    })
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let shown = file.display();
    let size = std::fs::metadata(file).map(|told| told.len());
    match size {
        Ok(size) if size > FILE_BYTES_MAX => {
            let most = FILE_BYTES_MAX >> 20;
            return Err(Failure::Data(format!(
                "{shown} is larger than {most} MiB: cut it into several [D0239]"
            )));
        }
        Ok(_) | Err(_) => {}
    }
    let failed = |error| Failure::Input(format!("could not read {shown}: {error} [D0239]"));
    std::fs::read(file).map_err(failed)
}

fn list(place: &Place, config: &Config) -> Result<(), Failure> {
    let rows = with_existing(place, config, |target| target.ask(&Question::Costs))?;
    print(|out| {
        for row in rows.as_array().into_iter().flatten() {
            if place.json {
                writeln!(out, "{row}")?;
                continue;
            }
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            let amount = row["value"]["amount_minor"].as_i64().unwrap_or(0);
            let currency = row["value"]["currency"].as_str().unwrap_or_default();
            let sum = insight::report::written(amount, currency);
            writeln!(out, "{}  {:<12} {sum:>16}", text("date"), text("channel"))?;
        }
        Ok(())
    })
}
