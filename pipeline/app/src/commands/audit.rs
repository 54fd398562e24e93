//! `audit`: every counter recomputed, exit 1 where one differs.

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::target::with_existing;
use serve::Question;

/// Audits, and says so.
pub fn audit(place: &Place, config: &Config) -> Result<(), Failure> {
    let outcome = with_existing(place, config, |target| target.ask(&Question::Audit))?;
    let number = |name: &str| outcome[name].as_u64().unwrap_or(0);
    print(|out| {
        if place.json {
            return writeln!(out, "{outcome}");
        }
        for row in outcome["listed"].as_array().into_iter().flatten() {
            writeln!(out, "{row}")?;
        }
        writeln!(
            out,
            "{} counters of {} customers recomputed from {} records: {} differ",
            number("counters"),
            number("customers"),
            number("records"),
            number("differences")
        )
    })?;
    match number("differences") {
        0 => Ok(()),
        count => Err(Failure::Negative(format!(
            "{count} counters are not what the specification says [D0714]"
        ))),
    }
}
